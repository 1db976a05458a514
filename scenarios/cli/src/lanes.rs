//! A trace as swim lanes: a thread a lane, time running downwards.

use crate::explore::file;
use crate::report::{Colour, paint};
use loom_platform::{Move, Trace, Waiting};
use std::borrow::Cow;
use textwrap::wrap;

/// What is drawn of a trace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The story's steps. A trace without steps shows the operations.
    Steps,
    /// The operations in between, too.
    Operations,
    /// And where each is in the source.
    Source,
}

/// Of the threads, in turn. Red is for what goes wrong.
const COLOURS: [Colour; 4] = [Colour::Cyan, Colour::Yellow, Colour::Green, Colour::Magenta];
/// Left of the lanes: the steps' numbers.
const GUTTER: usize = 3;
/// The fewest characters of text in a lane, however narrow the terminal is.
const NARROWEST: usize = 12;

struct Lane {
    thread: usize,
    /// Its first and its last move.
    moves: (usize, usize),
    /// It waits for ever in the end.
    is_stuck: bool,
    asleep: bool,
    width: usize,
    colour: Colour,
}

impl Lane {
    /// The line of a lane at a move that is not its own.
    fn line(&self, now: usize) -> String {
        let ended = now >= self.moves.1 && !self.is_stuck;
        match (now < self.moves.0 || ended, self.asleep) {
            (true, _) => " ".to_owned(),
            (false, true) => paint(Colour::Red, "┆"),
            (false, false) => paint(self.colour, "│"),
        }
    }

    /// The lines of what stands in this lane, each as wide as the lane.
    fn cells(&self, now: usize, entry: &Entry<'_>) -> Vec<String> {
        let text = wrap(entry.text, self.width).into_iter().map(|line| (line, entry.colour));
        let place = entry.place.iter().map(|place| fitted(place, self.width));
        let lines = text.chain(place.map(|line| (line.into(), Colour::Dim)));
        let cell = |(row, (text, colour)): (usize, (Cow<'_, str>, Colour))| {
            let mark = if row == 0 { paint(entry.colour, entry.mark) } else { self.line(now) };
            let padding = " ".repeat(self.width.saturating_sub(length(&text)));
            // The text of a step that goes well is in the reader's own colour.
            let is_plain = entry.mark == "●" && colour != Colour::Dim;
            let text = if is_plain { text.to_string() } else { paint(colour, &text) };
            format!("{mark} {text}{padding}")
        };
        lines.enumerate().map(cell).collect()
    }
}

/// What stands in a lane.
struct Entry<'a> {
    mark: &'a str,
    colour: Colour,
    text: &'a str,
    place: Option<String>,
}

/// Draws the trace in lines of at most `width`, if there is a limit.
///
/// A stretch in which a thread sleeps is drawn as `┆`. The move at `marked` gets a mark, and so
/// does each thread that waits for ever.
pub(crate) fn lanes(
    trace: &Trace,
    marked: Option<usize>,
    waiting: &[Waiting],
    detail: Detail,
    width: Option<usize>,
) -> String {
    let has_steps = trace.steps().next().is_some();
    let steps_only = detail == Detail::Steps && has_steps;
    let is_shown = |one: &Move| one.is_step || !steps_only;
    let ends: Vec<(usize, String)> = waiting
        .iter()
        .filter_map(|one| {
            let thread = trace.threads.iter().position(|name| *name == one.thread)?;
            Some((thread, format!("waits for {}, for ever", one.waits_for)))
        })
        .collect();
    let mut lanes = measured(trace, &is_shown, &ends, detail, width);
    let last_shown = trace.moves.iter().rposition(is_shown);
    let mut out = Drawing { lines: Vec::new() };
    out.heads(trace, &lanes);
    let mut number = 0;
    for (now, one) in trace.moves.iter().enumerate() {
        for lane in &mut lanes {
            lane.asleep &= lane.thread != one.thread && !one.wakes.contains(&lane.thread);
        }
        let Some(own) = lanes.iter().position(|lane| lane.thread == one.thread) else { continue };
        lanes[own].asleep |= one.sleeps_on.is_some();
        if is_shown(one) {
            let is_numbered = one.is_step || !has_steps;
            number += usize::from(is_numbered);
            let numbered = if is_numbered { number.to_string() } else { String::new() };
            let (mark, colour) = match one {
                _ if marked == Some(now) => ("✗", Colour::Red),
                one if one.sleeps_on.is_some() => ("┆", Colour::Red),
                one if one.is_step => ("●", lanes[own].colour),
                _ => ("·", Colour::Dim),
            };
            let place = (detail == Detail::Source)
                .then(|| format!("{}:{}", file(one.at.file()), one.at.line()));
            let entry = Entry { mark, colour, text: &one.text, place };
            out.row(&lanes, now, &numbered, &[(own, entry)]);
        } else if let Some(what) = &one.sleeps_on
            && Some(now) < last_shown
        {
            // Not told as a step, and yet the reader wants to see why the lane stands still.
            let text =
                if what.is_empty() { "waits".to_owned() } else { format!("waits for {what}") };
            let entry = Entry { mark: "┆", colour: Colour::Red, text: &text, place: None };
            out.row(&lanes, now, "", &[(own, entry)]);
        }
    }
    let last: Vec<_> = ends
        .iter()
        .filter_map(|(thread, text)| {
            let own = lanes.iter().position(|lane| lane.thread == *thread)?;
            Some((own, Entry { mark: "✗", colour: Colour::Red, text, place: None }))
        })
        .collect();
    // Below that nothing comes: the lanes end.
    lanes.iter_mut().for_each(|lane| lane.is_stuck = false);
    out.row(&lanes, usize::MAX, "", &last);
    out.lines.join("\n") + "\n"
}

