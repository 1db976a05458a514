// too-strong: what the subtraction has acquired, no fence need acquire again.

use practice::prelude::*;

pub struct Shared {
    owners: AtomicU32,
    pub value: UnsafeCell<u32>,
}

// SAFETY: the owners read the value, and only the last one changes it.
unsafe impl Sync for Shared {}

impl Shared {
    /// A value with one owner.
    pub fn new(value: u32) -> Self {
        Self { owners: AtomicU32::new(1), value: UnsafeCell::new(value) }
    }

    /// Called by an owner, for another one.
    pub fn share(&self) {
        self.owners.fetch_add(1, Relaxed);
    }

    /// Called by an owner, which is none any more.
    pub fn let_go(&self) {
        if self.owners.fetch_sub(1, AcqRel) == 1 {
            fence(Acquire);
            // SAFETY: that was the last owner.
            self.value.with_mut(|value| unsafe { *value = 0 });
        }
    }
}
