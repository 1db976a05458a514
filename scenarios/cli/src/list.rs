//! The stories, listed.

use crate::Done;
use crate::catalogue::{self, Selection, stories};
use crate::copy::primitives;
use crate::report::{Colour, paint, table, terminal_width};
use scenarios::{Extent, STORIES};
use serde::Serialize;
use std::io::{Write, stdout};

#[derive(Serialize)]
struct StoryRow {
    story: &'static str,
    about: &'static str,
    seed: &'static str,
    /// Whether there is a model of it. Otherwise it can be run only.
    can_be_explored: bool,
    variants: Vec<VariantRow>,
}

#[derive(Serialize)]
struct VariantRow {
    variant: &'static str,
    about: &'static str,
    expected: &'static str,
    preemption_bound: Option<u8>,
    locks_in_one_step: bool,
    spurious_wakeups: u32,
}

/// All stories, a line each, or one with its variants.
pub(crate) fn list(wanted: Option<&str>, json: bool) -> Done {
    let mut out = stdout().lock();
    let selection = wanted.map(catalogue::find).transpose()?;
    if json {
        let rows: Vec<StoryRow> = match &selection {
            Some(selection) => vec![row(selection)],
            None => (0..stories().count()).map(|story| row(&Selection::whole(story))).collect(),
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&rows).expect("plain data"))?;
        return Ok(true);
    }
    match selection {
        Some(selection) => write!(out, "{}", one(&selection))?,
        None => {
            write!(out, "{}", all())?;
            writeln!(out, "\nType next: `cargo run -- list STORY`, which shows its variants.")?;
        }
    }
    Ok(true)
}

fn row(selection: &Selection) -> StoryRow {
    let story = catalogue::story(selection.story);
    let variants = selection.variants.iter().map(|&number| {
        let variant = &story.variants[number];
        VariantRow {
            variant: variant.name,
            about: variant.about,
            expected: variant.expect.word(),
            preemption_bound: match variant.search.extent {
                Extent::Preemptions(most) => Some(most),
                Extent::Whole | Extent::LocksInOneStep { .. } => None,
            },
            locks_in_one_step: matches!(variant.search.extent, Extent::LocksInOneStep { .. }),
            spurious_wakeups: variant.search.spurious_wakeups,
        }
    });
    StoryRow {
        story: story.name,
        about: story.about,
        seed: story.seed,
        can_be_explored: catalogue::can_be_explored(selection.story),
        variants: variants.collect(),
    }
}

/// A line for each story. On a terminal it ends where the terminal ends.
fn all() -> String {
    let widest = STORIES.iter().map(|story| story.name.len()).max().unwrap_or(0);
    let room = terminal_width().map_or(usize::MAX, |width| width.saturating_sub(widest + 2));
    let mut text = String::new();
    for story in STORIES {
        let padding = " ".repeat(widest - story.name.len() + 2);
        let about = if story.about.chars().count() <= room {
            story.about.to_owned()
        } else {
            let start: String = story.about.chars().take(room.saturating_sub(1)).collect();
            start.trim_end().to_owned() + "…"
        };
        text += &format!("{}{padding}{about}\n", paint(Colour::Bold, story.name));
    }
    // By their names alone: the whole list shall fit a screen.
    let of_a_machine: Vec<_> = stories().skip(STORIES.len()).map(|story| story.name).collect();
    if !of_a_machine.is_empty() {
        let names = format!("\nOnly a machine can run these: {}.", of_a_machine.join(", "));
        // Names break at no hyphen, so that they can be copied.
        let options = textwrap::Options::new(terminal_width().unwrap_or(100))
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        text += &textwrap::fill(&names, options);
        text += "\n";
    }
    text
}

fn one(selection: &Selection) -> String {
    let story = catalogue::story(selection.story);
    let rows: Vec<Vec<String>> = selection
        .variants
        .iter()
        .map(|&number| &story.variants[number])
        .map(|one| vec![one.name.to_owned(), one.declared(), one.about.to_owned()])
        .collect();
    let example = format!("{}/{}", story.name, story.variants[selection.variants[0]].name);
    let next: &[_] = match catalogue::can_be_explored(selection.story) {
        true => &[("explore", "every order, and a bad end"), ("play", "be the scheduler yourself")],
        false => &[("run", "what happens on this machine")],
    };
    let wide = "cargo run -- explore ".len() + example.len() + 4;
    let next: String = next
        .iter()
        .map(|(what, does)| format!("  {:wide$}{does}\n", format!("cargo run -- {what} {example}")))
        .collect();
    let from = match story.seed {
        "–" => String::new(),
        section => format!("  From the tutorials, {section}.\n"),
    };
    format!(
        "{}: {}\n{from}\n{}\n\
         Type next:\n{next}",
        paint(Colour::Bold, story.name),
        story.about,
        table(&["variant", "declared", "what is different"], &rows),
    )
}

pub(crate) fn welcome() -> Done {
    let copies = format!("take a primitive home (there are: {})", primitives().join(", "));
    let next = [
        ("list bank-withdraw", "its variants"),
        ("explore bank-withdraw", "every order, every outcome, the shortest way to a bad one"),
        ("copy lock DIR", &copies),
        ("help", "all there is"),
    ];
    let mut text = format!(
        "Stories of threads: what goes wrong, and what puts it right.\n\
         Each is a small program whose every order of steps can be tried.\n\n\
         {}\n\
         Type next:\n",
        all()
    );
    for (call, does) in next {
        let call = format!("  {:37}", format!("cargo run -- {call}"));
        let room = terminal_width().map_or(usize::MAX, |width| width.saturating_sub(call.len()));
        let indent = format!("\n{}", " ".repeat(call.len()));
        text += &format!("{call}{}\n", textwrap::wrap(does, room.max(20)).join(&indent));
    }
    write!(stdout(), "{text}")?;
    Ok(true)
}
