//! Made once: the exchange decides who makes it, and the last store shows it.

use practice::prelude::*;

const EMPTY: u32 = 0;
const BEING_MADE: u32 = 1;
const READY: u32 = 2;

pub struct MadeOnce {
    state: AtomicU32,
    value: UnsafeCell<u32>,
}

// SAFETY: one thread writes the value, and the others read it when the state is `READY`.
unsafe impl Sync for MadeOnce {}

impl MadeOnce {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(EMPTY), value: UnsafeCell::new(0) }
    }

    pub fn get_or_make(&self, make: fn() -> u32) -> u32 {
        if self.state.compare_exchange(EMPTY, BEING_MADE, Relaxed, Relaxed).is_ok() {
            // SAFETY: no other thread has found the state `EMPTY`, and none reads before `READY`.
            self.value.with_mut(|value| unsafe { *value = make() });
            self.state.store(READY, Release);
        }
        while self.state.load(Acquire) != READY {
            spin_loop();
        }
        // SAFETY: nobody writes the value any more.
        self.value.with(|value| unsafe { *value })
    }
}
