// stuck: the thread that was woken may find the lock taken, and sleep again.

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
            futex::wait(&self.state, LOCKED);
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        futex::wake_one(&self.state);
        self.state.store(UNLOCKED, Release);
    }
}
