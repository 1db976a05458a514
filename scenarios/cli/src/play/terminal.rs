//! The player in a terminal: a question for each turn.

use super::{Played, Seen, Spot, Story};
use crate::failure::Done;
use crate::report::{Colour, grouped, paint};
use std::io::{BufRead as _, Write as _, stdin, stdout};

const HELP: &str = "A number lets that thread go on. b: back, r: reset, s: show a bad way, q: quit";

pub(super) fn play(story: &Story) -> Done {
    for played in &story.variants {
        if played.places.is_empty() {
            let name = format!("{}/{}", story.story, played.name);
            writeln!(
                stdout(),
                "{name} has too many orders to be played. Try a smaller variant, or let \
                 `interleave explore {name}` go through its executions.\n"
            )?;
        } else if !play_one(story.story, played)? {
            break;
        }
    }
    Ok(true)
}

/// `false` if the user wants no more.
fn play_one(story: &str, played: &Played) -> std::io::Result<bool> {
    let mut out = stdout();
    let name = paint(Colour::Bold, &format!("{story}/{}", played.name));
    let orders = played.orders.parse().map_or_else(|_| played.orders.clone(), grouped);
    let ways = if played.picks_values { "ways" } else { "orders" };
    writeln!(out, "{name}: {}\n{orders} {ways}. {HELP}\n", played.about)?;
    let mut way: Vec<(usize, usize)> = Vec::new();
    let mut lines = stdin().lock().lines();
    loop {
        let place = way.last().map_or(0, |&(_, to)| to);
        let spot = &played.places[place];
        show(&mut out, played, spot)?;
        if let Some(end) = &spot.end {
            let colour = if end.kind == "holds" { Colour::Green } else { Colour::Red };
            writeln!(out, "{}: {}", paint(colour, end.kind), end.text)?;
        }
        write!(out, "> ")?;
        out.flush()?;
        let Some(line) = lines.next().transpose()? else { return Ok(false) };
        match line.trim() {
            "q" => return Ok(false),
            "b" => _ = way.pop(),
            "r" => way.clear(),
            "s" => match bad_way(played) {
                Some(bad) => {
                    way.clear();
                    for choice in bad {
                        tell(&mut out, played, way.last().map_or(0, |&(_, to)| to), choice)?;
                        let place = way.last().map_or(0, |&(_, to)| to);
                        way.push((choice, played.places[place].turns[choice].to));
                    }
                }
                None if played.goes_wrong_unseen => writeln!(
                    out,
                    "No order of these steps goes wrong. It goes wrong when a thread reads an old \
                     value, or is overtaken in the midst of a step: `interleave explore \
                     {story}/{}` shows how.",
                    played.name
                )?,
                None => writeln!(out, "There is none: all {orders} {ways} hold.")?,
            },
            key => {
                let is_it = |turn: &super::Choice| turn.key == key;
                match spot.turns.iter().position(is_it) {
                    Some(choice) => {
                        tell(&mut out, played, place, choice)?;
                        way.push((choice, spot.turns[choice].to));
                    }
                    None => writeln!(out, "{HELP}")?,
                }
            }
        }
    }
}

fn tell(
    out: &mut impl std::io::Write,
    played: &Played,
    place: usize,
    choice: usize,
) -> std::io::Result<()> {
    let turn = &played.places[place].turns[choice];
    let name = &played.threads[turn.thread];
    match &turn.reads {
        Some(reads) => writeln!(out, "  {name} {reads}: {}", turn.text),
        None => writeln!(out, "  {name} {}", turn.text),
    }
}

fn show(out: &mut impl std::io::Write, played: &Played, spot: &Spot) -> std::io::Result<()> {
    for (what, value) in &spot.shown {
        writeln!(out, "{what}: {value}")?;
    }
    for (thread, standing) in spot.threads.iter().enumerate() {
        let name = &played.threads[thread];
        let mut can_go_on = false;
        for turn in spot.turns.iter().filter(|turn| turn.thread == thread) {
            can_go_on = true;
            write!(out, "[{}] {name}", turn.key)?;
            for says in turn.reads.iter().chain(&standing.says) {
                write!(out, " {says}")?;
            }
            writeln!(out)?;
        }
        match &standing.says {
            Some(says) if thread > 0 && !can_go_on => writeln!(out, "    {name} {says}")?,
            _ => {}
        }
        // The main thread stands in the list only when it can go on.
        if thread > 0 || can_go_on {
            spot.views[thread].iter().try_for_each(|(word, seen)| show_view(out, word, seen))?;
        }
    }
    Ok(())
}

/// What a thread may read of a word.
fn show_view(out: &mut impl std::io::Write, word: &str, seen: &[Seen]) -> std::io::Result<()> {
    let readable = seen.iter().filter(|one| one.out.is_none()).map(|one| one.value.as_str());
    write!(out, "    may read {word}: {}", readable.collect::<Vec<_>>().join(" or "))?;
    for Seen { value, out: why, .. } in seen {
        if let Some(why) = why {
            write!(out, "; not {value}: {why}")?;
        }
    }
    writeln!(out)
}

/// The choices that lead to a bad end, as few as there can be.
fn bad_way(played: &Played) -> Option<Vec<usize>> {
    let mut came_from = vec![None; played.places.len()];
    let mut left = std::collections::VecDeque::from([0]);
    while let Some(place) = left.pop_front() {
        let spot = &played.places[place];
        if spot.end.as_ref().is_some_and(|end| end.kind != "holds") {
            let back = std::iter::successors(came_from[place], |&(from, _)| came_from[from]);
            let mut way: Vec<usize> = back.map(|(_, choice)| choice).collect();
            way.reverse();
            return Some(way);
        }
        for (choice, turn) in spot.turns.iter().enumerate() {
            if turn.to != 0 && came_from[turn.to].is_none() {
                came_from[turn.to] = Some((place, choice));
                left.push_back(turn.to);
            }
        }
    }
    None
}
