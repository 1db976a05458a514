//! Step one, and wrong: a lock that knows who holds it, and not how often.

use primitives::RawLock;
use primitives::platform::atomic::{AtomicU64, Ordering::Relaxed};
use primitives::platform::thread;

// ANCHOR: lock
/// No thread has this number.
const NOBODY: u64 = 0;

/// A lock, and the number of the thread that holds it.
pub struct OwnerLock {
    lock: RawLock,
    owner: AtomicU64,
}

impl OwnerLock {
    /// Locks, unless this thread holds the lock already.
    pub fn lock(&self) {
        if !self.is_mine() {
            self.lock.lock();
            self.owner.store(thread::id(), Relaxed);
        }
    }

    /// Unlocks, if this thread holds the lock.
    pub fn unlock(&self) {
        // Wrong: this may be the inner one of two.
        if self.is_mine() {
            self.owner.store(NOBODY, Relaxed);
            // SAFETY: this thread locked it.
            unsafe { self.lock.unlock() };
        }
    }

    fn is_mine(&self) -> bool {
        self.owner.load(Relaxed) == thread::id()
    }
}
// ANCHOR_END: lock

impl OwnerLock {
    /// Unlocked.
    pub fn new() -> Self {
        Self { lock: RawLock::new(), owner: AtomicU64::new(NOBODY) }
    }
}

impl Default for OwnerLock {
    fn default() -> Self {
        Self::new()
    }
}
