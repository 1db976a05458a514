//! Build it: a bathroom that women and men share, but not at the same time.
//!
//! `enter(WOMEN)` returns when no man is inside, and `enter(MEN)` when no woman is. Several of the
//! same kind may be inside together. The first of a kind takes the room for all of its kind, and
//! the last to leave gives it back. A permit of a `Semaphore` goes back when it is dropped, unless
//! you call `forget` on it; `release(1)` adds one.

use practice::prelude::*;

pub const WOMEN: usize = 0;
pub const MEN: usize = 1;

pub struct Bathroom {
    /// How many of each kind are inside, or wait to be.
    inside: [Lock<u32>; 2],
    /// A permit while nobody is inside.
    empty: Semaphore,
}

impl Bathroom {
    pub fn new() -> Self {
        Self { inside: [Lock::new(0), Lock::new(0)], empty: Semaphore::new(1) }
    }

    pub fn enter(&self, kind: usize) {
        todo!()
    }

    pub fn leave(&self, kind: usize) {
        todo!()
    }
}
