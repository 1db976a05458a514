//! Timers whose time has come, and that somebody else runs.

use super::super::platform::panics::contain_panic;
use super::super::platform::thread_local;
use super::Task;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// A timer whose time has come. Made for the function of
/// [`Timers::running_with`](super::Timers::running_with).
///
/// Dropping it cancels the timer: what nobody will run has ended.
#[must_use = "dropping it cancels the timer"]
pub struct DueTimer {
    /// `None` when it has been run.
    task: Option<Arc<Task>>,
}

thread_local! {
    /// Whose function this thread runs: [`Task::name`], or 0.
    static RUNS: Cell<usize> = const { Cell::new(0) };
}

impl DueTimer {
    pub(super) fn new(task: Arc<Task>) -> Self {
        Self { task: Some(task) }
    }

    /// Calls the timer's function on this thread, unless the timer has been cancelled meanwhile. A
    /// panic of the function goes no further: it is the timer's
    /// [outcome](super::TimerOutcome::Panicked).
    pub fn run(mut self) {
        if let Some(task) = self.task.take() {
            let outer = RUNS.with(|runs| runs.replace(task.name()));
            task.run();
            RUNS.with(|runs| runs.set(outer));
        }
    }
}

impl Drop for DueTimer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            // A pool that is closed now drops many. One whose function panics when it is dropped
            // must not keep the others.
            contain_panic(|| _ = task.cancel());
        }
    }
}

impl fmt::Debug for DueTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DueTimer").finish_non_exhaustive()
    }
}

/// Whether this thread runs the function of the timer of this name.
pub(super) fn runs_here(name: usize) -> bool {
    RUNS.with(Cell::get) == name
}
