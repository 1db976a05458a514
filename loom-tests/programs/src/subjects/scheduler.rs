//! A scheduler: threads enter actions, and threads run them.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::Scheduler;
use primitives::platform::thread_local;
use primitives::platform::time::Instant;
use primitives::scheduler::Scheduled;
use std::cell::Cell;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Enters an action that is due now.
    Enter,
    /// Enters one that is due now and comes before those.
    EnterUrgent,
    /// Enters one that is due later.
    EnterLater,
    /// Takes back what the thread has entered last.
    Cancel,
    /// Runs all, and waits for what is due later.
    Run,
    /// Runs what is due.
    TryRun,
    /// Runs what is due up to a time, which is all.
    RunFor,
    /// Whether there is nothing left.
    IsEmpty,
}
use Operation::{Cancel, Enter, EnterLater, EnterUrgent, IsEmpty, Run, RunFor, TryRun};

/// What is to be run, each with its rank, in order, and which threads run it.
///
/// Between any two calls each thread that runs may take the next, also one that is due later: the
/// clock may have moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    queue: Vec<(u32, u32)>,
    /// What the thread has run last, or zero, if it runs.
    runs: [Option<u32>; 3],
    /// How many each thread has entered.
    made: [u32; 3],
}

/// The place of an action among others, from which of them are due, and which are urgent.
pub fn rank(operation: Operation) -> u32 {
    match operation {
        EnterUrgent => 0,
        Enter => 1,
        _ => LATER,
    }
}

/// The rank of what is due later.
pub const LATER: u32 = 2;

/// No two actions have the same number.
pub fn number(thread: usize, nth: u32) -> u32 {
    10 * (thread as u32 + 1) + nth
}

impl Plan {
    /// Where the threads that run may have brought it by the next step of a call.
    fn later(&self) -> Vec<Self> {
        let mut all = vec![self.clone()];
        let mut next = 0;
        while let Some(plan) = all.get(next).cloned() {
            next += 1;
            for thread in (0..3).filter(|&thread| plan.runs[thread].is_some()) {
                let mut after = plan.clone();
                if !after.queue.is_empty() {
                    after.runs[thread] = Some(after.queue.remove(0).1);
                    all.push(after);
                }
            }
        }
        all
    }
}

impl Specification for Plan {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[Enter, EnterUrgent, EnterLater, Cancel, Run, TryRun, RunFor, IsEmpty];

    fn new(_: usize) -> Self {
        Self { queue: Vec::new(), runs: [None; 3], made: [0; 3] }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        if !matches!(operation, Run | TryRun | RunFor) || self.runs[thread].is_some() {
            return Vec::new();
        }
        let mut after = self.clone();
        after.runs[thread] = Some(0);
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let way = |mut plan: Self| {
            let answer = match operation {
                Enter | EnterUrgent | EnterLater => {
                    plan.made[thread] += 1;
                    let rank = rank(operation);
                    plan.queue.push((rank, number(thread, plan.made[thread])));
                    // The first that was entered comes first.
                    plan.queue.sort_by_key(|one| one.0);
                    Answer::Done
                }
                Cancel if plan.made[thread] == 0 => Answer::Over,
                Cancel => {
                    let own = number(thread, plan.made[thread]);
                    let place = plan.queue.iter().position(|one| one.1 == own);
                    place.map(|place| plan.queue.remove(place));
                    yes(place.is_some())
                }
                IsEmpty => yes(plan.queue.is_empty()),
                Run | TryRun | RunFor if plan.queue.is_empty() => {
                    Answer::Number(plan.runs[thread].take()?)
                }
                TryRun if plan.queue[0].0 == LATER => {
                    plan.runs[thread] = None;
                    Answer::No
                }
                Run | TryRun | RunFor => return None,
            };
            Some((answer, plan))
        };
        self.later().into_iter().filter_map(way).collect()
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        // There is nothing to take back yet.
        calls[0] != Cancel
    }
}

thread_local! {
    /// What the thread has run last.
    static LAST: Cell<u32> = Cell::new(0);
}

/// A scheduler, and when it was made.
pub struct Planned {
    scheduler: Scheduler<'static>,
    made: Instant,
}

/// What the thread has entered.
#[derive(Default)]
pub struct Entered(Vec<Scheduled>);

impl Subject for Planned {
    type Specification = Plan;
    type Held<'a> = Entered;

    fn new(_: usize) -> Self {
        Self { scheduler: Scheduler::new(), made: Instant::now() }
    }

    fn call(&self, thread: usize, operation: Operation, entered: &mut Entered) -> Answer {
        LAST.with(|last| last.set(0));
        let has_run = |left: Option<_>| match left {
            None => Answer::Number(LAST.with(Cell::get)),
            Some(_) => Answer::No,
        };
        match operation {
            Enter | EnterUrgent | EnterLater => {
                let number = number(thread, entered.0.len() as u32 + 1);
                let rank = rank(operation);
                let due = if rank == LATER { self.made + SOON } else { self.made };
                let action = move || LAST.with(|last| last.set(number));
                entered.0.push(self.scheduler.enter_at(due, rank as i32, action));
                Answer::Done
            }
            Cancel => match entered.0.last() {
                None => Answer::Over,
                Some(last) => yes(self.scheduler.cancel(*last).is_ok()),
            },
            Run => {
                self.scheduler.run();
                has_run(None)
            }
            TryRun => has_run(self.scheduler.try_run()),
            RunFor => has_run(self.scheduler.run_for(2 * SOON)),
            IsEmpty => yes(self.scheduler.is_empty()),
        }
    }
}
