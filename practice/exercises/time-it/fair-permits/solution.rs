//! A time-out that loses no wake: a thread that is no longer in the queue has been handed a permit.

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
        let mut state = self.state.lock();
        if state.permits > 0 {
            state.permits -= 1;
            return true;
        }
        let me = state.queue.push_back(Parker::new());
        drop(state);
        if me.park_for(timeout) {
            return true;
        }
        // Between the time-out and the lock, a release may have taken this thread out of the queue:
        // then it has a permit.
        !self.state.lock().queue.remove(&me)
    }
}
