//! Step one: one action decides whether a timer runs or is cancelled. Each timer has a thread.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread::{self, JoinHandle};
use primitives::platform::{futex, time::Instant};
use std::sync::Arc;

// ANCHOR: timer
const ARMED: u32 = 0;
/// Somebody has the function to itself: to call it, or to see that nobody does.
const TAKEN: u32 = 1;

/// A function that runs later, on a thread of its own.
pub struct ThreadTimer {
    state: Arc<AtomicU32>,
    thread: JoinHandle<()>,
}

impl ThreadTimer {
    /// Runs `f` at `deadline`, unless it is cancelled before. `None` means never.
    pub fn at(deadline: Option<Instant>, f: impl FnOnce() + Send + 'static) -> Self {
        let state = Arc::new(AtomicU32::new(ARMED));
        let own = state.clone();
        let thread = thread::spawn("timer", move || {
            let time_is_up = || futex::wait_until(&own, ARMED, deadline).is_err();
            while own.load(Relaxed) == ARMED && !time_is_up() {}
            if take(&own) {
                f();
            }
        });
        Self { state, thread }
    }

    /// `true` means that the function never runs.
    pub fn cancel(&self) -> bool {
        let in_time = take(&self.state);
        futex::wake_one(&self.state);
        in_time
    }

    /// Waits until the function has run, or has been cancelled.
    pub fn join(self) {
        self.thread.join().expect("the function does not panic");
    }
}

/// `true` for one caller only.
fn take(state: &AtomicU32) -> bool {
    state.swap(TAKEN, Relaxed) == ARMED
}
// ANCHOR_END: timer
