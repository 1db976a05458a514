//! Build it: an event that threads wait for.
//!
//! `wait` returns when the event has been set, at once if it was set before, and then sees what was
//! done before the `set`. Any number of threads may wait. A thread that waits sleeps. `set` asks
//! the system to wake them only if a thread may be asleep.

use practice::prelude::*;

pub struct MyEvent {
    state: AtomicU32,
}

impl MyEvent {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(0) }
    }

    pub fn wait(&self) {
        todo!()
    }

    pub fn set(&self) {
        todo!()
    }
}
