use super::answer::{Locks, test};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .fails("the lock that opens by itself", test::<Opening>)
        .holds("your test over the right lock", test::<RawLock>)
}

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;

/// A thread that gives up lets go of the lock, which another holds.
struct Opening {
    state: AtomicU32,
}

impl Opening {
    fn lock_until(&self, deadline: Option<Instant>) -> bool {
        while self.state.swap(LOCKED, Acquire) == LOCKED {
            if futex::wait_until(&self.state, LOCKED, deadline).is_err() {
                self.unlock();
                return false;
            }
        }
        true
    }
}

impl Locks for Opening {
    fn new() -> Self {
        Self { state: AtomicU32::new(UNLOCKED) }
    }
    fn lock(&self) {
        self.lock_until(None);
    }
    fn lock_for(&self, timeout: Duration) -> bool {
        self.lock_until(Some(Instant::now() + timeout))
    }
    fn unlock(&self) {
        self.state.store(UNLOCKED, Release);
        futex::wake_one(&self.state);
    }
}

impl Locks for RawLock {
    fn new() -> Self {
        Self::new()
    }
    fn lock(&self) {
        self.lock();
    }
    fn lock_for(&self, timeout: Duration) -> bool {
        self.try_lock_for(timeout)
    }
    fn unlock(&self) {
        // SAFETY: a test that unlocks what it has not locked is no test of the lock.
        unsafe { self.unlock() };
    }
}