/// The lanes of the threads of which something is shown, as wide as they need to be and can be.
fn measured(
    trace: &Trace,
    is_shown: &dyn Fn(&Move) -> bool,
    ends: &[(usize, String)],
    detail: Detail,
    width: Option<usize>,
) -> Vec<Lane> {
    let shown =
        |thread: usize| trace.moves.iter().filter(move |one| one.thread == thread && is_shown(one));
    let is_stuck = |thread: usize| ends.iter().any(|(stuck, _)| *stuck == thread);
    let threads: Vec<usize> = (0..trace.threads.len())
        .filter(|&thread| shown(thread).next().is_some() || is_stuck(thread))
        .collect();
    let widest = if detail == Detail::Source { 44 } else { 30 };
    let room = width.map_or(widest, |width| {
        let each = width.saturating_sub(GUTTER) / threads.len().max(1);
        each.saturating_sub(4).clamp(NARROWEST, widest)
    });
    threads
        .iter()
        .enumerate()
        .map(|(number, &thread)| {
            let end = ends.iter().find(|(stuck, _)| *stuck == thread).map(|(_, text)| text);
            let texts = shown(thread).map(|one| &one.text).chain(end);
            let longest = texts.flat_map(|text| wrap(text, room)).map(|line| length(&line)).max();
            let place = shown(thread)
                .filter(|_| detail == Detail::Source)
                .map(|one| file(one.at.file()).chars().count() + 6)
                .max();
            let own = |one: &Move| one.thread == thread;
            let first = trace.moves.iter().position(own).unwrap_or(0);
            let last = trace.moves.iter().rposition(own).unwrap_or(0);
            Lane {
                thread,
                moves: (first, last),
                is_stuck: end.is_some(),
                asleep: false,
                width: longest
                    .max(place.map(|place| place.min(room)))
                    .unwrap_or(0)
                    .max(length(&trace.threads[thread]).min(room)),
                colour: COLOURS[number % COLOURS.len()],
            }
        })
        .collect()
}

struct Drawing {
    lines: Vec<String>,
}

impl Drawing {
    fn heads(&mut self, trace: &Trace, lanes: &[Lane]) {
        let mut names = " ".repeat(GUTTER);
        for lane in lanes {
            let name: String = trace.threads[lane.thread].chars().take(lane.width + 2).collect();
            let padding = " ".repeat(lane.width + 2 - length(&name));
            names += &format!("  {}{padding}", paint(lane.colour, &name));
        }
        self.lines.push(names.trim_end().to_owned());
    }

    /// What stands in some lanes at one moment, in as many lines as it takes.
    fn row(&mut self, lanes: &[Lane], now: usize, number: &str, entries: &[(usize, Entry<'_>)]) {
        let cells: Vec<Vec<String>> = lanes
            .iter()
            .enumerate()
            .map(|(position, lane)| {
                let entry = entries.iter().find(|(own, _)| *own == position);
                entry.map_or_else(Vec::new, |(_, entry)| lane.cells(now, entry))
            })
            .collect();
        for row in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = format!("{:>GUTTER$}", if row == 0 { number } else { "" });
            for (lane, cells) in lanes.iter().zip(&cells) {
                line += "  ";
                match cells.get(row) {
                    Some(cell) => line += cell,
                    None => line += &format!("{} {}", lane.line(now), " ".repeat(lane.width)),
                }
            }
            self.lines.push(line.trim_end().to_owned());
        }
    }
}

/// A place without as many folders as do not fit.
fn fitted(place: &str, width: usize) -> String {
    let mut rest = place;
    let mut short = place.to_owned();
    while length(&short) > width
        && let Some((_, file)) = rest.split_once('/')
    {
        rest = file;
        short = format!("…/{rest}");
    }
    short
}

fn length(text: &str) -> usize {
    text.chars().count()
}
