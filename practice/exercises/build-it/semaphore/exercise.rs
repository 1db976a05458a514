//! Build it: a semaphore.
//!
//! There are so many permits. `acquire` takes one, and sleeps until there is one. `release` gives
//! one back: it need not be called by the thread that took it. What was done before a `release` is
//! seen by the thread that acquires the permit.

use practice::prelude::*;

pub struct MySemaphore {
    permits: AtomicU32,
}

impl MySemaphore {
    pub fn new(permits: u32) -> Self {
        Self { permits: AtomicU32::new(permits) }
    }

    pub fn acquire(&self) {
        todo!()
    }

    pub fn release(&self) {
        todo!()
    }
}
