// stuck: between the wake and the store a thread may go to sleep.

use practice::prelude::*;

pub struct Event {
    is_set: AtomicU32,
}

impl Event {
    pub fn new() -> Self {
        Self { is_set: AtomicU32::new(0) }
    }

    pub fn set(&self) {
        futex::wake_all(&self.is_set);
        self.is_set.store(1, Release);
    }

    pub fn wait(&self) {
        while self.is_set.load(Acquire) == 0 {
            futex::wait(&self.is_set, 0);
        }
    }
}
