// wrong: a wait may return for no reason, and then there is no permit to take.

use practice::prelude::*;

pub struct MySemaphore {
    permits: AtomicU32,
}

impl MySemaphore {
    pub fn new(permits: u32) -> Self {
        Self { permits: AtomicU32::new(permits) }
    }

    pub fn acquire(&self) {
        if self.permits.load(Relaxed) == 0 {
            futex::wait(&self.permits, 0);
        }
        let before = self.permits.fetch_sub(1, Acquire);
        assert!(before > 0, "a permit was taken, and there was none");
    }

    pub fn release(&self) {
        self.permits.fetch_add(1, Release);
        futex::wake_one(&self.permits);
    }
}
