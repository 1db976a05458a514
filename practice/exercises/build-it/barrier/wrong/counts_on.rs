// stuck: nobody sets the count back, so nobody is the last of the next round.

use practice::prelude::*;

pub struct MyBarrier {
    parties: u32,
    arrived: AtomicU32,
    /// How many rounds are over.
    round: AtomicU32,
}

impl MyBarrier {
    pub fn new(parties: u32) -> Self {
        Self { parties, arrived: AtomicU32::new(0), round: AtomicU32::new(0) }
    }

    pub fn wait(&self) -> bool {
        let round = self.round.load(Relaxed);
        if self.arrived.fetch_add(1, AcqRel) + 1 == self.parties {
            self.round.store(round + 1, Release);
            futex::wake_all(&self.round);
            return true;
        }
        while self.round.load(Acquire) == round {
            futex::wait(&self.round, round);
        }
        false
    }
}
