//! Answers to the exercises on timers.

use crate::ch12_timer::s1_thread_each::ThreadTimer;
use crate::ch12_timer::s2_deaf::{DeafTimer, DeafTimers, arm};
use primitives::platform::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use primitives::platform::time::{Duration, Instant};
use std::sync::Arc;

// ANCHOR: hearing
impl DeafTimers {
    /// As `at`, and the driver hears of it if it is the first.
    pub fn at_and_heard(
        &self,
        deadline: Option<Instant>,
        f: impl FnOnce() + Send + 'static,
    ) -> DeafTimer {
        let (timer, armed) = arm(f);
        let mut line = self.shared.line.lock();
        if line.insert(deadline, armed) == 0 {
            self.shared.changed.notify_one();
        }
        timer
    }
}
// ANCHOR_END: hearing

// ANCHOR: dog
/// Barks once, unless it is fed again and again.
pub struct Watchdog {
    patience: Duration,
    bark: Arc<dyn Fn() + Send + Sync>,
    timer: ThreadTimer,
}

impl Watchdog {
    /// Barks after `patience`.
    pub fn new(patience: Duration, bark: impl Fn() + Send + Sync + 'static) -> Self {
        let bark: Arc<dyn Fn() + Send + Sync> = Arc::new(bark);
        Self { patience, timer: Self::arm(patience, bark.clone()), bark }
    }

    fn arm(patience: Duration, bark: Arc<dyn Fn() + Send + Sync>) -> ThreadTimer {
        ThreadTimer::at(Instant::now().checked_add(patience), move || bark())
    }
    // ANCHOR_END: dog

    // ANCHOR: twice
    /// Wrong: it may have barked already.
    pub fn feed_in_any_case(&mut self) {
        self.timer.cancel();
        self.timer = Self::arm(self.patience, self.bark.clone());
    }
    // ANCHOR_END: twice

    // ANCHOR: once
    /// Gives it patience again. `false` means that it has barked, or is barking.
    pub fn feed(&mut self) -> bool {
        let in_time = self.timer.cancel();
        if in_time {
            self.timer = Self::arm(self.patience, self.bark.clone());
        }
        in_time
    }
    // ANCHOR_END: once

    /// Waits until it has barked.
    pub fn wait(self) {
        self.timer.join();
    }
}

// ANCHOR: answer
const NONE: u32 = 0;
const TOO_LATE: u32 = 1;
const ARRIVED: u32 = 2;

/// Gives the answer, if nobody has. Says whether it did.
pub fn answer(slot: &AtomicU32, answer: u32) -> bool {
    let first = slot.load(Relaxed) == NONE;
    if first {
        slot.store(answer, Relaxed);
    }
    first
}
// ANCHOR_END: answer

// ANCHOR: answer_right
/// Gives the answer, if nobody has. Says whether it did.
pub fn answer_once(slot: &AtomicU32, answer: u32) -> bool {
    slot.compare_exchange(NONE, answer, Relaxed, Relaxed).is_ok()
}
// ANCHOR_END: answer_right

/// A timer says that it is too late, and main that the answer arrived. How often somebody says that
/// it was first.
pub fn first_answers(answer: fn(&AtomicU32, u32) -> bool) -> u32 {
    let shared = Arc::new((AtomicU32::new(NONE), AtomicU32::new(0)));
    let count = move |shared: &(AtomicU32, AtomicU32), what| {
        if answer(&shared.0, what) {
            shared.1.fetch_add(1, Relaxed);
        }
    };
    let own = shared.clone();
    let deadline = Instant::now().checked_add(Duration::from_millis(10));
    let timer = ThreadTimer::at(deadline, move || count(&own, TOO_LATE));
    count(&shared, ARRIVED);
    timer.join();
    shared.1.load(Relaxed)
}

// ANCHOR: close
/// Cancels the timer that uses a connection, and closes the connection.
pub fn cancel_and_close(timer: ThreadTimer, open: &AtomicBool) {
    timer.cancel();
    open.store(false, Relaxed);
    timer.join();
}
// ANCHOR_END: close

// ANCHOR: close_right
/// Cancels the timer that uses a connection, and closes the connection when it is not used.
pub fn cancel_and_join_and_close(timer: ThreadTimer, open: &AtomicBool) {
    timer.cancel();
    timer.join();
    open.store(false, Relaxed);
}
// ANCHOR_END: close_right

/// A timer that uses a connection, and main, which closes it. Whether it was used after that.
pub fn used_when_closed(close: fn(ThreadTimer, &AtomicBool)) -> bool {
    let shared = Arc::new((AtomicBool::new(true), AtomicBool::new(false)));
    let own = shared.clone();
    let deadline = Instant::now().checked_add(Duration::from_millis(10));
    let timer = ThreadTimer::at(deadline, move || {
        let (open, used_when_closed) = &*own;
        used_when_closed.store(!open.load(Relaxed), Relaxed);
    });
    close(timer, &shared.0);
    shared.1.load(Relaxed)
}
