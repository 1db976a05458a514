//! The spin lock: one `swap` looks and takes.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.swap(true, Acquire) {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
