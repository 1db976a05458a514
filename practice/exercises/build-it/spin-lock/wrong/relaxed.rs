// race: nothing shows the next holder what the last one wrote.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.swap(true, Relaxed) {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Relaxed);
    }
}
