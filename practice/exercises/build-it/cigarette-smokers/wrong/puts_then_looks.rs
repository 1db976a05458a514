// wrong: both suppliers may find the pair, and each gives a permit for it.

use practice::prelude::*;

pub const TOBACCO: usize = 0;
pub const PAPER: usize = 1;
pub const MATCHES: usize = 2;

pub struct Table {
    /// What lies there.
    lies: Lock<[bool; 3]>,
    /// For the smoker that has this.
    pairs: [Semaphore; 3],
}

impl Table {
    pub fn new() -> Self {
        Self { lies: Lock::new([false; 3]), pairs: [(); 3].map(|()| Semaphore::new(0)) }
    }

    pub fn put(&self, thing: usize) {
        self.lies.lock()[thing] = true;
        let lies = *self.lies.lock();
        let is_pair = lies.iter().filter(|lies| **lies).count() == 2;
        if is_pair {
            let missing = lies.iter().position(|lies| !lies).expect("two of three lie there");
            *self.lies.lock() = [false; 3];
            self.pairs[missing].release(1).expect("fewer than the most permits");
        }
    }

    pub fn smoke(&self, has: usize) {
        self.pairs[has].acquire().forget();
    }

    pub fn try_smoke(&self, has: usize) -> bool {
        self.pairs[has].try_acquire().map(|permit| permit.forget()).is_some()
    }
}
