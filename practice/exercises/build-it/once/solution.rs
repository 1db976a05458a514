//! Once: new, running, done. A thread that comes while it runs waits.

use practice::prelude::*;
const NEW: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;

pub struct MyOnce {
    state: AtomicU32,
}

impl MyOnce {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(NEW) }
    }

    pub fn call_once(&self, f: impl FnOnce()) {
        // Looks and begins in one step: of two that come at once, one finds it begun.
        match self.state.compare_exchange(NEW, RUNNING, Relaxed, Acquire) {
            Ok(_) => {
                f();
                self.state.store(DONE, Release);
                futex::wake_all(&self.state);
            }
            Err(mut state) => {
                while state != DONE {
                    futex::wait(&self.state, RUNNING);
                    state = self.state.load(Acquire);
                }
            }
        }
    }
}
