//! The semaphore: each release wakes one, also if there were permits before.

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
            // Looks and takes in one step: the permit may be gone.
            match self.permits.compare_exchange(permits, permits - 1, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => permits = now,
            }
        }
    }

    pub fn release(&self) {
        self.permits.fetch_add(1, Release);
        // Also if there were permits before: the thread that was woken for them may not have come
        // yet, and another may still sleep.
        futex::wake_one(&self.permits);
    }
}
