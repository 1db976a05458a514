//! The smallest correct things that the tests need: a lock that sleeps, with a guard.
#![allow(dead_code)]

use loom_platform::atomic::{AtomicU32, Ordering::*};
use loom_platform::futex;
use loom_platform::time::Instant;

/// The three-state lock.
#[derive(Debug)]
pub(crate) struct Lock(AtomicU32);

#[derive(Debug)]
pub(crate) struct Guard<'a>(&'a Lock);

impl Lock {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        self.lock_until(None).unwrap()
    }

    pub(crate) fn lock_until(&self, deadline: Option<Instant>) -> Option<Guard<'_>> {
        if self.0.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
            while self.0.swap(2, Acquire) != 0 {
                futex::wait_until(&self.0, 2, deadline).ok()?;
            }
        }
        Some(Guard(self))
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.0.0.swap(0, Release) == 2 {
            futex::wake_one(&self.0.0);
        }
    }
}
