//! The counter: reading and writing are one step.

use practice::prelude::*;

pub struct Counter {
    count: AtomicU32,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: AtomicU32::new(0) }
    }

    pub fn add(&self) {
        self.count.fetch_add(1, Relaxed);
    }

    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }
}
