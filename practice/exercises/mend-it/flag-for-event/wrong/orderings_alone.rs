// busy: it still looks again and again.

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
    }

    pub fn wait(&self) {
        while self.is_set.load(Acquire) == 0 {
            spin_loop();
        }
    }
}
