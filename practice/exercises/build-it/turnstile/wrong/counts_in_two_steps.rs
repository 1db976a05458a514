// stuck: two may come at once, and then nobody is the last.

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
        let arrived = self.arrived.load(Acquire) + 1;
        self.arrived.store(arrived, Release);
        if arrived == self.parties {
            self.open.release(1).expect("fewer than the most permits");
        }
        drop(self.open.acquire());
    }
}
