// wrong: the last shows only what it did itself.

use practice::prelude::*;

pub struct Turnstile {
    parties: u32,
    arrived: AtomicU32,
    open: Semaphore,
}

impl Turnstile {
    pub fn new(parties: u32) -> Self {
        Self { parties, arrived: AtomicU32::new(0), open: Semaphore::new(0) }
    }

    pub fn pass(&self) {
        if self.arrived.fetch_add(1, Relaxed) + 1 == self.parties {
            self.open.release(1).expect("fewer than the most permits");
        }
        drop(self.open.acquire());
    }
}
