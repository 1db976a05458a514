//! A future: a result that is not there yet, and the promise to bring it.
//!
//! Use it to get something back from work that another thread does: the one side waits, looks, or
//! says what shall happen when the work is done; the other keeps its promise, once. A
//! [`ThreadPool`](super::pool::ThreadPool) makes both. For many results in a stream take a queue.
//!
//! # States
//!
//! ```text
//!             start                result, error, or the promise is dropped
//!   pending ─────────▶ running ───────────────────┐
//!      │ │                                        ▼
//!      │ └─────────────────────────────────▶ callbacks run ────▶ finished ┐
//!      │                                                                  ├ done
//!      └───────────────────────────────────▶ callbacks run ────▶ cancelled┘
//!                       cancel
//! ```
//!
//! A cancel comes in time or it does not: only a future that is pending can be cancelled, and then
//! its work never begins.
//!
//! The state is under a lock. The result lies beside it. It is written once, before the state says
//! that the future is done, and from then on it can be read without the lock.
//!
//! The thread that ends a future runs the callbacks first, and then tells those that wait. So a
//! thread that has the result knows that all callbacks have run, and may take the result away from
//! under them. A callback must not wait for its own future, which ends after it.
//!
//! A waiter is a [`Waker`], whatever it is: a thread that sleeps, a task of async code that awaits
//! the future, or one of several futures that a thread waits for.
//!
//! # Coming from Python
//!
//! | `concurrent.futures.Future` | here |
//! |---|---|
//! | `Future()`, by the executor | [`Promise::new`], which gives both sides |
//! | `result()`, `result(timeout=s)`, `result(timeout=0)` | [`Future::result`], [`Future::result_for`], [`Future::result_until`], [`Future::try_result`]; [`Future::into_result`] moves it out |
//! | `exception()`, in the same forms | [`Future::exception`], [`Future::exception_for`], [`Future::exception_until`], [`Future::try_exception`] |
//! | `CancelledError`, the exception of the work | [`FutureError`] |
//! | `TimeoutError` | `None` |
//! | `cancel()`, `cancelled()`, `running()`, `done()` | [`Future::cancel`], [`Future::is_cancelled`], [`Future::is_running`], [`Future::is_done`] |
//! | `add_done_callback(f)` | [`Future::add_done_callback`] |
//! | `set_running_or_notify_cancel()` | [`Promise::start`] |
//! | `set_result(r)`, `set_exception(e)` | [`Promise::set_result`], [`Promise::set_exception`] |
//! | `as_completed(fs)`, `as_completed(fs, timeout=s)` | [`as_completed`], [`AsCompleted::next_until`] |
//! | `wait(fs, timeout, return_when)` | [`wait`], [`try_wait`], [`wait_for`], [`wait_until`] |
//! | `await asyncio.wrap_future(f)` | `f.await` |
//!
//! They agree in all this: a running future cannot be cancelled; one that is cancelled is done, and
//! can be cancelled again; callbacks run in the order in which they were added, one that is added
//! after the end runs at once, and one that panics harms nobody; the exception of a future that was
//! cancelled or failed is given as often as it is asked for; a future that is named twice is waited
//! for once.
//!
//! They differ in this, on purpose:
//!
//! | | `concurrent.futures` | here |
//! |---|---|---|
//! | the executor is gone, and nobody keeps the promise | waits for ever | [`FutureError::BrokenPromise`] |
//! | a second result | `InvalidStateError` | cannot be written: the first takes the promise |
//! | callbacks and waiters | waiters are told first | callbacks run first |
//! | a callback gets | the future | the result or the error |
//! | a cancelled future, for `wait` and `as_completed` | ends when a worker comes to it | ends with the cancel |
//! | `exception()` of a cancelled future | raises `CancelledError` | gives [`FutureError::Cancelled`] |
//! | `as_completed` gives those that have ended | in any order | in the order in which they were named, and then as they end |
//!
//! # Example
//!
//! ```
//! use primitives::Promise;
//! use std::thread;
//!
//! let (promise, future) = Promise::new();
//! future.add_done_callback(|sum| println!("the sum is {:?}", sum.unwrap()));
//! thread::spawn(move || promise.run(|| (0..=50).sum::<i32>()));
//! assert_eq!(future.into_result().unwrap(), 1275);
//! ```

