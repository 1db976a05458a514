use super::answer::{Queues, test};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .fails("the queue that drops", test::<Dropping>)
        .holds("your test over the right queue", test::<Queue<u32>>)
}

const EMPTY: u32 = 0;
const AWAITED: u32 = 1;
/// Numbers from here on are items, and so much less.
const ITEM: u32 = 2;

/// Room for one item. A thread that gives up stores that nobody waits, whatever there is by then.
struct Dropping {
    state: AtomicU32,
}

impl Dropping {
    fn get_until(&self, deadline: Option<Instant>) -> Option<u32> {
        loop {
            let mut state = self.state.load(Acquire);
            if state == EMPTY {
                state = match self.state.compare_exchange(EMPTY, AWAITED, Relaxed, Acquire) {
                    Ok(_) => AWAITED,
                    Err(now) => now,
                };
            }
            if state >= ITEM {
                let taken = self.state.compare_exchange(state, EMPTY, Acquire, Relaxed);
                if taken.is_ok() {
                    futex::wake_all(&self.state);
                    return Some(state - ITEM);
                }
            } else if futex::wait_until(&self.state, AWAITED, deadline).is_err() {
                self.state.store(EMPTY, Relaxed);
                return None;
            }
        }
    }
}

impl Queues for Dropping {
    fn new() -> Self {
        Self { state: AtomicU32::new(EMPTY) }
    }
    fn put(&self, item: u32) {
        let mut state = self.state.load(Relaxed);
        loop {
            if state >= ITEM {
                futex::wait(&self.state, state);
                state = self.state.load(Relaxed);
                continue;
            }
            match self.state.compare_exchange(state, item + ITEM, Release, Relaxed) {
                Ok(_) => return futex::wake_all(&self.state),
                Err(now) => state = now,
            }
        }
    }
    fn get(&self) -> u32 {
        self.get_until(None).expect("no deadline")
    }
    fn get_for(&self, timeout: Duration) -> Option<u32> {
        self.get_until(Some(Instant::now() + timeout))
    }
}

impl Queues for Queue<u32> {
    fn new() -> Self {
        Self::bounded(1)
    }
    fn put(&self, item: u32) {
        self.put(item).expect("open");
    }
    fn get(&self) -> u32 {
        self.get().expect("open")
    }
    fn get_for(&self, timeout: Duration) -> Option<u32> {
        self.get_for(timeout).ok()
    }
}
