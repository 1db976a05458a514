// wrong: it may have been handed a permit, and takes that with it.

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
        self.state.lock().queue.remove(&me);
        false
    }
}
