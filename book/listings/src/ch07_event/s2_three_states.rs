//! Steps two and three: the word says whether somebody sleeps. Clearing it can go wrong.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::futex;

// ANCHOR: event
const UNSET: u32 = 0;
const SET: u32 = 1;
/// Not set, and somebody is asleep, or about to be.
const AWAITED: u32 = 2;

/// An event whose word says whether somebody sleeps.
pub struct ThreeStateEvent {
    state: AtomicU32,
}

impl ThreeStateEvent {
    /// An event that is not set.
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNSET) }
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        // Say that somebody sleeps, or nobody would wake us.
        while self.state.compare_exchange(UNSET, AWAITED, Relaxed, Acquire) != Err(SET) {
            futex::wait(&self.state, AWAITED);
        }
    }

    /// Sets the event. Wakes all that sleep, if somebody does.
    pub fn set(&self) {
        if self.state.swap(SET, Release) == AWAITED {
            futex::wake_all(&self.state);
        }
    }
    // ANCHOR_END: event

    // ANCHOR: forget
    /// Takes the event back. Wrong: it may not have been set, and somebody may be asleep.
    pub fn clear_and_forget(&self) {
        self.state.swap(UNSET, Acquire);
    }
    // ANCHOR_END: forget

    // ANCHOR: clear
    /// Takes the event back, if it was set.
    pub fn clear(&self) {
        let _ = self.state.compare_exchange(SET, UNSET, Acquire, Relaxed);
    }
    // ANCHOR_END: clear

    /// Whether somebody sleeps, or is about to.
    pub fn is_awaited(&self) -> bool {
        self.state.load(Relaxed) == AWAITED
    }
}

impl Default for ThreeStateEvent {
    fn default() -> Self {
        Self::new()
    }
}
