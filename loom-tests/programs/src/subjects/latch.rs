//! A latch of two.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::Latch;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Counts down.
    CountDown,
    /// Counts down, and waits until it is open.
    ArriveAndWait,
    /// Waits until it is open.
    Wait,
    /// Asks.
    TryWait,
    /// Waits until it is open, up to a time.
    WaitFor,
    /// How many are left.
    Count,
}
use Operation::{ArriveAndWait, CountDown, TryWait, Wait, WaitFor};

/// How many are left, and which threads have arrived and wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    left: u32,
    arrived: [bool; 3],
}

impl Specification for Left {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[CountDown, ArriveAndWait, Wait, TryWait, WaitFor, Operation::Count];

    fn new(_: usize) -> Self {
        Self { left: 2, arrived: [false; 3] }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        if operation != ArriveAndWait || self.left == 0 || self.arrived[thread] {
            return Vec::new();
        }
        let mut after = Self { left: self.left - 1, ..*self };
        after.arrived[thread] = true;
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = *self;
        let answer = match operation {
            ArriveAndWait if self.arrived[thread] => {
                after.arrived[thread] = false;
                if self.left > 0 {
                    return vec![];
                }
                Answer::Done
            }
            // One count too many is a panic.
            CountDown | ArriveAndWait if self.left == 0 => Answer::Over,
            CountDown | ArriveAndWait => {
                after.left -= 1;
                Answer::Done
            }
            Wait if self.left > 0 => return vec![],
            Wait => Answer::Done,
            TryWait | WaitFor => yes(self.left == 0),
            Operation::Count => Answer::Number(self.left),
        };
        vec![(answer, after)]
    }
}

impl Subject for Latch {
    type Specification = Left;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::new(2)
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            CountDown | ArriveAndWait => {
                let count = || match operation {
                    CountDown => self.count_down(),
                    _ => self.arrive_and_wait(),
                };
                match catch_unwind(AssertUnwindSafe(count)) {
                    Ok(()) => {}
                    Err(panic) if panic.is::<String>() => return Answer::Over,
                    // The model ends the execution.
                    Err(other) => resume_unwind(other),
                }
            }
            Wait => self.wait(),
            TryWait => return yes(self.try_wait()),
            WaitFor => return yes(self.wait_for(SOON)),
            Operation::Count => return Answer::Number(self.count()),
        }
        Answer::Done
    }
}
