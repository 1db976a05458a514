//! Build it: a lock whose waiters look again and again.
//!
//! One thread at a time is between `lock` and `unlock`, and each sees what the one before it has
//! written. While the lock is taken, `lock` looks again until it is free. Call `spin_loop()` in
//! such a loop.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        todo!()
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        todo!()
    }
}
