// race: an acquire needs a release to see.

use practice::prelude::*;

pub struct Message {
    value: UnsafeCell<u32>,
    is_there: AtomicBool,
}

// SAFETY: the value is written before `is_there`, and read after it.
unsafe impl Sync for Message {}

impl Message {
    pub fn new() -> Self {
        Self { value: UnsafeCell::new(0), is_there: AtomicBool::new(false) }
    }

    pub fn send(&self, value: u32) {
        // SAFETY: nobody reads the value yet.
        self.value.with_mut(|place| unsafe { *place = value });
        self.is_there.store(true, Relaxed);
    }

    pub fn receive(&self) -> Option<u32> {
        if !self.is_there.load(Acquire) {
            return None;
        }
        // SAFETY: nobody writes the value any more.
        Some(self.value.with(|place| unsafe { *place }))
    }
}
