//! Build it: two hydrogens and an oxygen make water.
//!
//! Each atom is a thread. `hydrogen` and `oxygen` return when the molecule is complete: two
//! hydrogens and an oxygen have come, and each sees what the others did before. Until then an atom
//! sleeps. Only these three come, and once. An `Event` lets all pass that `wait` once it is `set`.

use practice::prelude::*;

pub struct Water {
    hydrogens: AtomicU32,
    both_are_here: Event,
    complete: Event,
}

impl Water {
    pub fn new() -> Self {
        Self { hydrogens: AtomicU32::new(0), both_are_here: Event::new(), complete: Event::new() }
    }

    pub fn hydrogen(&self) {
        todo!()
    }

    pub fn oxygen(&self) {
        todo!()
    }
}
