//! Build it: a lock for many that look, or one that changes.
//!
//! Readers may be inside together, a writer only alone. A thread that may not enter sleeps. Who
//! enters first, and whether a writer can be kept out for long, is up to you.

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
        todo!()
    }

    /// Called by a reader that is inside.
    pub fn leave_read(&self) {
        todo!()
    }

    pub fn write(&self) {
        todo!()
    }

    /// Called by the writer that is inside.
    pub fn leave_write(&self) {
        todo!()
    }
}
