// too-strong: a thread that has failed looks at nothing that is guarded.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.compare_exchange(false, true, Acquire, Acquire).is_err() {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}
