//! A latch that subtracts and asks nothing.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
    told_as,
};
use primitives::platform::futex;

// ANCHOR: latch
/// How many things are left.
pub struct PlainLatch(AtomicU32);

impl PlainLatch {
    /// One thing less.
    pub fn count_down(&self) {
        if self.0.fetch_sub(1, Release) == 1 {
            futex::wake_all(&self.0);
        }
    }

    /// Waits until all are done.
    pub fn wait(&self) {
        loop {
            let left = self.0.load(Acquire);
            if left == 0 {
                return;
            }
            futex::wait(&self.0, left);
        }
    }
    // ANCHOR_END: latch

    /// So many things are to be done.
    pub fn new(count: u32) -> Self {
        let words = |left: u32| match left > u32::MAX / 2 {
            true => format!("2³² − {}", left.wrapping_neg()),
            false => left.to_string(),
        };
        Self(told_as(AtomicU32::new(count), words))
    }
}
