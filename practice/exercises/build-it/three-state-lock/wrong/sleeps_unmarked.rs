// stuck: it sleeps, and the word does not say so.

use practice::prelude::*;

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and a thread is asleep, or about to be.
const CONTENDED: u32 = 2;

pub struct ThreeStateLock {
    state: AtomicU32,
}

impl ThreeStateLock {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNLOCKED) }
    }

    pub fn lock(&self) {
        if self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok() {
            return;
        }
        while self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_err() {
            futex::wait(&self.state, LOCKED);
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        if self.state.swap(UNLOCKED, Release) == CONTENDED {
            futex::wake_one(&self.state);
        }
    }
}
