//! Step two: nobody is forgotten, and whoever comes at the right moment goes first.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    told_as,
};
use primitives::platform::futex;

// ANCHOR: semaphore
/// In the upper half of the word: a thread that sleeps, or is about to.
const SLEEPER: u32 = 1 << 16;
/// The lower half: how many permits are free.
const PERMITS: u32 = SLEEPER - 1;

/// The number of sleepers and that of free permits, in one word.
pub struct BargingSemaphore {
    state: AtomicU32,
}

impl BargingSemaphore {
    /// Sleeps until so many permits are free, and takes them all at once.
    pub fn acquire(&self, count: u32) {
        // `SLEEPER`, once this thread has been counted.
        let mut me = 0;
        let mut state = self.state.load(Relaxed);
        loop {
            let enough = state & PERMITS >= count;
            let next = if enough { state - me - count } else { state - me + SLEEPER };
            match self.state.compare_exchange(state, next, Acquire, Relaxed) {
                Ok(_) if enough => return,
                Ok(_) => {
                    me = SLEEPER;
                    futex::wait(&self.state, next);
                    state = self.state.load(Relaxed);
                }
                Err(now) => state = now,
            }
        }
    }

    /// Gives permits back. If anybody sleeps, all may look again whether there are enough now.
    pub fn release(&self, count: u32) {
        if self.state.fetch_add(count, Release) >= SLEEPER {
            futex::wake_all(&self.state);
        }
    }
    // ANCHOR_END: semaphore

    /// A semaphore with so many permits, of 65,535 at most.
    pub fn new(permits: u32) -> Self {
        let words = |state| match (state & PERMITS, state / SLEEPER) {
            (free, 0) => format!("{free} free"),
            (free, sleepers) => format!("{free} free, {sleepers} waiting"),
        };
        Self { state: told_as(AtomicU32::new(permits), words) }
    }

    /// Takes so many permits if they are free now.
    pub fn try_acquire(&self, count: u32) -> bool {
        let mut state = self.state.load(Relaxed);
        while state & PERMITS >= count {
            match self.state.compare_exchange(state, state - count, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Whether somebody sleeps, or is about to.
    pub fn somebody_waits(&self) -> bool {
        self.state.load(Relaxed) >= SLEEPER
    }
}
