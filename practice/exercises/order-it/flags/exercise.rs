//! Order it: each raises a flag, then looks.
//!
//! Ann and Ben may go in, but not both. Each raises the own flag, and goes in only if the other's
//! flag is not raised. That both stay out is no harm here.
//! Give each operation the weakest ordering with which all holds, from `Relaxed` over `Acquire`,
//! `Release` and `AcqRel` to `SeqCst`.
//!
//! A fence orders what is before it against what is behind it, whatever these are.

use practice::prelude::*;

pub struct Flags {
    raised: [AtomicBool; 2],
}

impl Flags {
    pub fn new() -> Self {
        Self { raised: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    /// Whether thread `me`, which is 0 or 1, may go in.
    pub fn may_go_in(&self, me: usize) -> bool {
        self.raised[me].store(true, SeqCst);
        fence(SeqCst);
        !self.raised[1 - me].load(SeqCst)
    }
}
