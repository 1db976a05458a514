//! The timed lock: a thread that gives up leaves its mark, which costs a wake and harms nobody.

use practice::prelude::*;

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and a thread is asleep, or about to be.
const CONTENDED: u32 = 2;

pub struct TimedLock {
    state: AtomicU32,
}

impl TimedLock {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNLOCKED) }
    }

    pub fn lock(&self) {
        if self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_err() {
            while self.state.swap(CONTENDED, Acquire) != UNLOCKED {
                futex::wait(&self.state, CONTENDED);
            }
        }
    }

    pub fn lock_for(&self, timeout: Duration) -> bool {
        let deadline = Some(Instant::now() + timeout);
        if self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok() {
            return true;
        }
        while self.state.swap(CONTENDED, Acquire) != UNLOCKED {
            // The mark stays: others may be asleep too.
            if futex::wait_until(&self.state, CONTENDED, deadline).is_err() {
                return false;
            }
        }
        true
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        if self.state.swap(UNLOCKED, Release) == CONTENDED {
            futex::wake_one(&self.state);
        }
    }
}
