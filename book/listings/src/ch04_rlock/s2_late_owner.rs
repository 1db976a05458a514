//! Step two, and wrong: a lock that knows who holds it and how often, and forgets who too late.

use primitives::RawLock;
use primitives::platform::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use primitives::platform::{name, thread};

const NOBODY: u64 = 0;

// ANCHOR: lock
/// A lock, the number of the thread that holds it, and how often it does.
pub struct LateOwnerLock {
    lock: RawLock,
    owner: AtomicU64,
    /// Only the owner uses it.
    depth: AtomicU32,
}

impl LateOwnerLock {
    /// Locks, or goes one deeper.
    pub fn lock(&self) {
        if self.owner.load(Relaxed) != thread::id() {
            self.lock.lock();
            self.owner.store(thread::id(), Relaxed);
        }
        self.depth.store(self.depth.load(Relaxed) + 1, Relaxed);
    }

    /// Takes back one lock. The last one lets other threads in.
    pub fn unlock(&self) {
        let depth = self.depth.load(Relaxed) - 1;
        self.depth.store(depth, Relaxed);
        if depth == 0 {
            // SAFETY: this thread locked it.
            unsafe { self.lock.unlock() };
            // Wrong: it may be another thread's by now.
            self.owner.store(NOBODY, Relaxed);
        }
    }
}
// ANCHOR_END: lock

impl LateOwnerLock {
    /// Unlocked.
    pub fn new() -> Self {
        let (owner, depth) = (AtomicU64::new(NOBODY), AtomicU32::new(0));
        Self { lock: RawLock::new(), owner, depth }
    }

    /// Has traces call the parts by their names.
    pub fn name_parts(&self) {
        name(&self.lock, "the lock");
        name(&self.owner, "the owner");
        name(&self.depth, "the depth");
    }
}

impl Default for LateOwnerLock {
    fn default() -> Self {
        Self::new()
    }
}
