//! The bounded queue: a semaphore for the room, a semaphore for the items, and a lock.

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
        // Before the lock: a thread that waited with it would keep out those that make room.
        self.room.acquire().forget();
        self.items.lock().push_back(item);
        self.filled.release(1).expect("fewer than the most permits");
    }

    pub fn get(&self) -> u32 {
        self.filled.acquire().forget();
        let item = self.items.lock().pop_front().expect("a permit for each item");
        self.room.release(1).expect("fewer than the most permits");
        item
    }
}
