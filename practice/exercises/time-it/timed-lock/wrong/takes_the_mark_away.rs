// stuck: a third thread may be asleep, and the mark was for it too.

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
            if futex::wait_until(&self.state, CONTENDED, deadline).is_err() {
                let _ = self.state.compare_exchange(CONTENDED, LOCKED, Relaxed, Relaxed);
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
