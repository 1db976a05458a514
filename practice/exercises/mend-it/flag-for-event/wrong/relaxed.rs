// race: that a thread was woken orders nothing.

use practice::prelude::*;

pub struct Event {
    is_set: AtomicU32,
}

impl Event {
    pub fn new() -> Self {
        Self { is_set: AtomicU32::new(0) }
    }

    pub fn set(&self) {
        self.is_set.store(1, Relaxed);
        futex::wake_all(&self.is_set);
    }

    pub fn wait(&self) {
        while self.is_set.load(Relaxed) == 0 {
            futex::wait(&self.is_set, 0);
        }
    }
}
