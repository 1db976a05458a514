//! A place to sleep that the model knows.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::futex;
use primitives::platform::time::Instant;
use std::io;

const SILENT: u32 = 0;
const RUNG: u32 = 1;

pub(crate) struct Poller {
    /// As with the system's, a ring that comes before the sleep is not lost.
    bell: AtomicU32,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { bell: AtomicU32::new(SILENT) })
    }

    /// Sleeps until a thread rings or `deadline` has passed, and now and then for no reason.
    pub(crate) fn sleep_until(&self, deadline: Option<Instant>) {
        // The loop looks at its timers and at what was handed over, whatever the reason.
        let _ = futex::wait_until(&self.bell, SILENT, deadline);
        // Relaxed, here and below: what the loop shall see is under a lock.
        self.bell.store(SILENT, Relaxed);
    }

    /// There are no sockets to look at.
    pub(crate) fn look(&self) {}

    pub(crate) fn ring(&self) {
        self.bell.store(RUNG, Relaxed);
        futex::wake_one(&self.bell);
    }
}
