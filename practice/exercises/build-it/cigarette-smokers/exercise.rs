//! Build it: a table, and three smokers.
//!
//! A smoker needs tobacco, paper and matches. Each of the three has plenty of one of them.
//! Suppliers put the others on the table with `put`, one each, in any order and at the same time.
//! When two different things lie there, the smoker that has the third takes both away and smokes:
//! its `smoke` returns. The other smokers sleep on. `try_smoke` is given: it does not wait.

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
        todo!()
    }

    pub fn smoke(&self, has: usize) {
        todo!()
    }

    pub fn try_smoke(&self, has: usize) -> bool {
        self.pairs[has].try_acquire().map(|permit| permit.forget()).is_some()
    }
}
