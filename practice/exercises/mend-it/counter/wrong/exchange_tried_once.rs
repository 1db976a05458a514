// wrong: where the exchange fails, nothing is added.

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
        let _ = self.count.compare_exchange(seen, seen + 1, Relaxed, Relaxed);
    }

    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }
}
