//! The lock with two states: the word does not say whether a thread sleeps, so each unlock wakes.

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
            // Returns at once if the holder unlocked since the look.
            futex::wait(&self.state, LOCKED);
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        // First, or the thread that is woken finds the lock taken, and sleeps again.
        self.state.store(UNLOCKED, Release);
        futex::wake_one(&self.state);
    }
}
