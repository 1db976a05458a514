//! Step two, and wrong: one thread for all timers, which does not hear of an earlier one while it
//! sleeps for a later one.

use primitives::platform::atomic::{AtomicBool, Ordering::Relaxed};
use primitives::platform::{name, step, thread, time::Instant};
use primitives::{Condition, Event, Lock};
use std::sync::Arc;

// ANCHOR: timers
/// Timers that share one thread, the driver.
pub struct DeafTimers {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) line: Lock<Line>,
    pub(crate) changed: Condition,
}

pub(crate) struct Line {
    /// The earliest first. `None` means never, and stands last.
    pub(crate) armed: Vec<(Option<Instant>, Armed)>,
    closed: bool,
}

impl DeafTimers {
    /// Runs `f` at `deadline`, unless it is cancelled before. `None` means never.
    pub fn at(&self, deadline: Option<Instant>, f: impl FnOnce() + Send + 'static) -> DeafTimer {
        let (timer, armed) = arm(f);
        let mut line = self.shared.line.lock();
        line.insert(deadline, armed);
        // Wrong: the driver may sleep for one that is later than this.
        if line.armed.len() == 1 {
            self.shared.changed.notify_one();
        }
        timer
    }
}

impl Shared {
    fn drive(&self) {
        // The latest deadline until which the driver has slept.
        let mut passed = None;
        let mut line = self.line.lock();
        while !line.closed {
            match line.armed.first().and_then(|(deadline, _)| *deadline) {
                None => {
                    step("sees nothing that will ever be due, asks to be woken");
                    self.changed.wait(&mut line);
                }
                Some(deadline) if Some(deadline) <= passed => {
                    let (_, first) = line.armed.remove(0);
                    drop(line);
                    first.run();
                    line = self.line.lock();
                }
                Some(deadline) => {
                    if !self.changed.wait_until(&mut line, deadline) {
                        passed = Some(deadline);
                    }
                }
            }
        }
    }
}
// ANCHOR_END: timers

impl DeafTimers {
    /// No timers yet, and a driver that waits for the first.
    pub fn new() -> Self {
        let line = Lock::new(Line { armed: Vec::new(), closed: false });
        let shared = Arc::new(Shared { line, changed: Condition::new() });
        let own = shared.clone();
        thread::spawn("driver", move || own.drive());
        Self { shared }
    }
}

impl Default for DeafTimers {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for DeafTimers {
    fn drop(&mut self) {
        self.shared.line.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

impl Line {
    /// Behind those that are not later. Returns the place.
    pub(crate) fn insert(&mut self, deadline: Option<Instant>, armed: Armed) -> usize {
        let is_after = |one: Option<Instant>| (one.is_none(), one) > (deadline.is_none(), deadline);
        let place = self.armed.partition_point(|(one, _)| !is_after(*one));
        self.armed.insert(place, (deadline, armed));
        place
    }
}

/// What those who cancel or join share with the driver.
struct State {
    taken: AtomicBool,
    ended: Event,
}

/// A timer in its place in the line.
pub(crate) struct Armed {
    state: Arc<State>,
    f: Box<dyn FnOnce() + Send>,
}

/// A function that runs later, on the driver.
pub struct DeafTimer {
    state: Arc<State>,
}

pub(crate) fn arm(f: impl FnOnce() + Send + 'static) -> (DeafTimer, Armed) {
    let state = Arc::new(State { taken: AtomicBool::new(false), ended: Event::new() });
    name(&state.ended, "the end of a timer");
    (DeafTimer { state: state.clone() }, Armed { state, f: Box::new(f) })
}

impl Armed {
    fn run(self) {
        if self.state.take() {
            (self.f)();
            self.state.ended.set();
        }
    }
}

impl State {
    /// `true` for one caller only.
    fn take(&self) -> bool {
        !self.taken.swap(true, Relaxed)
    }
}

impl DeafTimer {
    /// `true` means that the function never runs.
    pub fn cancel(&self) -> bool {
        let in_time = self.state.take();
        if in_time {
            self.state.ended.set();
        }
        in_time
    }

    /// Waits until the function has run, or has been cancelled.
    pub fn join(&self) {
        self.state.ended.wait();
    }
}
