// wrong: a thread that comes second does not wait.

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
        match self.state.compare_exchange(NEW, RUNNING, Relaxed, Acquire) {
            Ok(_) => {
                f();
                self.state.store(DONE, Release);
                futex::wake_all(&self.state);
            }
            Err(_) => {}
        }
    }
}
