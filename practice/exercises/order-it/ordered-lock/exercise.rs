//! Order it: the spin lock.
//!
//! What a thread does with the lock held must be visible to the next thread that has it.
//! Give each operation the weakest ordering with which all holds, from `Relaxed` over `Acquire`,
//! `Release` and `AcqRel` to `SeqCst`.

use practice::prelude::*;

pub struct SpinLock {
    locked: AtomicBool,
}

impl SpinLock {
    pub fn new() -> Self {
        Self { locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        while self.locked.compare_exchange(false, true, SeqCst, SeqCst).is_err() {
            spin_loop();
        }
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        self.locked.store(false, SeqCst);
    }
}
