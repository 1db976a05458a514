// wrong: an ordering does not make one step of two.

use practice::prelude::*;

pub struct Counter {
    count: AtomicU32,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: AtomicU32::new(0) }
    }

    pub fn add(&self) {
        let seen = self.count.load(SeqCst);
        self.count.store(seen + 1, SeqCst);
    }

    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }
}
