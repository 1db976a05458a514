// wrong: the hydrogens do not wait for the oxygen.

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
        if self.hydrogens.fetch_add(1, AcqRel) + 1 == 2 {
            self.both_are_here.set();
            self.complete.set();
        }
        self.complete.wait();
    }

    pub fn oxygen(&self) {
        self.both_are_here.wait();
        self.complete.set();
    }
}
