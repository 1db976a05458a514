//! Build it: a barrier.
//!
//! `wait` returns when all parties have called it, and then each sees what the others did before.
//! It returns `true` to one of them, and `false` to the others. Then the barrier can be used again:
//! the same threads may come for the next round while others are still leaving the last.

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
        todo!()
    }
}
