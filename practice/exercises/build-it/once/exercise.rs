//! Build it: something that is done once.
//!
//! The first thread that calls `call_once` runs the function. Every call returns when the function
//! has been run, whichever thread did it, and then sees all that it did. A thread that waits for
//! that sleeps.

use practice::prelude::*;

pub struct MyOnce {
    state: AtomicU32,
}

impl MyOnce {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(0) }
    }

    pub fn call_once(&self, f: impl FnOnce()) {
        todo!()
    }
}
