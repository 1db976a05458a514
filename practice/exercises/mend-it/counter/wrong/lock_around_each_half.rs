// wrong: the lock is given up between reading and writing.

use practice::prelude::*;

pub struct Counter {
    count: Lock<u32>,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: Lock::new(0) }
    }

    pub fn add(&self) {
        let seen = *self.count.lock();
        *self.count.lock() = seen + 1;
    }

    pub fn count(&self) -> u32 {
        *self.count.lock()
    }
}
