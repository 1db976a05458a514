//! The rendezvous: a thread takes its sign back, unless the other has seen it.

use practice::prelude::*;

const NOBODY: u32 = 0;
/// One thread is there, and asleep or about to be.
const ONE: u32 = 1;
const MET: u32 = 2;

pub struct Rendezvous {
    state: AtomicU32,
}

impl Rendezvous {
    pub fn new() -> Self {
        Self { state: AtomicU32::new(NOBODY) }
    }

    pub fn meet(&self, deadline: Option<Instant>) -> bool {
        if self.state.compare_exchange(NOBODY, ONE, Release, Relaxed).is_ok() {
            return self.wait(deadline);
        }
        // The other is there, unless it gives up just now.
        if self.state.compare_exchange(ONE, MET, AcqRel, Relaxed).is_ok() {
            futex::wake_one(&self.state);
            return true;
        }
        self.meet(deadline)
    }

    fn wait(&self, deadline: Option<Instant>) -> bool {
        while self.state.load(Acquire) == ONE {
            if futex::wait_until(&self.state, ONE, deadline).is_err() {
                // Takes the sign back, in one step: the other may have seen it meanwhile.
                return self.state.compare_exchange(ONE, NOBODY, Relaxed, Acquire).is_err();
            }
        }
        true
    }
}
