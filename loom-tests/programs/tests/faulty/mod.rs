//! Plain versions of the primitives, each right if its `FAULT` is zero, and wrong in one way for
//! each other number. They are over the library's lock and condition: what is tested here are the
//! programs, and not these.

pub mod arc;
pub mod barrier;
pub mod condition;
pub mod event;
pub mod future;
pub mod gil;
pub mod latch;
pub mod local;
pub mod lock;
pub mod once;
pub mod pool;
pub mod queue;
pub mod ranked;
pub mod rlock;
pub mod rwlock;
pub mod scheduler;
pub mod semaphore;
pub mod thread;
pub mod timer;
pub mod watched;

use primitives::platform::time::{Duration, Instant};
use primitives::{Condition, Lock, LockGuard};
use small_programs::Answer;

/// How long a call with a time limit waits.
pub const SOON: Duration = Duration::from_millis(10);

/// A value under a lock, and a condition for all changes.
#[derive(Default)]
pub struct Monitor<T> {
    pub value: Lock<T>,
    pub changed: Condition,
}

impl<T> Monitor<T> {
    pub fn new(value: T) -> Self {
        Self { value: Lock::new(value), changed: Condition::new() }
    }

    /// Waits until the value is as it should be, up to a time if there is one.
    pub fn wait(
        &self,
        limit: Option<Duration>,
        ready: impl Fn(&T) -> bool,
    ) -> (LockGuard<'_, T>, bool) {
        let mut value = self.value.lock();
        match limit {
            None => self.changed.wait_while(&mut value, |value| !ready(value)),
            Some(limit) => {
                let deadline = Instant::now() + limit;
                let _ = self.changed.wait_while_until(&mut value, |value| !ready(value), deadline);
            }
        }
        let is_ready = ready(&value);
        (value, is_ready)
    }

    /// As a careless program does it: looks once, waits once, and goes on.
    pub fn wait_once(&self, ready: impl Fn(&T) -> bool) -> LockGuard<'_, T> {
        let mut value = self.value.lock();
        if !ready(&value) {
            self.changed.wait(&mut value);
        }
        value
    }
}

pub fn yes(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}
