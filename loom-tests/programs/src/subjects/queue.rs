//! A queue with room for one item.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject};
use primitives::Queue;
use primitives::queue::{GetError, PutError};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for room.
    Put,
    /// Puts an item if there is room.
    TryPut,
    /// Waits for room, up to a time.
    PutFor,
    /// Waits for an item.
    Get,
    /// Takes an item if there is one.
    TryGet,
    /// Waits for an item, up to a time.
    GetFor,
    /// Lets nothing more in.
    Close,
}
use Operation::{Close, Get, GetFor, Put, PutFor, TryGet, TryPut};

/// What is in the queue, whether it is closed, and how many items each thread has tried to put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content {
    item: Option<u32>,
    closed: bool,
    made: [u32; 3],
}

/// No two items are equal.
pub fn item(thread: usize, nth: u32) -> u32 {
    10 * (thread as u32 + 1) + nth
}

impl Specification for Content {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Put, TryPut, PutFor, Get, TryGet, GetFor, Close];

    fn new(_: usize) -> Self {
        Self { item: None, closed: false, made: [0; 3] }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = *self;
        let answer = match (operation, self.item) {
            (Put | TryPut | PutFor, inside) => {
                after.made[thread] += 1;
                match inside {
                    _ if self.closed => Answer::Over,
                    None => {
                        after.item = Some(item(thread, after.made[thread]));
                        Answer::Yes
                    }
                    Some(_) if operation == Put => return vec![],
                    Some(_) => Answer::No,
                }
            }
            (Get | TryGet | GetFor, Some(item)) => {
                after.item = None;
                Answer::Number(item)
            }
            (Get | TryGet | GetFor, None) if self.closed => Answer::Over,
            (Get, None) => return vec![],
            (TryGet | GetFor, None) => Answer::No,
            (Close, _) => {
                after.closed = true;
                Answer::Done
            }
        };
        vec![(answer, after)]
    }
}

impl Subject for Queue<u32> {
    type Specification = Content;
    type Held<'a> = u32;

    fn new(_: usize) -> Self {
        Self::bounded(1)
    }

    fn call(&self, thread: usize, operation: Operation, made: &mut u32) -> Answer {
        let next = || {
            *made += 1;
            item(thread, *made)
        };
        let put = |result| match result {
            Ok(()) => Answer::Yes,
            Err(PutError::Full(_)) => Answer::No,
            Err(PutError::Closed(_)) => Answer::Over,
        };
        let got = |result| match result {
            Ok(item) => Answer::Number(item),
            Err(GetError::Empty) => Answer::No,
            Err(GetError::Closed) => Answer::Over,
        };
        match operation {
            Put => put(self.put({ next }()).map_err(PutError::from)),
            TryPut => put(self.try_put({ next }())),
            PutFor => put(self.put_for({ next }(), SOON)),
            Get => got(self.get().map_err(GetError::from)),
            TryGet => got(self.try_get()),
            GetFor => got(self.get_for(SOON)),
            Close => {
                self.close();
                Answer::Done
            }
        }
    }
}
