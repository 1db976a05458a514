// too-strong: with the fence, the pair is not needed.

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
        fence(SeqCst);
        !self.raised[1 - me].load(Acquire)
    }
}
