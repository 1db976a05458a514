//! Exercises: the reader writes, and the search judges.

mod exercises;
mod folder;
mod judging;
mod watch;

use crate::failure::{Done, Failure};
use crate::readers::checkout;
use crate::report::{Colour, command, paint};
use clap::{Args, Subcommand};
use exercises::{Exercise, Room, find, rooms};
use folder::Folder;
use judging::{judge, shown};
use std::io::{IsTerminal, Write as _, stdout};
use std::path::PathBuf;
use watch::Saves;

#[derive(Args)]
pub(crate) struct Practise {
    /// Which exercise to judge [default: the first that is not done]
    name: Option<String>,
    /// Judge again at each save
    #[arg(long)]
    watch: bool,
    /// The folder with your answers [default: practice/my in the checkout]
    #[arg(long, global = true, env = "PRACTICE_DIR", value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    other: Option<Other>,
}

#[derive(Subcommand)]
enum Other {
    /// List the exercises, and which are done
    List,
    /// Give a hint, and at each further call one more, up to three
    Hint {
        /// Which exercise [default: the first that is not done]
        name: Option<String>,
    },
    /// Show the project's answer, once yours holds
    Solution {
        /// Which exercise [default: the first that is not done]
        name: Option<String>,
        /// Show it though yours does not hold yet
        #[arg(long)]
        give_up: bool,
    },
    /// Begin an exercise anew; what you have written is kept beside it
    Reset {
        /// Which exercise
        name: String,
    },
}

pub(crate) fn practise(asked: &Practise) -> Done {
    let checkout = checkout()?;
    let rooms = rooms(&checkout)?;
    let dir = asked.dir.clone().unwrap_or_else(|| checkout.join("practice/my"));
    // A wrong name leaves no folder behind.
    let named = match (&asked.name, &asked.other) {
        (Some(name), _)
        | (_, Some(Other::Reset { name }))
        | (_, Some(Other::Hint { name: Some(name) }))
        | (_, Some(Other::Solution { name: Some(name), .. })) => Some(find(&rooms, name)?),
        _ => None,
    };
    let mut folder = Folder::open(&dir, &rooms)?;
    let Some(exercise) = named.or_else(|| folder.next(&rooms)) else {
        return list(&rooms, &folder).and(all_done());
    };
    match &asked.other {
        None if asked.watch => watch(named, &rooms, &mut folder),
        None => {
            welcome(&folder)?;
            let holds = judge(exercise, &mut folder)?;
            what_next(exercise, holds, &rooms, &folder)?;
            Ok(holds)
        }
        Some(Other::List) => list(&rooms, &folder),
        Some(Other::Hint { .. }) => {
            let given = folder.hint(exercise)?;
            let mut out = stdout();
            for (number, hint) in given.iter().enumerate() {
                writeln!(out, "{} of {}: {hint}", number + 1, exercise.hints.len())?;
            }
            writeln!(out, "\nThe chapter: book/src/{}", exercise.chapter)?;
            Ok(true)
        }
        Some(Other::Solution { give_up, .. }) => {
            if !give_up && !folder.is_done(exercise) {
                return Err(Failure::Usage(format!(
                    "your {name} does not hold yet. `{} practise hint {name}` helps; with \
                     `--give-up` the solution is shown all the same.",
                    command(),
                    name = exercise.name
                )));
            }
            write!(stdout(), "{}", exercise.solution()?)?;
            Ok(true)
        }
        Some(Other::Reset { .. }) => {
            let kept = folder.reset(exercise)?;
            let file = folder.file(exercise);
            writeln!(
                stdout(),
                "{} is as it was at first. What you had written is in {}.",
                shown(&file),
                shown(&kept)
            )?;
            Ok(true)
        }
    }
}

fn welcome(folder: &Folder) -> Result<(), Failure> {
    if folder.is_new {
        writeln!(
            stdout(),
            "Your files are in {}, one for each exercise.\n\
             Edit one, and call this again, or let `--watch` judge at each save.\n",
            shown(folder.dir())
        )?;
    }
    Ok(())
}

fn what_next(
    exercise: &Exercise,
    holds: bool,
    rooms: &[Room],
    folder: &Folder,
) -> Result<(), Failure> {
    let mut out = stdout();
    if !holds {
        let name = &exercise.name;
        writeln!(out, "\nEdit the file. A hint: {} practise hint {name}", command())?;
        return Ok(());
    }
    let (command, name) = (command(), &exercise.name);
    writeln!(out, "\nThe project's own: {command} practise solution {name}")?;
    match folder.next(rooms) {
        Some(next) => writeln!(out, "Next: {}/{}, {}", next.room, next.name, next.title)?,
        None => writeln!(out, "That was the last. Every exercise is done.")?,
    }
    Ok(())
}

fn all_done() -> Done {
    writeln!(stdout(), "\nEvery exercise is done. With a name, one is judged again.")?;
    Ok(true)
}

/// Judges at each save: the exercise that was named, or the next one after each success.
fn watch(named: Option<&Exercise>, rooms: &[Room], folder: &mut Folder) -> Done {
    let saves = Saves::in_folder(folder.dir())?;
    welcome(folder)?;
    loop {
        let Some(exercise) = named.or_else(|| folder.next(rooms)) else { return all_done() };
        if stdout().is_terminal() {
            // Clears the screen, so that one verdict is in view.
            write!(stdout(), "\u{1b}[2J\u{1b}[H")?;
        }
        let holds = judge(exercise, folder)?;
        what_next(exercise, holds, rooms, folder)?;
        if holds && named.is_some() {
            return Ok(true);
        }
        writeln!(stdout(), "Waiting for the next save. Ctrl-C ends.\n")?;
        if !saves.wait() {
            return Ok(false);
        }
    }
}

fn list(rooms: &[Room], folder: &Folder) -> Done {
    let mut out = stdout().lock();
    let all: Vec<&Exercise> = rooms.iter().flat_map(|room| &room.exercises).collect();
    for room in rooms {
        writeln!(out, "{}: {}", paint(Colour::Bold, &room.name), room.about)?;
        let longest = room.exercises.iter().map(|one| one.name.len()).max().unwrap_or(0);
        for exercise in &room.exercises {
            let done =
                if folder.is_done(exercise) { paint(Colour::Green, "✓") } else { "·".into() };
            writeln!(out, "  {done} {:longest$}  {}", exercise.name, exercise.title)?;
        }
        writeln!(out)?;
    }
    let done = all.iter().filter(|one| folder.is_done(one)).count();
    writeln!(out, "{done} of {} done. The files are in {}", all.len(), shown(folder.dir()))?;
    Ok(true)
}
