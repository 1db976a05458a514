// wrong: both threads may find that nobody is busy before either says so.

use practice::prelude::*;

pub struct Counter {
    count: AtomicU32,
    busy: AtomicBool,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: AtomicU32::new(0), busy: AtomicBool::new(false) }
    }

    pub fn add(&self) {
        while self.busy.load(Acquire) {
            spin_loop();
        }
        self.busy.store(true, Relaxed);
        let seen = self.count.load(Relaxed);
        self.count.store(seen + 1, Relaxed);
        self.busy.store(false, Release);
    }

    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }
}
