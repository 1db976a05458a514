//! A value for each thread.

use crate::subject::{Answer, Overlap, Specification, Subject};
use primitives::Local;
use std::cell::Cell;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads the thread's value.
    Get,
    /// Changes it to the thread's number.
    Set,
    /// Takes it out, and leaves a zero.
    Take,
    /// Reads it if there is one.
    Peek,
}
use Operation::{Get, Peek, Set, Take};

/// What a value is at first.
pub const FIRST: u32 = 7;

/// The value of each thread, if it has one yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Values([Option<u32>; 3]);

impl Specification for Values {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Get, Set, Take, Peek];

    fn new(_: usize) -> Self {
        Self([None; 3])
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = *self;
        let value = self.0[thread].unwrap_or(FIRST);
        let (answer, left) = match (operation, self.0[thread]) {
            (Peek, None) => return vec![(Answer::No, after)],
            (Get | Peek, _) => (Answer::Number(value), value),
            (Set, _) => (Answer::Done, thread as u32),
            (Take, _) => (Answer::Number(value), 0),
        };
        after.0[thread] = Some(left);
        vec![(answer, after)]
    }
}

impl Subject for Local<Cell<u32>> {
    type Specification = Values;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::new(|| Cell::new(FIRST))
    }

    fn call(&self, thread: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Get => Answer::Number(self.get()),
            Set => {
                self.set(thread as u32);
                Answer::Done
            }
            Take => Answer::Number(self.take()),
            Peek => self.peek(Cell::get).map_or(Answer::No, Answer::Number),
        }
    }
}
