//! A barrier of two.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::Barrier;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for the other.
    Wait,
    /// Waits for the other, up to a time, and breaks the barrier after it.
    WaitFor,
    /// Breaks the barrier.
    Abort,
    /// Makes it as new. Whoever waits gets the error.
    Reset,
    /// Asks.
    IsBroken,
    /// How many threads wait.
    Waiting,
}
use Operation::{Abort, IsBroken, Reset, Wait, WaitFor};

/// Where a thread is that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Outside,
    /// In a round that is not complete.
    Waiting,
    /// In a round that is. The number is what it will be told.
    Passes(u32),
    /// In a round that has failed.
    Fails,
}
use Place::{Fails, Outside, Passes, Waiting};

/// Whether it is broken, and where each thread is.
///
/// A wait is two steps: a thread arrives, and when the round has come to its end, it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Round {
    broken: bool,
    places: [Place; 3],
}

impl Round {
    fn fail_those_inside(&mut self) {
        self.places.iter_mut().filter(|place| **place == Waiting).for_each(|one| *one = Fails);
    }
}

impl Specification for Round {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[Wait, WaitFor, Abort, Reset, IsBroken, Operation::Waiting];

    fn new(_: usize) -> Self {
        Self { broken: false, places: [Outside; 3] }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        if !matches!(operation, Wait | WaitFor) || self.places[thread] != Outside {
            return Vec::new();
        }
        let mut after = *self;
        let first = self.places.iter().position(|&place| place == Waiting);
        after.places[thread] = match first {
            _ if self.broken => Fails,
            Some(first) => {
                after.places[first] = Passes(0);
                Passes(1)
            }
            None => Waiting,
        };
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = *self;
        let answer = match operation {
            Wait | WaitFor => {
                after.places[thread] = Outside;
                match self.places[thread] {
                    Passes(index) => Answer::Number(index),
                    Fails => Answer::Over,
                    Waiting if operation == WaitFor => {
                        after.fail_those_inside();
                        after.broken = true;
                        Answer::Over
                    }
                    Waiting | Outside => return vec![],
                }
            }
            Abort => {
                after.fail_those_inside();
                after.broken = true;
                Answer::Done
            }
            Reset => {
                after.fail_those_inside();
                after.broken = false;
                Answer::Done
            }
            IsBroken => yes(self.broken),
            Operation::Waiting => {
                let waiting = self.places.iter().filter(|&&place| place == Waiting);
                Answer::Number(waiting.count() as u32)
            }
        };
        vec![(answer, after)]
    }
}

impl Subject for Barrier {
    type Specification = Round;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::new(2)
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let arrived = |result: Result<primitives::Arrival, _>| match result {
            Ok(arrival) => Answer::Number(arrival.index() as u32),
            Err(primitives::BrokenBarrier) => Answer::Over,
        };
        match operation {
            Wait => arrived(self.wait()),
            WaitFor => arrived(self.wait_for(SOON)),
            Abort => {
                self.abort();
                Answer::Done
            }
            Reset => {
                self.reset();
                Answer::Done
            }
            IsBroken => yes(self.is_broken()),
            Operation::Waiting => Answer::Number(self.waiting() as u32),
        }
    }
}
