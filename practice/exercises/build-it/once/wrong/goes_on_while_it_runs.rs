// wrong: a thread that comes second does not wait.

use practice::prelude::*;

const NEW: u32 = 0;
const RUNNING: u32 = 1;
/// Running, and a thread is asleep until it is done, or about to be.
const AWAITED: u32 = 2;
const DONE: u32 = 3;

pub struct MyOnce {
    state: AtomicU32,
}

impl MyOnce {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(NEW) }
    }

    pub fn call_once(&self, f: impl FnOnce()) {
        if self.state.compare_exchange(NEW, RUNNING, Relaxed, Relaxed).is_ok() {
            f();
            if self.state.swap(DONE, Release) == AWAITED {
                futex::wake_all(&self.state);
            }
            return;
        }
    }
}
