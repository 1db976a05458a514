// wrong: a thread takes the permit that it has just given itself.

use practice::prelude::*;

pub struct Rendezvous {
    ann_is_here: Semaphore,
}

impl Rendezvous {
    pub fn new() -> Self {
        Self { ann_is_here: Semaphore::new(0) }
    }

    pub fn ann(&self) {
        self.ann_is_here.release(1).expect("fewer than the most permits");
        self.ann_is_here.acquire().forget();
    }

    pub fn ben(&self) {
        self.ann_is_here.release(1).expect("fewer than the most permits");
        self.ann_is_here.acquire().forget();
    }
}
