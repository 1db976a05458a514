//! An event: it is set, or it is not.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::Event;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sets it.
    Set,
    /// Clears it.
    Clear,
    /// Waits until it is set.
    Wait,
    /// Asks.
    IsSet,
    /// Waits until it is set, up to a time.
    WaitFor,
}
use Operation::{Clear, IsSet, Set, Wait, WaitFor};

// ANCHOR: specification
/// Whether it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flag(bool);

impl Specification for Flag {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Set, Clear, Wait, IsSet, WaitFor];

    fn new(_: usize) -> Self {
        Self(false)
    }

    fn ways(&self, _: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        match operation {
            Set => vec![(Answer::Done, Self(true))],
            Clear => vec![(Answer::Done, Self(false))],
            Wait if self.0 => vec![(Answer::Done, *self)],
            Wait => vec![],
            IsSet | WaitFor => vec![(yes(self.0), *self)],
        }
    }
}
// ANCHOR_END: specification

impl Subject for Event {
    type Specification = Flag;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::new()
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Set => self.set(),
            Clear => self.clear(),
            Wait => self.wait(),
            IsSet => return yes(self.is_set()),
            WaitFor => return yes(self.wait_for(SOON)),
        }
        Answer::Done
    }
}
