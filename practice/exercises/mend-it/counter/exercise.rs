//! Mend it: the counter.
//!
//! Two threads add one each, and then the counter should be at 2. In some order of their steps it
//! is at 1. Mend `add`.

use practice::prelude::*;

pub struct Counter {
    count: AtomicU32,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: AtomicU32::new(0) }
    }

    pub fn add(&self) {
        let seen = self.count.load(Relaxed);
        self.count.store(seen + 1, Relaxed);
    }

    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }
}
