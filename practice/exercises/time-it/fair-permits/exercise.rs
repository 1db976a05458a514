//! Time it: a semaphore whose threads get their permits in turn.
//!
//! Threads that wait stand in a queue. `release` hands its permit to the first of them, or keeps it
//! if nobody waits. `acquire_for` returns whether it has a permit. Complete it so that no permit
//! gets lost when a thread gives up at the moment at which it is handed one.
//!
//! A `Parker` is what one thread sleeps on: `park_for` returns whether `unpark` came in time.
//! `WaitQueue::push_back` puts one into the queue and returns an `Arc` of it, and `remove` takes it
//! out again and says whether it was still there.

use practice::prelude::*;

pub struct FairPermits {
    state: Lock<State>,
}

struct State {
    permits: u32,
    queue: WaitQueue,
}

impl FairPermits {
    pub fn new(permits: u32) -> Self {
        Self { state: Lock::new(State { permits, queue: WaitQueue::new() }) }
    }

    pub fn release(&self) {
        let mut state = self.state.lock();
        match state.queue.pop_front() {
            // The permit goes to it, and is not counted.
            Some(first) => first.unpark(),
            None => state.permits += 1,
        }
    }

    pub fn try_acquire(&self) -> bool {
        let mut state = self.state.lock();
        let free = state.permits > 0;
        if free {
            state.permits -= 1;
        }
        free
    }

    pub fn acquire_for(&self, timeout: Duration) -> bool {
        todo!()
    }
}
