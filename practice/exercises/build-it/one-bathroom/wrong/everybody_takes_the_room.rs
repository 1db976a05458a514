// stuck: a second woman waits for the room that the first has.

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
        let mut inside = self.inside[kind].lock();
        *inside += 1;
        self.empty.acquire().forget();
    }

    pub fn leave(&self, kind: usize) {
        let mut inside = self.inside[kind].lock();
        *inside -= 1;
        if *inside == 0 {
            self.empty.release(1).expect("fewer than the most permits");
        }
    }
}
