// stuck: by the time it looks, a thread may have come for the next round.

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
        let mut arrived = self.arrived.fetch_add(1, AcqRel) + 1;
        if arrived == self.parties {
            self.arrived.store(0, Release);
            futex::wake_all(&self.arrived);
            return true;
        }
        while arrived != 0 {
            futex::wait(&self.arrived, arrived);
            arrived = self.arrived.load(Acquire);
        }
        false
    }
}
