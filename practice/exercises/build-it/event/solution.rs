//! The event: the word says whether a thread sleeps.

use practice::prelude::*;

const UNSET: u32 = 0;
const SET: u32 = 1;
/// Not set, and a thread is asleep, or about to be.
const AWAITED: u32 = 2;

pub struct MyEvent {
    state: AtomicU32,
}

impl MyEvent {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNSET) }
    }

    pub fn wait(&self) {
        // Says that a thread sleeps, or no thread would wake it.
        while self.state.compare_exchange(UNSET, AWAITED, Relaxed, Acquire) != Err(SET) {
            futex::wait(&self.state, AWAITED);
        }
    }

    pub fn set(&self) {
        if self.state.swap(SET, Release) == AWAITED {
            futex::wake_all(&self.state);
        }
    }
}
