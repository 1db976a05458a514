// stuck: each waits for the other to say that it is here.

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
        self.ben_is_here.acquire().forget();
        self.ann_is_here.release(1).expect("fewer than the most permits");
    }

    pub fn ben(&self) {
        self.ann_is_here.acquire().forget();
        self.ben_is_here.release(1).expect("fewer than the most permits");
    }
}
