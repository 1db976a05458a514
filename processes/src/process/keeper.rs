//! The keeper of a process: a thread that starts it and waits for its end.

use super::system::Child;
use super::{ProcessOutcome, StartError};
use primitives::platform::deadline::Deadline;
use primitives::{Event, Lock, Promise};
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

/// What is known of a process that was started.
pub(super) struct Kept {
    child: Child,
    /// Whether the system has forgotten it. Then its number may be that of another process.
    released: Lock<bool>,
    outcome: OnceLock<ProcessOutcome>,
    ended: Event,
}

/// Starts a process by `launch`, which a thread calls that lives as long as the process.
pub(super) fn keep(
    name: &str,
    launch: impl FnOnce() -> Result<Child, StartError> + Send + 'static,
) -> Result<Arc<Kept>, StartError> {
    let (promise, started) = Promise::new();
    thread::Builder::new().name(format!("keeper of {name}")).spawn(move || {
        // A fork comes out of this call in the parent only.
        let kept = launch().map(|child| {
            let released = Lock::new(false);
            Arc::new(Kept { child, released, outcome: OnceLock::new(), ended: Event::new() })
        });
        let keeps = kept.as_ref().ok().cloned();
        let told = promise.set_result(kept);
        debug_assert!(told.is_ok(), "nobody cancels it");
        if let Some(kept) = keeps {
            kept.watch();
        }
    })?;
    started.into_result().expect("the keeper does not panic before")
}

impl Kept {
    // ANCHOR: watch
    fn watch(&self) {
        let _ = self.outcome.set(self.child.wait());
        // A thread that sends a signal has this lock: it meets the process, or its zombie, and not
        // another process that got the same number.
        let mut released = self.released.lock();
        self.child.release();
        *released = true;
        drop(released);
        self.ended.set();
    }
    // ANCHOR_END: watch

    pub(super) fn pid(&self) -> u32 {
        self.child.pid()
    }

    pub(super) fn outcome(&self) -> Option<ProcessOutcome> {
        self.outcome.get().copied()
    }

    pub(super) fn wait_by(&self, deadline: Deadline) -> Option<ProcessOutcome> {
        match deadline.instant() {
            None => self.ended.wait(),
            Some(deadline) => _ = self.ended.wait_until(deadline),
        }
        self.outcome()
    }

    pub(super) fn terminate(&self) {
        self.unless_released(Child::terminate);
    }

    pub(super) fn kill(&self) {
        self.unless_released(Child::kill);
    }

    fn unless_released(&self, send: fn(&Child) -> io::Result<()>) {
        let released = self.released.lock();
        if !*released {
            // It is there, and ours: the system has no reason to refuse.
            let _ = send(&self.child);
        }
    }
}
