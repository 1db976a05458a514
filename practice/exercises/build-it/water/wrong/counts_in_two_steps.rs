// stuck: two may come at once, and then neither is the second.

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
        let hydrogens = self.hydrogens.load(Acquire) + 1;
        self.hydrogens.store(hydrogens, Release);
        if hydrogens == 2 {
            self.both_are_here.set();
        }
        self.complete.wait();
    }

    pub fn oxygen(&self) {
        self.both_are_here.wait();
        self.complete.set();
    }
}
