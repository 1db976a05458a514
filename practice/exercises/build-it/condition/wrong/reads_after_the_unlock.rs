// stuck: a notify that comes between is counted already, and missed.

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
        lock.unlock();
        let before = self.notified.load(Relaxed);
        futex::wait(&self.notified, before);
        lock.lock();
    }

    /// Wakes one thread that waits.
    pub fn notify_one(&self) {
        self.notified.fetch_add(1, Relaxed);
        futex::wake_one(&self.notified);
    }

    /// Wakes all threads that wait.
    pub fn notify_all(&self) {
        self.notified.fetch_add(1, Relaxed);
        futex::wake_all(&self.notified);
    }
}
