// stuck: a writer sleeps until the last reader wakes it.

use practice::prelude::*;

/// A writer is inside. Any other number is that of the readers inside.
const WRITER: u32 = u32::MAX;

pub struct MyRwLock {
    state: AtomicU32,
}

impl MyRwLock {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(0) }
    }

    pub fn read(&self) {
        let mut state = self.state.load(Relaxed);
        loop {
            if state == WRITER {
                futex::wait(&self.state, WRITER);
                state = self.state.load(Relaxed);
                continue;
            }
            match self.state.compare_exchange(state, state + 1, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
    }

    /// Called by a reader that is inside.
    pub fn leave_read(&self) {
        self.state.fetch_sub(1, Release);
    }

    pub fn write(&self) {
        while let Err(state) = self.state.compare_exchange(0, WRITER, Acquire, Relaxed) {
            futex::wait(&self.state, state);
        }
    }

    /// Called by the writer that is inside.
    pub fn leave_write(&self) {
        self.state.store(0, Release);
        futex::wake_all(&self.state);
    }
}