mod crew;
mod errors;
mod many;

pub use crew::Crew;
pub use errors::{FutureError, Payload};
pub use many::{
    AsCompleted, DoneAndNotDone, ReturnWhen, as_completed, try_wait, wait, wait_for, wait_until,
};

use super::lock::{Lock, LockGuard};
use super::platform::UnsafeCell;
use super::platform::deadline::Deadline;
use super::platform::panics::contain_panic;
use super::platform::time::{Duration, Instant};
use crew::Sleeper;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::mem::take;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A result that is not there yet. See the [module](self) for how it works.
///
/// There is one handle to each. Threads share it by reference or in an [`Arc`]. Dropping it changes
/// nothing: the work goes on, and the callbacks run.
///
/// It is a [`std::future::Future`] too, so that async code can await it, with any executor. What
/// that gives is what [`into_result`](Self::into_result) gives.
#[doc(alias = "concurrent.futures.Future")]
#[doc(alias = "Receiver")]
#[must_use = "a future that nobody looks at says nothing of its errors"]
pub struct Future<T> {
    shared: Arc<Shared<T>>,
    /// A shared future shows its result to several threads.
    result: PhantomData<T>,
}

/// The other side of a [`Future`]: it is kept once, or broken when it is dropped.
#[doc(alias = "Sender")]
#[must_use = "a promise that is dropped is broken"]
pub struct Promise<T> {
    shared: Arc<Shared<T>>,
    /// It has not been kept.
    open: bool,
}

struct Shared<T> {
    state: Lock<State<T>>,
    /// How it ended. Written once, by the thread that ends it, before the stage says so.
    outcome: UnsafeCell<Option<Result<T, FutureError>>>,
    /// The threads that alone can bring it to its end.
    crew: Option<Arc<Crew>>,
}

// SAFETY: as for plain fields.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: one thread writes the outcome. Until the stage says that it is done nobody else looks at
// it. After that, threads that share a `Future` look at it together, for which that demands
// `T: Sync`, and one that has the `Future` to itself may take it.
unsafe impl<T: Send> Sync for Shared<T> {}
// The outcome is there whole or not at all.
impl<T> UnwindSafe for Shared<T> {}
impl<T> RefUnwindSafe for Shared<T> {}

struct State<T> {
    stage: Stage,
    callbacks: Vec<Callback<T>>,
    /// Who to tell when it is done, each by a key that no other has.
    waiters: Vec<(usize, Waker)>,
}

type Callback<T> = Box<dyn FnOnce(Result<&T, &FutureError>) + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Pending,
    /// Also while the callbacks run.
    Running,
    /// The callbacks run.
    Cancelling,
    Cancelled,
    Finished,
}

impl Stage {
    /// Whether the outcome is there.
    fn is_done(self) -> bool {
        matches!(self, Self::Cancelled | Self::Finished)
    }

    fn is_cancelled(self) -> bool {
        matches!(self, Self::Cancelling | Self::Cancelled)
    }
}

impl<T> Promise<T> {
    /// A promise and its future.
    pub fn new() -> (Self, Future<T>) {
        Self::new_of(None)
    }

    /// A promise that only the threads of this [`Crew`] can keep, and its future. If all of them
    /// wait for such futures, the last panics.
    pub fn of_crew(crew: &Arc<Crew>) -> (Self, Future<T>) {
        Self::new_of(Some(crew.clone()))
    }

    #[inline]
    fn new_of(crew: Option<Arc<Crew>>) -> (Self, Future<T>) {
        let shared = Arc::new(Shared {
            state: Lock::new(State {
                stage: Stage::Pending,
                callbacks: Vec::new(),
                waiters: Vec::new(),
            }),
            outcome: UnsafeCell::new(None),
            crew,
        });
        let future = Future { shared: shared.clone(), result: PhantomData };
        (Self { shared, open: true }, future)
    }

