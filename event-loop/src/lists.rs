//! The two lists, as they stand after a step of a task.
//!
//! ```
//! use event_loop::{EventLoop, gather, sleep};
//! use std::time::Duration;
//!
//! let event_loop = EventLoop::new().unwrap();
//! event_loop.after_each_step(|lists| println!("{lists}"));
//! let naps = async { gather((1..=2).map(|time| sleep(Duration::from_millis(time)))).await };
//! event_loop.run(naps).unwrap();
//! ```

use std::fmt;

/// Both lists after a step. See [`EventLoop::after_each_step`](crate::EventLoop::after_each_step).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// The task that has made the step. `main` is what the loop was asked to run.
    pub step: String,
    /// Whether that task has ended with it.
    pub ended: bool,
    /// The tasks that can go on, the next first.
    pub ready: Vec<String>,
    /// The tasks that wait.
    pub waiting: Vec<Waiting>,
}

/// A task in the waiting list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub task: String,
    /// What it waits for, in words.
    pub waits_for: String,
}

impl fmt::Display for Lists {
    /// One line, in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, ended, ready, waiting } = self;
        let step = if *ended { format!("{step} ends") } else { step.clone() };
        let waiting: Vec<String> = waiting.iter().map(ToString::to_string).collect();
        let [ready, waiting] = [ready, &waiting].map(|list| match list.is_empty() {
            true => "–".to_owned(),
            false => list.join(", "),
        });
        write!(f, "{step:<12} ready: {ready:<20} waiting: {waiting}")
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.task, self.waits_for)
    }
}

/// What a task has said that it waits for.
#[derive(Clone, Copy, Default)]
pub(crate) enum Reason {
    /// It has not said.
    #[default]
    Untold,
    What(&'static str),
    /// The task in that place.
    Task(usize),
    /// So many tasks.
    Tasks(usize),
}

impl Reason {
    pub(crate) fn told(self, name_of: impl Fn(usize) -> String) -> String {
        match self {
            Self::Untold => "a wake".to_owned(),
            Self::What(what) => what.to_owned(),
            Self::Task(place) => name_of(place),
            Self::Tasks(1) => "1 task".to_owned(),
            Self::Tasks(count) => format!("{count} tasks"),
        }
    }
}
