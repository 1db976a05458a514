//! A flag for an event: the store releases, and wakes all that sleep.

use practice::prelude::*;

pub struct Event {
    is_set: AtomicU32,
}

impl Event {
    pub fn new() -> Self {
        Self { is_set: AtomicU32::new(0) }
    }

    pub fn set(&self) {
        self.is_set.store(1, Release);
        futex::wake_all(&self.is_set);
    }

    pub fn wait(&self) {
        while self.is_set.load(Acquire) == 0 {
            futex::wait(&self.is_set, 0);
        }
    }
}
