//! A timer that is armed. The driver thread is one more than the program has.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use primitives::{Timer, TimerOutcome, Timers};
use std::sync::Arc;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sees to it that it does not run, if that can be.
    Cancel,
    /// Waits for its end.
    Join,
    /// Asks for its end.
    TryJoin,
    /// Waits for its end up to a time.
    JoinFor,
    /// How many times the function has run.
    Times,
}
use Operation::{Cancel, Join, JoinFor, Times, TryJoin};

/// How far the timer is. The driver goes on by itself, between any two calls.
///
/// A cancel that comes in time is two steps: after the first nobody else can, after the second the
/// function has been dropped, and the timer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It waits for its time.
    Armed,
    /// It cannot be cancelled any more.
    Due,
    /// The function has counted, and the timer has not ended.
    Counted,
    /// The function has run.
    Ran,
    /// The thread has cancelled it, and drops the function.
    Drops(usize),
    /// The function will not run.
    Cancelled,
}
use Stage::{Armed, Cancelled, Counted, Drops, Due, Ran};

impl Stage {
    /// Where the driver may have brought it by the next step of a call.
    fn later(&self) -> &[Self] {
        match self {
            Armed => &[Armed, Due, Counted, Ran],
            Due => &[Due, Counted, Ran],
            Counted => &[Counted, Ran],
            Ran | Drops(_) | Cancelled => std::slice::from_ref(self),
        }
    }
}

impl Specification for Stage {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Cancel, Join, TryJoin, JoinFor, Times];

    fn new(_: usize) -> Self {
        Armed
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        match (operation, self) {
            (Cancel, Armed) => vec![Drops(thread), Due, Counted, Ran],
            _ => Vec::new(),
        }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let way = |&stage: &Self| {
            let (answer, after) = match (operation, stage) {
                (Cancel, Drops(by)) if by == thread => (Answer::Yes, Cancelled),
                (Cancel, _) => (Answer::No, stage),
                (Times, Armed | Due | Drops(_) | Cancelled) => (Answer::Number(0), stage),
                (Times, Counted | Ran) => (Answer::Number(1), stage),
                (Join | TryJoin | JoinFor, Ran) => (Answer::Yes, stage),
                (Join | TryJoin | JoinFor, Cancelled) => (Answer::Over, stage),
                (TryJoin | JoinFor, _) => (Answer::No, stage),
                (Join, _) => return None,
            };
            Some((answer, after))
        };
        self.later().iter().filter_map(way).collect()
    }
}

/// The timer, and how many times its function has run.
pub struct Counting {
    timer: Timer,
    times: Arc<AtomicU32>,
    _timers: Timers,
}

impl Subject for Counting {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        let times = Arc::new(AtomicU32::new(0));
        let timers = Timers::new();
        let counted = times.clone();
        let timer = timers.after(SOON, move || _ = counted.fetch_add(1, Release));
        Self { timer, times, _timers: timers }
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let ended = |outcome| match outcome {
            Some(TimerOutcome::Ran) => Answer::Yes,
            Some(TimerOutcome::Cancelled) => Answer::Over,
            Some(TimerOutcome::Panicked) => unreachable!("the function does not"),
            None => Answer::No,
        };
        match operation {
            Cancel => yes(self.timer.cancel()),
            Join => ended(Some(self.timer.join())),
            TryJoin => ended(self.timer.try_join()),
            JoinFor => ended(self.timer.join_for(SOON)),
            Times => Answer::Number(self.times.load(Acquire)),
        }
    }
}
