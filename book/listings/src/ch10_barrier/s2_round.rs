//! Step two: the word also says which round it is, and a waiter waits for the end of its round.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use primitives::platform::futex;

// ANCHOR: barrier
/// In the upper half of the word: how many rounds are over.
const ROUND: u32 = 1 << 16;

/// The round, and in the lower half how many have arrived in it.
pub struct RoundBarrier {
    pub(crate) state: AtomicU32,
    parties: u32,
}

impl RoundBarrier {
    /// A barrier for so many threads.
    pub fn new(parties: u32) -> Self {
        Self { state: AtomicU32::new(0), parties }
    }

    /// Waits until all have arrived.
    pub fn wait(&self) {
        if let Some(arrived) = self.arrive() {
            let mut state = arrived;
            while same_round(state, arrived) {
                futex::wait(&self.state, state);
                state = self.state.load(Acquire);
            }
        }
    }

    /// Makes the word say that one more has arrived, and returns what it says now. The last begins
    /// the next round.
    pub(crate) fn arrive(&self) -> Option<u32> {
        let mut state = self.state.load(Relaxed);
        loop {
            let last = state % ROUND + 1 == self.parties;
            let next = if last { (state - state % ROUND).wrapping_add(ROUND) } else { state + 1 };
            match self.state.compare_exchange(state, next, AcqRel, Relaxed) {
                Ok(_) if last => {
                    futex::wake_all(&self.state);
                    return None;
                }
                Ok(_) => return Some(next),
                Err(now) => state = now,
            }
        }
    }
}

pub(crate) fn same_round(state: u32, other: u32) -> bool {
    state / ROUND == other / ROUND
}
// ANCHOR_END: barrier
