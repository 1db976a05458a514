// stuck: a thread may mark the lock between the look and the store.

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
        while self.state.swap(CONTENDED, Acquire) != UNLOCKED {
            futex::wait(&self.state, CONTENDED);
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        let contended = self.state.load(Relaxed) == CONTENDED;
        self.state.store(UNLOCKED, Release);
        if contended {
            futex::wake_one(&self.state);
        }
    }
}
