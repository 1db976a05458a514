//! Mend it: a flag for an event.
//!
//! `set` says that something has happened, and `wait` waits for that. A thread that waits should
//! sleep, and not look again and again; and when it goes on, it should see all that was done before
//! `set`. Mend it with the futex: `futex::wait(&word, expected)` sleeps while the word has that
//! value, until `futex::wake_one(&word)` or `futex::wake_all(&word)`.

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
    }

    pub fn wait(&self) {
        while self.is_set.load(Relaxed) == 0 {
            spin_loop();
        }
    }
}
