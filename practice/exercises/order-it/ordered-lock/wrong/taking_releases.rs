// too-strong: a thread that takes the lock has nothing to show yet.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.compare_exchange(false, true, AcqRel, Relaxed).is_err() {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
