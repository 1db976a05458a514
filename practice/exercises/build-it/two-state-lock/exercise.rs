//! Build it: a lock whose waiters sleep.
//!
//! One thread at a time is between `lock` and `unlock`, and each sees what the one before it has
//! written. While the lock is taken, `lock` sleeps: `futex::wait(&self.state, LOCKED)` sleeps if
//! the word still says `LOCKED`, and returns at once if not. It may also return for no reason.
//! `futex::wake_one(&self.state)` wakes one thread that sleeps there.

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
        todo!()
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        todo!()
    }
}
