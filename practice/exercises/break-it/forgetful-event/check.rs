use super::answer::{Events, test};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .fails("the event that forgets", test::<Forgetful>)
        .holds("your test over the right event", test::<Event>)
}

const UNSET: u32 = 0;
const SET: u32 = 1;
const AWAITED: u32 = 2;

/// `clear` stores that the event is not set, and with that also that nobody sleeps.
struct Forgetful {
    state: AtomicU32,
}

impl Events for Forgetful {
    fn new() -> Self {
        Self { state: AtomicU32::new(UNSET) }
    }
    fn set(&self) {
        if self.state.swap(SET, Release) == AWAITED {
            futex::wake_all(&self.state);
        }
    }
    fn clear(&self) {
        self.state.swap(UNSET, Acquire);
    }
    fn wait(&self) {
        while self.state.compare_exchange(UNSET, AWAITED, Relaxed, Acquire) != Err(SET) {
            futex::wait(&self.state, AWAITED);
        }
    }
}

impl Events for Event {
    fn new() -> Self {
        Self::new()
    }
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) {
        self.wait();
    }
}
