// stuck: that there was a permit does not mean that nobody sleeps.

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
            match self.permits.compare_exchange(permits, permits - 1, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => permits = now,
            }
        }
    }

    pub fn release(&self) {
        if self.permits.fetch_add(1, Release) == 0 {
            futex::wake_one(&self.permits);
        }
    }
}
