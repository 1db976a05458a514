//! Build it: a turnstile that opens when all are there.
//!
//! `pass` returns when all parties have called it, and then each sees what the others did before.
//! The last to come opens the turnstile for one thread, and each that goes through lets the next
//! one through. It is used once. A permit of a `Semaphore` goes back when it is dropped, unless you
//! call `forget` on it.

use practice::prelude::*;

pub struct Turnstile {
    parties: u32,
    arrived: AtomicU32,
    open: Semaphore,
}

impl Turnstile {
    pub fn new(parties: u32) -> Self {
        Self { parties, arrived: AtomicU32::new(0), open: Semaphore::new(0) }
    }

    pub fn pass(&self) {
        todo!()
    }
}