    /// Says that the work begins: it can not be cancelled any more. `false` means that it was, and
    /// need not be done.
    #[doc(alias = "set_running_or_notify_cancel")]
    #[must_use = "`false` means that the work has been cancelled"]
    pub fn start(&self) -> bool {
        let mut state = self.shared.state.lock();
        let pending = state.stage == Stage::Pending;
        if pending {
            state.stage = Stage::Running;
        }
        pending || state.stage == Stage::Running
    }

    /// Keeps the promise.
    ///
    /// # Errors
    ///
    /// The result, when the future was cancelled. Not after [`start`](Self::start).
    #[inline]
    pub fn set_result(self, result: T) -> Result<(), T> {
        self.keep(Ok(result))
            .map_err(|refused| refused.unwrap_or_else(|_| unreachable!("it was a result")))
    }

    /// Keeps the promise with an error, or with what a panic has thrown, in the place of a result.
    ///
    /// # Errors
    ///
    /// As [`set_result`](Self::set_result).
    pub fn set_exception(self, exception: Box<dyn Any + Send>) -> Result<(), Box<dyn Any + Send>> {
        let error = FutureError::Failed(Payload::new(exception));
        self.keep(Err(error)).map_err(|refused| match refused {
            Err(FutureError::Failed(payload)) => payload.into_inner(),
            _ => unreachable!("it was an error"),
        })
    }

    /// Does the work on this thread, and keeps the promise with what it returns, or with its panic.
    /// `false` means that the future was cancelled: the work was dropped.
    pub fn run(self, work: impl FnOnce() -> T) -> bool {
        let started = self.start();
        if started {
            let kept = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(result) => self.set_result(result).is_ok(),
                Err(panic) => self.set_exception(panic).is_ok(),
            };
            debug_assert!(kept, "a future that runs is not cancelled");
        }
        started
    }

    /// Cancels the future, if the work has not begun. `false` means that it has: the promise is
    /// broken.
    pub fn cancel(self) -> bool {
        self.shared.cancel()
    }

    #[inline]
    fn keep(mut self, outcome: Result<T, FutureError>) -> Result<(), Result<T, FutureError>> {
        self.open = false;
        self.shared.keep(outcome)
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if self.open {
            // If it was cancelled, nobody was promised anything.
            let _ = self.shared.keep(Err(FutureError::BrokenPromise));
        }
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.debug("Promise", f)
    }
}

impl<T> Future<T> {
    /// Waits until the future is done, and shows the result. What was done before the promise was
    /// kept is seen by all that follows.
    ///
    /// # Errors
    ///
    /// [`FutureError`] when the future was cancelled, when its work failed, or when the promise was
    /// broken.
    ///
    /// # Panics
    ///
    /// When a task of a pool calls it for a future of the same pool, and all other workers of the
    /// pool wait like this already: nobody would be left to run what they wait for. A wait with a
    /// time limit is not counted. So it is in all forms of waiting for futures that have no limit.
    ///
    /// When the result has been taken by an await.
    pub fn result(&self) -> Result<&T, &FutureError> {
        self.wait_by(Deadline::Never);
        self.outcome()
    }

    /// The result, if the future is done.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    #[must_use = "`None` means that the future is not done"]
    pub fn try_result(&self) -> Option<Result<&T, &FutureError>> {
        self.is_done().then(|| self.outcome())
    }

    /// Waits until the future is done, but no longer than `timeout`. `None` means that it is not.
    /// One too long for the clock means for ever.
    ///
    /// ```
    /// use primitives::Promise;
    /// use std::time::Duration;
    ///
    /// let (promise, future) = Promise::new();
    /// assert!(future.result_for(Duration::from_millis(1)).is_none());
    /// promise.set_result("better late than never").unwrap();
    /// assert!(future.result_for(Duration::ZERO).is_some());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    #[must_use = "`None` means that the future is not done"]
    pub fn result_for(&self, timeout: Duration) -> Option<Result<&T, &FutureError>> {
        self.wait_by(Deadline::After(timeout)).then(|| self.outcome())
    }

    /// As [`result_for`](Self::result_for), but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    #[must_use = "`None` means that the future is not done"]
    pub fn result_until(&self, deadline: Instant) -> Option<Result<&T, &FutureError>> {
        self.wait_by(Deadline::At(deadline)).then(|| self.outcome())
    }

