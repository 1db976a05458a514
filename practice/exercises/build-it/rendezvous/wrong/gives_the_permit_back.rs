// wrong: a permit that is not forgotten goes back, and opens the next round.

use practice::prelude::*;

pub struct Rendezvous {
    ann_is_here: Semaphore,
    ben_is_here: Semaphore,
}

impl Rendezvous {
    pub fn new() -> Self {
        Self { ann_is_here: Semaphore::new(0), ben_is_here: Semaphore::new(0) }
    }

    pub fn ann(&self) {
        self.ann_is_here.release(1).expect("fewer than the most permits");
        self.ben_is_here.acquire();
    }

    pub fn ben(&self) {
        self.ben_is_here.release(1).expect("fewer than the most permits");
        self.ann_is_here.acquire();
    }
}
