// busy: the loop does not say that it waits.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.swap(true, Acquire) {}
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
