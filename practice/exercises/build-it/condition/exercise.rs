//! Build it: a condition.
//!
//! A thread that holds a lock waits for a change of what the lock guards. `wait` lets go of the
//! lock, sleeps until it is notified, and takes the lock again. It may return for no reason, so its
//! caller looks again. What another thread changes under the lock after `wait` has let go, and
//! notifies then, must not be missed. The lock is the one from the first exercise.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.swap(true, Acquire) {
            spin_loop();
        }
    }

    pub fn unlock(&self) {
        self.locked.store(false, Release);
    }
}

pub struct MyCondition {
    /// How often it was notified.
    notified: AtomicU32,
}

impl MyCondition {
    pub fn new() -> Self {
        Self { notified: AtomicU32::new(0) }
    }

    /// Called by the holder of the lock.
    pub fn wait(&self, lock: &SpinLock) {
        todo!()
    }

    /// Wakes one thread that waits.
    pub fn notify_one(&self) {
        todo!()
    }

    /// Wakes all threads that wait.
    pub fn notify_all(&self) {
        todo!()
    }
}
