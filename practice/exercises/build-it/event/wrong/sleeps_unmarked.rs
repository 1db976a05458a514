// stuck: it sleeps, and the word does not say so.

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
        while self.state.load(Acquire) == UNSET {
            futex::wait(&self.state, UNSET);
        }
    }

    pub fn set(&self) {
        if self.state.swap(SET, Release) == AWAITED {
            futex::wake_all(&self.state);
        }
    }
}
