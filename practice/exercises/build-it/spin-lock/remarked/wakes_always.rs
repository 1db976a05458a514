// remark: calls the system more often

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicU32,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicU32::new(0) }
    }

    pub fn lock(&self) {
        while self.locked.swap(1, Acquire) == 1 {
            futex::wait(&self.locked, 1);
        }
    }

    pub fn unlock(&self) {
        self.locked.store(0, Release);
        futex::wake_one(&self.locked);
    }
}
