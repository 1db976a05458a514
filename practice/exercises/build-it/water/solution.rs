//! Water: the second hydrogen tells the oxygen, and the oxygen tells both.

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
        // The second sees what the first did, and shows it to the oxygen.
        if self.hydrogens.fetch_add(1, AcqRel) + 1 == 2 {
            self.both_are_here.set();
        }
        self.complete.wait();
    }

    pub fn oxygen(&self) {
        self.both_are_here.wait();
        self.complete.set();
    }
}
