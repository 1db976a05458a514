//! A task: a future that the loop polls.

use crate::event_loop::Core;
use crate::lists::Reason;
use crate::waker::TaskWaker;
use primitives::FutureError;
use primitives::future::Payload;
use primitives::platform::panics::contain_panic;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// A task that was started by [`spawn`](crate::spawn). Awaiting it gives what it returns.
///
/// Dropping this changes nothing: the task runs on. It cannot leave the thread of its loop.
///
/// # Errors
///
/// The await gives [`FutureError::Cancelled`] when the task was cancelled, or dropped with its
/// loop, and [`FutureError::Failed`] when it panicked.
///
/// # Panics
///
/// When it is awaited again after it has given its result.
#[doc(alias = "asyncio.Task")]
#[doc(alias = "JoinHandle")]
pub struct Task<T> {
    pub(crate) task: Rc<TaskCell<T>>,
}

impl<T> Task<T> {
    /// Drops the task where it waits, unless it has ended. `true` means that this was in time: an
    /// await of the task gives [`FutureError::Cancelled`].
    ///
    /// A task may cancel itself. Then it is dropped at its next await.
    ///
    /// ```
    /// use event_loop::{FutureError, sleep, spawn};
    /// use std::time::Duration;
    ///
    /// event_loop::run(async {
    ///     let nap = spawn(sleep(Duration::MAX));
    ///     assert!(nap.cancel());
    ///     assert!(matches!(nap.await, Err(FutureError::Cancelled)));
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// Whether the task has ended.
    #[doc(alias = "done")]
    pub fn is_finished(&self) -> bool {
        !self.task.stage.borrow().is_open()
    }

    /// Its name, or its number if it has none.
    #[doc(alias = "get_name")]
    pub fn name(&self) -> String {
        self.task.name()
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, FutureError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut stage = self.task.stage.borrow_mut();
        if stage.is_open() {
            drop(stage);
            self.task.joiner.set(Some(context.waker().clone()));
            Core::will_wait_for(Reason::Task(self.task.waker.place));
            return Poll::Pending;
        }
        match replace(&mut *stage, Stage::Taken) {
            Stage::Ended(outcome) => Poll::Ready(outcome),
            _ => panic!("a task was awaited again after it had given its result"),
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Task");
        out.field("name", &self.name()).field("finished", &self.is_finished()).finish()
    }
}

/// A task, as the loop and its [`Task`] share it.
pub(crate) struct TaskCell<T> {
    name: Option<String>,
    number: usize,
    waker: Arc<TaskWaker>,
    /// Not borrowed while anything runs that is not ours.
    stage: RefCell<Stage<T>>,
    /// Of the task that awaits it.
    joiner: Cell<Option<Waker>>,
    reason: Cell<Reason>,
}

// ANCHOR: stage
enum Stage<T> {
    Waits(Pin<Box<dyn Future<Output = T>>>),
    /// The loop has taken the future out to poll it.
    Runs,
    Ended(Result<T, FutureError>),
    /// The outcome was given away.
    Taken,
}
// ANCHOR_END: stage

impl<T> Stage<T> {
    /// Whether the task has not ended.
    fn is_open(&self) -> bool {
        matches!(self, Self::Waits(_) | Self::Runs)
    }
}

impl<T> TaskCell<T> {
    pub(crate) fn new(
        name: Option<String>,
        number: usize,
        waker: Arc<TaskWaker>,
        future: impl Future<Output = T> + 'static,
    ) -> Self {
        let stage = RefCell::new(Stage::Waits(Box::pin(future)));
        Self { name, number, waker, stage, joiner: Cell::default(), reason: Cell::default() }
    }

    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("task {}", self.number))
    }

    /// Ends it, unless it has ended.
    fn end_with(&self, outcome: Result<T, FutureError>) -> bool {
        let mut stage = self.stage.borrow_mut();
        if !stage.is_open() {
            return false;
        }
        let before = replace(&mut *stage, Stage::Ended(outcome));
        drop(stage);
        contain_panic(|| drop(before));
        if let Some(joiner) = self.joiner.take() {
            joiner.wake();
        }
        true
    }

    fn cancel(&self) -> bool {
        let cancelled = self.end_with(Err(FutureError::Cancelled));
        if cancelled {
            // The loop takes it out of its tasks when it comes to it.
            self.waker.wake_by_ref();
        }
        cancelled
    }

    // ANCHOR: poll
    /// Polls the future once. `None` means that it is to be polled again.
    fn poll(&self, context: &mut Context<'_>) -> Option<Result<T, FutureError>> {
        let mut stage = self.stage.borrow_mut();
        if !matches!(*stage, Stage::Waits(_)) {
            // Cancelled, since it was put into the ready list.
            return Some(Err(FutureError::Cancelled));
        }
        let Stage::Waits(mut future) = replace(&mut *stage, Stage::Runs) else { unreachable!() };
        drop(stage);
        let outcome = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(result)) => Some(Ok(result)),
            Err(panic) => Some(Err(FutureError::Failed(Payload::new(panic)))),
            Ok(Poll::Pending) => {
                let mut stage = self.stage.borrow_mut();
                if let Stage::Runs = *stage {
                    *stage = Stage::Waits(future);
                    return None;
                }
                // It has cancelled itself.
                Some(Err(FutureError::Cancelled))
            }
        };
        contain_panic(|| drop(future));
        outcome
    }
    // ANCHOR_END: poll
}

/// What the loop does with a task whose result it does not know.
pub(crate) trait Step {
    /// Lets the task go on to its next await. `true` means that it has ended.
    fn step(&self, context: &mut Context<'_>) -> bool;

    /// The loop is gone. What the task owns is dropped.
    fn give_up(&self);

    fn name(&self) -> String;

    /// What it waits for.
    fn reason(&self) -> Reason;

    fn set_reason(&self, reason: Reason);
}

impl<T> Step for TaskCell<T> {
    fn step(&self, context: &mut Context<'_>) -> bool {
        let outcome = self.poll(context);
        let ended = outcome.is_some();
        if let Some(outcome) = outcome {
            self.waker.end();
            self.end_with(outcome);
        }
        ended
    }

    fn give_up(&self) {
        self.waker.end();
        self.end_with(Err(FutureError::Cancelled));
    }

    fn name(&self) -> String {
        self.name()
    }

    fn reason(&self) -> Reason {
        self.reason.get()
    }

    fn set_reason(&self, reason: Reason) {
        self.reason.set(reason);
    }
}