    /// Waits until the future is done, and moves the result out. To give up after a time, call one
    /// of the other forms of [`result`](Self::result) before: when those have a result, this does
    /// not wait.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    ///
    /// # Panics
    ///
    /// As [`result`](Self::result).
    pub fn into_result(mut self) -> Result<T, FutureError> {
        self.wait_by(Deadline::Never);
        self.take_outcome()
    }

    /// Waits until the future is done. `Some` says why it has no result, `None` that it has one.
    ///
    /// # Panics
    ///
    /// As [`result`](Self::result).
    pub fn exception(&self) -> Option<&FutureError> {
        self.result().err()
    }

    /// As [`exception`](Self::exception), if the future is done.
    #[must_use = "`None` means that the future is not done"]
    pub fn try_exception(&self) -> Option<Option<&FutureError>> {
        self.try_result().map(Result::err)
    }

    /// As [`exception`](Self::exception), but waits no longer than `timeout`. `None` means that the
    /// future is not done.
    #[must_use = "`None` means that the future is not done"]
    pub fn exception_for(&self, timeout: Duration) -> Option<Option<&FutureError>> {
        self.result_for(timeout).map(Result::err)
    }

    /// As [`exception_for`](Self::exception_for), but gives up at `deadline`.
    #[must_use = "`None` means that the future is not done"]
    pub fn exception_until(&self, deadline: Instant) -> Option<Option<&FutureError>> {
        self.result_until(deadline).map(Result::err)
    }

    /// Sees to it that the work never begins, if that is still possible. `true` means that it was,
    /// now or at an earlier call. `false` means that the work has begun, or is done.
    ///
    /// The callbacks run on this thread.
    ///
    /// ```
    /// let (promise, future) = primitives::Promise::new();
    /// assert!(future.cancel());
    /// assert!(!promise.start());
    /// assert_eq!(promise.set_result(1), Err(1));
    /// ```
    pub fn cancel(&self) -> bool {
        self.shared.cancel()
    }

    /// Whether the future was cancelled.
    #[doc(alias = "cancelled")]
    pub fn is_cancelled(&self) -> bool {
        self.shared.state.lock().stage.is_cancelled()
    }

    /// Whether the work has begun and is not done. By the time you look at the answer it may be
    /// stale.
    #[doc(alias = "running")]
    pub fn is_running(&self) -> bool {
        self.shared.state.lock().stage == Stage::Running
    }

    /// Whether there is a result, or an error in its place, and all callbacks have run.
    #[doc(alias = "done")]
    pub fn is_done(&self) -> bool {
        self.shared.state.lock().stage.is_done()
    }

    /// Calls `callback` when the future has ended, on the thread that ends it; or at once and on
    /// this thread, if it is done. A panic in it goes no further.
    ///
    /// ```
    /// let (promise, future) = primitives::Promise::new();
    /// promise.set_result(42).unwrap();
    /// future.add_done_callback(|result| assert_eq!(*result.unwrap(), 42));
    /// ```
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(Result<&T, &FutureError>) + Send + 'static,
    ) {
        let mut state = self.shared.state.lock();
        if state.stage.is_done() {
            drop(state);
            contain_panic(|| callback(self.outcome()));
        } else {
            state.callbacks.push(Box::new(callback));
        }
    }

    // ANCHOR: wait
    /// `false` means that `deadline` passed first.
    fn wait_by(&self, deadline: Deadline) -> bool {
        let mut state = self.shared.state.lock();
        if state.stage.is_done() {
            return true;
        }
        let deadline = deadline.resolved();
        let sleeper = Sleeper::new(deadline, || self.shared.crew.as_ref());
        let key = Arc::as_ptr(&sleeper).addr();
        state.waiters.push((key, sleeper.clone().into()));
        drop(state);
        // One that is no longer among the waiters when its time is up has been told all the same.
        sleeper.sleep_by(deadline) || !self.shared.unsubscribe(key)
    }
    // ANCHOR_END: wait

    /// How it ended. It has been seen to be done.
    fn outcome(&self) -> Result<&T, &FutureError> {
        // SAFETY: nobody writes any more, but `take_outcome`, which has the future to itself.
        let outcome = self.shared.outcome.with(|outcome| unsafe { (*outcome).as_ref() });
        outcome.expect(TAKEN).as_ref()
    }

    /// Takes how it ended. It has been seen to be done.
    fn take_outcome(&mut self) -> Result<T, FutureError> {
        // SAFETY: this is the only handle, and no reference to the outcome lives.
        let outcome = self.shared.outcome.with_mut(|outcome| unsafe { (*outcome).take() });
        outcome.expect(TAKEN)
    }

    /// Whether it is done and has failed. A future that was cancelled has not failed.
    fn has_failed(&self) -> bool {
        let error = self.try_exception().flatten();
        error.is_some_and(|error| !matches!(error, FutureError::Cancelled))
    }
}

