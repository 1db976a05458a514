//! Build it: a queue with room for so many items.
//!
//! `put` waits for room and puts its item behind the others. `get` waits for an item and takes the
//! first. A semaphore counts the places that are free, another the items that are there: a permit
//! of a `Semaphore` is given back when it is dropped, unless you call `forget` on it, and
//! `release(1)` adds one.

use practice::prelude::*;

use std::collections::VecDeque;

pub struct BoundedQueue {
    items: Lock<VecDeque<u32>>,
    /// A permit for each place that is free.
    room: Semaphore,
    /// A permit for each item that is there.
    filled: Semaphore,
}

impl BoundedQueue {
    pub fn new(capacity: u32) -> Self {
        Self {
            items: Lock::new(VecDeque::with_capacity(capacity as usize)),
            room: Semaphore::new(capacity),
            filled: Semaphore::new(0),
        }
    }

    pub fn put(&self, item: u32) {
        todo!()
    }

    pub fn get(&self) -> u32 {
        todo!()
    }
}
