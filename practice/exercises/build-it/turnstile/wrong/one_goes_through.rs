// stuck: the first to go through takes the permit with it.

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
        if self.arrived.fetch_add(1, AcqRel) + 1 == self.parties {
            self.open.release(1).expect("fewer than the most permits");
        }
        self.open.acquire().forget();
    }
}