const TAKEN: &str = "the result of this future has been taken by an await";

impl<T> Unpin for Future<T> {}

impl<T> std::future::Future for Future<T> {
    type Output = Result<T, FutureError>;

    /// # Panics
    ///
    /// When it has given the result before.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Only one task can poll: the newest waker is the one to call. No waiter is at address 0.
        let key = 0;
        self.shared.unsubscribe(key);
        if self.shared.is_done_or_subscribe(key, || context.waker().clone()) {
            Poll::Ready(self.take_outcome())
        } else {
            Poll::Pending
        }
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.debug("Future", f)
    }
}

impl<T> Shared<T> {
    /// Ends the future, unless it has been cancelled.
    #[inline]
    fn keep(&self, outcome: Result<T, FutureError>) -> Result<(), Result<T, FutureError>> {
        let mut state = self.state.lock();
        match state.stage {
            Stage::Pending | Stage::Running => {
                // From here on it cannot be cancelled.
                state.stage = Stage::Running;
                self.end(state, outcome);
                Ok(())
            }
            Stage::Cancelling | Stage::Cancelled | Stage::Finished => Err(outcome),
        }
    }

    fn cancel(&self) -> bool {
        let mut state = self.state.lock();
        if state.stage == Stage::Pending {
            state.stage = Stage::Cancelling;
            self.end(state, Err(FutureError::Cancelled));
            return true;
        }
        state.stage.is_cancelled()
    }

    // ANCHOR: end
    /// Called by the one thread that has made the stage `Running` or `Cancelling` to end it.
    #[inline]
    fn end<'a>(&'a self, mut state: LockGuard<'a, State<T>>, outcome: Result<T, FutureError>) {
        // SAFETY: only this thread ends the future, and nobody looks before it is done.
        self.outcome.with_mut(|place| unsafe { *place = Some(outcome) });
        // More may be added while these run.
        while !state.callbacks.is_empty() {
            let callbacks = take(&mut state.callbacks);
            drop(state);
            for callback in callbacks {
                // SAFETY: this thread has written it, and nobody takes it before it is done.
                let outcome = self.outcome.with(|outcome| unsafe { (*outcome).as_ref() });
                contain_panic(|| callback(outcome.expect("it has been written").as_ref()));
            }
            state = self.state.lock();
        }
        state.stage = match state.stage {
            Stage::Cancelling => Stage::Cancelled,
            _ => Stage::Finished,
        };
        let waiters = take(&mut state.waiters);
        drop(state);
        for (_, waiter) in waiters {
            contain_panic(|| waiter.wake());
        }
    }
    // ANCHOR_END: end

    /// `true` means that the future is done. Otherwise the waker will be called when it is.
    fn is_done_or_subscribe(&self, key: usize, waker: impl FnOnce() -> Waker) -> bool {
        let mut state = self.state.lock();
        let done = state.stage.is_done();
        if !done {
            state.waiters.push((key, waker()));
        }
        done
    }

    /// `true` means that the waiter was still to be told.
    fn unsubscribe(&self, key: usize) -> bool {
        let mut state = self.state.lock();
        let place = state.waiters.iter().position(|(other, _)| *other == key);
        let waiter = place.map(|place| state.waiters.swap_remove(place));
        drop(state);
        waiter.is_some()
    }

    fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct(name);
        if let Some(state) = self.state.try_lock() {
            out.field("stage", &state.stage).field("waiters", &state.waiters.len());
        }
        out.finish_non_exhaustive()
    }
}
