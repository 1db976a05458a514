//! The turnstile: the last gives one permit, and each that goes through gives it back.

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
        // The last sees what all did before, and shows it to those that it lets go.
        if self.arrived.fetch_add(1, AcqRel) + 1 == self.parties {
            self.open.release(1).expect("fewer than the most permits");
        }
        // The permit goes back at once, and lets the next one through.
        drop(self.open.acquire());
    }
}
