//! Step one, and wrong: a number of permits, and a wake when there were none.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::futex;

// ANCHOR: semaphore
/// The number of free permits, on which waiters sleep.
pub struct OneWakeSemaphore {
    pub(crate) permits: AtomicU32,
}

impl OneWakeSemaphore {
    /// A semaphore with so many permits.
    pub fn new(permits: u32) -> Self {
        Self { permits: AtomicU32::new(permits) }
    }

    /// Sleeps until a permit is free, and takes it.
    pub fn acquire(&self) {
        let mut permits = self.permits.load(Relaxed);
        loop {
            if permits == 0 {
                futex::wait(&self.permits, 0);
                permits = self.permits.load(Relaxed);
                continue;
            }
            match self.permits.compare_exchange(permits, permits - 1, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => permits = now,
            }
        }
    }

    /// Gives permits back, and wakes the waiters. Or so it says.
    pub fn release(&self, count: u32) {
        // Wrong: if there were permits before, somebody may be asleep all the same.
        if self.permits.fetch_add(count, Release) == 0 {
            futex::wake_one(&self.permits);
        }
    }
}
// ANCHOR_END: semaphore
