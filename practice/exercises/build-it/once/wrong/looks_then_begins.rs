// wrong: both threads may find that nobody has begun.

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
        match self.state.load(Acquire) {
            NEW => {
                self.state.store(RUNNING, Relaxed);
                f();
                self.state.store(DONE, Release);
                futex::wake_all(&self.state);
            }
            mut state => {
                while state != DONE {
                    futex::wait(&self.state, RUNNING);
                    state = self.state.load(Acquire);
                }
            }
        }
    }
}
