// race: both may find it free before either takes it.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.load(Acquire) {
            spin_loop();
        }
        self.locked.store(true, Relaxed);
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
