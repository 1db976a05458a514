//! Build it: a lock that wakes only if a thread may be asleep.
//!
//! As the lock with two states, but the word says a third thing: the lock is taken, and a thread is
//! asleep, or about to be. `unlock` asks the system to wake a thread in that state alone.

use practice::prelude::*;

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and a thread is asleep, or about to be.
const CONTENDED: u32 = 2;

pub struct ThreeStateLock {
    state: AtomicU32,
}

impl ThreeStateLock {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(UNLOCKED) }
    }

    pub fn lock(&self) {
        todo!()
    }

    /// Called by the holder.
    pub fn unlock(&self) {
        todo!()
    }
}
