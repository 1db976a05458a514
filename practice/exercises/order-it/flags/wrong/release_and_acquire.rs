// wrong: both may find nothing: nobody sees a store that it could acquire.

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
        self.raised[me].store(true, Release);
        fence(AcqRel);
        !self.raised[1 - me].load(Acquire)
    }
}
