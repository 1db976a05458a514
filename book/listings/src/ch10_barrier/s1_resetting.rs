//! Step one, and wrong: the last to arrive sets the count back to zero, which is the sign for all
//! to go on.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};
use primitives::platform::futex;

// ANCHOR: barrier
/// How many have arrived. Zero is the sign to go on.
pub struct ResettingBarrier {
    arrived: AtomicU32,
    parties: u32,
}

impl ResettingBarrier {
    /// A barrier for so many threads.
    pub fn new(parties: u32) -> Self {
        Self { arrived: AtomicU32::new(0), parties }
    }

    /// Waits until all have arrived. Or so it says.
    pub fn wait(&self) {
        let mut arrived = self.arrived.fetch_add(1, AcqRel) + 1;
        if arrived == self.parties {
            self.arrived.store(0, Release);
            return futex::wake_all(&self.arrived);
        }
        // Wrong: by the time this thread looks, somebody may have arrived for the next round.
        while arrived != 0 {
            futex::wait(&self.arrived, arrived);
            arrived = self.arrived.load(Acquire);
        }
    }
}
// ANCHOR_END: barrier
