//! Step one: a flag, and a futex to sleep on. Nobody knows whether somebody sleeps.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::futex;

// ANCHOR: event
const UNSET: u32 = 0;
const SET: u32 = 1;

/// A flag to sleep on.
pub struct FlagEvent {
    state: AtomicU32,
}

impl FlagEvent {
    /// An event that is not set.
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNSET) }
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        while self.state.load(Acquire) == UNSET {
            futex::wait(&self.state, UNSET);
        }
    }

    /// Sets the event and wakes all that sleep.
    pub fn set(&self) {
        self.state.store(SET, Release);
        // Somebody may be asleep. The word does not say.
        futex::wake_all(&self.state);
    }

    /// Takes the event back.
    pub fn clear(&self) {
        self.state.store(UNSET, Relaxed);
    }
}
// ANCHOR_END: event

impl Default for FlagEvent {
    fn default() -> Self {
        Self::new()
    }
}
