//! What happened in one execution, and how to show it.

mod arrows;

use crate::own::Clock;
pub(crate) use arrows::arrows;
use std::fmt;
use std::ops::Range;
use std::panic::Location;
use textwrap::wrap;

/// One thing that a thread did, as noted while the execution runs: cheap to make, since nearly all
/// are thrown away.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) thread: usize,
    pub(crate) at: &'static Location<'static>,
    pub(crate) action: Action,
    /// The line of the caller, if it was asked for.
    pub(crate) called_from: Option<u32>,
    /// All that had to be done first, in the search of our own.
    pub(crate) causes: Clock,
    /// What of that happens before it.
    pub(crate) happened: Clock,
}

/// A value of a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) number: i64,
    /// What it means, if more than the number. Called only for traces that are shown.
    pub(crate) words: Option<Words>,
    /// How many threads hold the word at this value, if it is a lock's.
    pub(crate) holders: Option<Holders>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Words {
    U32(fn(u32) -> String),
    U64(fn(u64) -> String),
}

/// What the values of a lock's word say of its holders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holders {
    pub(crate) at: HoldersAt,
    /// The thread that made the word. It is the holder of one that was made held.
    pub(crate) maker: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum HoldersAt {
    U32(fn(u32) -> u32),
    U64(fn(u64) -> u32),
}

impl Value {
    /// How many threads hold the word, if it is a lock's.
    pub(crate) fn holders(&self) -> Option<u32> {
        Some(match self.holders?.at {
            HoldersAt::U32(holders) => holders(self.number as u32),
            HoldersAt::U64(holders) => holders(self.number as u64),
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words {
            None => self.number.fmt(f),
            Some(Words::U32(words)) => f.write_str(&words(self.number as u32)),
            Some(Words::U64(words)) => f.write_str(&words(self.number as u64)),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    Step(String),
    /// Stale: another thread has written a newer value, which this one need not see yet.
    Load {
        address: usize,
        value: Value,
        stale: bool,
    },
    Store {
        address: usize,
        value: Value,
    },
    Changes {
        address: usize,
        operation: &'static str,
        before: Value,
        after: Value,
    },
    Finds {
        address: usize,
        operation: &'static str,
        value: Value,
        stale: bool,
    },
    Fence,
    Sleeps {
        address: usize,
        timed: bool,
    },
    TimesOut,
    WakesForNoReason,
    Wakes {
        address: usize,
        threads: Vec<usize>,
    },
}

/// What the threads of one execution did, in the order in which they did it.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The threads' names, the main thread first.
    pub threads: Vec<String>,
    /// All that was noted.
    pub moves: Vec<Move>,
    /// Which steps of other threads a step had to come after: from which step to which, by their
    /// positions in [`steps`](Trace::steps). From an unlock to the lock after it, from a set to the
    /// wait that it ends. Loom's search knows of none.
    pub arrows: Vec<(usize, usize)>,
}

/// One entry of a [`Trace`].
#[derive(Clone, Debug)]
pub struct Move {
    /// Index into [`Trace::threads`].
    pub thread: usize,
    /// Where in the source.
    pub at: &'static Location<'static>,
    /// What the thread did, in words.
    pub text: String,
    /// Whether this is a step of the story, written with `step`, or an operation of a primitive.
    pub is_step: bool,
    /// Whether it would be a call of the system: a wait or a wake.
    pub is_system_call: bool,
    /// The line from which it was called, in the file of [`Explorer::callers_in`].
    ///
    /// [`Explorer::callers_in`]: crate::Explorer::callers_in
    pub called_from: Option<u32>,
    /// If the thread goes to sleep: on what. Empty if that has no name.
    pub sleeps_on: Option<String>,
    /// The threads that are woken by this.
    pub wakes: Vec<usize>,
}

impl Trace {
    pub(crate) fn new(
        threads: Vec<String>,
        events: &[Event],
        names: &[(Range<usize>, String)],
    ) -> Self {
        let moves = events
            .iter()
            .map(|event| Move {
                thread: event.thread,
                at: event.at,
                text: event.action.words(names, &threads),
                is_step: matches!(event.action, Action::Step(_)),
                is_system_call: event.action.is_system_call(),
                called_from: event.called_from,
                sleeps_on: match event.action {
                    Action::Sleeps { address, .. } => {
                        Some(name_of(names, address).unwrap_or_default().to_owned())
                    }
                    _ => None,
                },
                wakes: match &event.action {
                    Action::Wakes { threads, .. } => threads.clone(),
                    _ => Vec::new(),
                },
            })
            .collect();
        Self { threads, moves, arrows: arrows(events) }
    }

    /// The story's own steps, in the order in which they were taken.
    pub fn steps(&self) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(|step| step.is_step)
    }

    /// The story as columns, a thread a column, time running downwards. A trace without steps shows
    /// the operations instead.
    pub fn columns(&self) -> String {
        let steps: Vec<&Move> = self.steps().collect();
        if steps.is_empty() { self.operations() } else { columns(&self.threads, &steps, &|_| None) }
    }

    /// Steps and operations alike as columns, a thread a column, time running downwards.
    pub fn operations(&self) -> String {
        self.operations_beside(&|_| None)
    }

    /// As [`operations`](Self::operations), and beside each what `beside` says of it, such as its
    /// line in the source.
    pub fn operations_beside(&self, beside: &dyn Fn(&Move) -> Option<String>) -> String {
        columns(&self.threads, &self.moves.iter().collect::<Vec<_>>(), beside)
    }
}

/// What a wait does that finds another value than it expects.
pub(crate) const DOES_NOT_SLEEP: &str = "does not sleep on";

/// How hard a trace is to read: reads of old values first, since they look impossible to a reader
/// who thinks of one thing after another, then its length, then how often the reader changes
/// columns. Of traces that are alike in this, one is in which threads of lower numbers go first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difficulty {
    stale: usize,
    length: usize,
    switches: usize,
    threads: Vec<usize>,
}

impl Difficulty {
    pub(crate) fn of(events: &[Event]) -> Self {
        let is_stale = |event: &&Event| {
            use Action::{Finds, Load};
            matches!(event.action, Load { stale: true, .. } | Finds { stale: true, .. })
        };
        Self {
            stale: events.iter().filter(is_stale).count(),
            length: events.len(),
            switches: events.windows(2).filter(|pair| pair[0].thread != pair[1].thread).count(),
            threads: events.iter().map(|event| event.thread).collect(),
        }
    }

