// stuck: the oxygen waits for the hydrogens, and they wait for it.

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
        self.complete.wait();
        if self.hydrogens.fetch_add(1, AcqRel) + 1 == 2 {
            self.both_are_here.set();
        }
    }

    pub fn oxygen(&self) {
        self.both_are_here.wait();
        self.complete.set();
    }
}
