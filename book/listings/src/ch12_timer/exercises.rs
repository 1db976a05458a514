//! Answers to the exercises on timers.

use crate::ch12_timer::s1_thread_each::ThreadTimer;
use crate::ch12_timer::s2_deaf::{DeafTimer, DeafTimers, arm};
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