    /// Whether a trace of this length, put in the best order, may be easier.
    pub(crate) fn may_be_beaten_in(&self, length: usize) -> bool {
        self.stale > 0 || length <= self.length
    }
}

impl Action {
    fn is_system_call(&self) -> bool {
        let looks = matches!(self, Self::Finds { operation: DOES_NOT_SLEEP, .. });
        looks || matches!(self, Self::Sleeps { .. } | Self::Wakes { .. })
    }

    fn words(&self, names: &[(Range<usize>, String)], threads: &[String]) -> String {
        let of = |address: &usize| format!(" {}", name_of(names, *address).unwrap_or("a word"));
        match self {
            Self::Step(text) => text.clone(),
            Self::Load { address, value, stale } => {
                format!("loads{}: {value}{}", of(address), old(*stale))
            }
            Self::Store { address, value } => format!("stores{}: {value}", of(address)),
            Self::Changes { address, operation, before, after } => {
                format!("{operation}{}: {before} → {after}", of(address))
            }
            Self::Finds { address, operation, value, stale } => {
                format!("{operation}{}: finds {value}{}", of(address), old(*stale))
            }
            Self::Fence => "fence".to_owned(),
            Self::Sleeps { address, timed: false } => format!("sleeps on{}", of(address)),
            Self::Sleeps { address, timed: true } => format!("sleeps for a time on{}", of(address)),
            Self::TimesOut => "times out".to_owned(),
            Self::WakesForNoReason => "wakes for no reason".to_owned(),
            Self::Wakes { address, threads: woken } => {
                let woken: Vec<&str> = woken.iter().map(|&id| threads[id].as_str()).collect();
                let woken = if woken.is_empty() { "nobody".to_owned() } else { woken.join(", ") };
                format!("wakes on{}: {woken}", of(address))
            }
        }
    }
}

fn old(stale: bool) -> &'static str {
    if stale { " (old)" } else { "" }
}

/// The most characters in a column; longer texts go on in the next line.
const WIDTH: usize = 30;

fn columns(
    threads: &[String],
    moves: &[&Move],
    beside: &dyn Fn(&Move) -> Option<String>,
) -> String {
    // Only threads that did something get a column.
    let active: Vec<usize> =
        (0..threads.len()).filter(|id| moves.iter().any(|one| one.thread == *id)).collect();
    let texts = |id: usize| moves.iter().filter(move |one| one.thread == id).map(|one| &one.text);
    let widths: Vec<usize> = active
        .iter()
        .map(|&id| {
            let longest =
                texts(id).flat_map(|text| wrap(text, WIDTH)).map(|line| width(&line)).max();
            longest.unwrap_or(0).max(width(&threads[id]))
        })
        .collect();

    let mut lines = Vec::new();
    let mut line = |number: &str, column: usize, beside: &str, text: &dyn Fn(usize) -> String| {
        let mut out = format!("{number:>3}");
        for (position, width_of_column) in widths.iter().enumerate() {
            let text = if column == usize::MAX || column == position {
                text(position)
            } else {
                String::new()
            };
            let padding = width_of_column - width(&text);
            out += "  ";
            out += &text;
            out += &" ".repeat(padding);
        }
        if !beside.is_empty() {
            out += "   ";
            out += beside;
        }
        lines.push(out.trim_end().to_owned());
    };
    line("", usize::MAX, "", &|position| threads[active[position]].clone());
    line("", usize::MAX, "", &|position| "─".repeat(widths[position]));
    for (number, one) in moves.iter().enumerate() {
        let column = active.iter().position(|&id| id == one.thread).expect("an active thread");
        for (row, text) in wrap(&one.text, WIDTH).into_iter().enumerate() {
            let (number, beside) = if row == 0 {
                ((number + 1).to_string(), beside(one).unwrap_or_default())
            } else {
                Default::default()
            };
            line(&number, column, &beside, &|_| text.to_string());
        }
    }
    lines.join("\n") + "\n"
}

fn width(text: &str) -> usize {
    text.chars().count()
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.columns())
    }
}

/// What an object at an address is called.
pub(crate) fn name_of(names: &[(Range<usize>, String)], address: usize) -> Option<&str> {
    named(names, address).map(|(_, name)| name.as_str())
}

/// The object at an address that has a name.
pub(crate) fn named(
    names: &[(Range<usize>, String)],
    address: usize,
) -> Option<&(Range<usize>, String)> {
    // The latest name wins: an object may be named more closely than the one it is a part of.
    names.iter().rev().find(|(range, _)| range.contains(&address))
}
