// race: both may take the one permit.

use practice::prelude::*;

pub struct MySemaphore {
    permits: AtomicU32,
}

impl MySemaphore {
    pub fn new(permits: u32) -> Self {
        Self { permits: AtomicU32::new(permits) }
    }

    pub fn acquire(&self) {
        let mut permits = self.permits.load(Relaxed);
        loop {
            if permits == 0 {
                futex::wait(&self.permits, 0);
                permits = self.permits.load(Relaxed);
                continue;
            }
            self.permits.load(Acquire);
            self.permits.store(permits - 1, Relaxed);
            return;
        }
    }

    pub fn release(&self) {
        self.permits.fetch_add(1, Release);
        futex::wake_one(&self.permits);
    }
}
