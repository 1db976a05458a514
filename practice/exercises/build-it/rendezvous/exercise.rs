//! Build it: two threads that wait for each other.
//!
//! Ann calls `ann` and Ben calls `ben`. Neither goes on before the other has come, and then each
//! sees what the other did before. They may meet again and again. `acquire()` returns a permit,
//! which goes back when it is dropped, unless you call `forget` on it. `release(1)` adds one.

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
        todo!()
    }

    pub fn ben(&self) {
        todo!()
    }
}
