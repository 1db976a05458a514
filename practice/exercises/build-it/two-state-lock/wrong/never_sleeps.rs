// busy: it looks again and again.

use practice::prelude::*;

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;

pub struct TwoStateLock {
    state: AtomicU32,
}

impl TwoStateLock {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNLOCKED) }
    }

    pub fn lock(&self) {
        while self.state.swap(LOCKED, Acquire) == LOCKED {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.state.store(UNLOCKED, Release);
        futex::wake_one(&self.state);
    }
}
