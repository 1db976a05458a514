//! Time it: two threads meet, or do not.
//!
//! `meet` returns `true` when the other thread is there too, and then each sees what the other did
//! before. If the deadline passes first, it returns `false`, and it is as if the thread had never
//! come: it may come again. The two always agree: never does one say that they met, and the other
//! that they did not. `None` as the deadline means to wait for ever. There are only two threads,
//! and they meet once.

use practice::prelude::*;

pub struct Rendezvous {
    state: AtomicU32,
}

impl Rendezvous {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(0) }
    }

    pub fn meet(&self, deadline: Option<Instant>) -> bool {
        todo!()
    }
}
