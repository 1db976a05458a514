//! Threads of the model, and their own storage.

use crate::execution::{self, advance_clock, clock};
use crate::own;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

/// A thread that has been started, to be joined.
pub struct JoinHandle<T> {
    id: usize,
    result: Rc<Cell<Option<T>>>,
}

// SAFETY: loom runs all threads of a model on one thread of the system, so the handle never
// leaves it; `Send` and `Sync` only let modelled threads pass it on.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end and returns what it returned.
    ///
    /// # Errors
    ///
    /// None, in the model: a panic that leaves a thread's body ends the execution, and is its
    /// outcome. The signature is that of the standard library.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        execution::join(self.id, Location::caller());
        self.result.take().ok_or_else(|| Box::new("the thread has no result") as _)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", &self.id).finish()
    }
}

/// Starts a thread under a name that traces show.
///
/// # Panics
///
/// When there are [`MAX_THREADS`](crate::MAX_THREADS) already.
pub fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    start(name, None, body)
}

fn start<T: 'static>(
    name: &str,
    like: Option<usize>,
    body: impl FnOnce() -> T + 'static,
) -> JoinHandle<T> {
    let result = Rc::new(Cell::new(None));
    let id = execution::spawn(name, like, Box::new(body), result.clone());
    JoinHandle { id, result }
}

/// Threads that do the same, to be joined.
#[derive(Debug)]
pub struct Alike<T>(Vec<JoinHandle<T>>);

impl<T> Alike<T> {
    /// Waits for all of them and gives what they returned.
    #[track_caller]
    pub fn join(self) -> Vec<T> {
        self.0.into_iter().map(|thread| thread.join().expect("it panics in the model")).collect()
    }
}

/// Starts so many threads that do the same. Each is given its number, counted from 0, by which it
/// can have something of its own.
///
/// If two of them change places, that is no other execution. Loom runs both. The search of our own
/// runs only those in which the first of these threads is the first to do what may change
/// something, such as a write or a wait, and so on. So the program must come out the same whichever
/// thread has which number.
///
/// # Panics
///
/// As [`spawn`].
pub fn spawn_alike<T: Send + 'static>(
    count: usize,
    name: &str,
    body: impl FnOnce(usize) -> T + Clone + Send + 'static,
) -> Alike<T> {
    // All are there before the first starts: to copy what they have may be an operation, and one
    // thread would start before it and another after it.
    let bodies = vec![body; count];
    let mut threads: Vec<JoinHandle<T>> = Vec::new();
    for (number, body) in bodies.into_iter().enumerate() {
        let like = threads.last().map(|thread| thread.id);
        threads.push(start(name, like, move || body(number)));
    }
    Alike(threads)
}

/// The running thread's number, which is not zero and which no other thread of the execution has.
pub fn id() -> u64 {
    execution::current() as u64 + 1
}

/// The running thread's name.
pub fn name() -> String {
    execution::current_name()
}

/// How the system calls the running thread: there is no system to ask.
pub fn system_id() -> u32 {
    0
}

/// Whether a thread sleeps, as far as the system says, which here it does not: an answer would
/// depend on the order in which the search runs what has no order.
pub fn is_asleep(_system_id: u32) -> bool {
    false
}

/// Lets other threads go first. A loop that waits by looking again and again must call this, or
/// the search has no end.
pub fn yield_now() {
    if own::run::active() {
        execution::run_on_no_further();
        execution::step_of_own(own::run::yield_now, || ());
    } else {
        execution::visible(loom::thread::yield_now, || ());
    }
}

/// Moves the clock and lets other threads go first.
pub fn sleep(duration: Duration) {
    advance_clock(clock().saturating_add(duration));
    yield_now();
}

/// Whether the running thread unwinds from a panic.
pub fn panicking() -> bool {
    execution::unwinding()
}

/// A value that each thread has for itself. Declare it with [`thread_local!`](crate::thread_local).
pub struct LocalKey<T: 'static> {
    #[doc(hidden)]
    pub init: fn() -> T,
}

/// The thread's values have been dropped already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl<T: 'static> LocalKey<T> {
    /// Calls `f` with the running thread's value, which is made at the first call.
    ///
    /// # Panics
    ///
    /// When the thread's values have been dropped already.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect("the thread's values have been dropped already")
    }

    /// As [`with`](Self::with).
    ///
    /// # Errors
    ///
    /// When the thread's values have been dropped already.
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let key = std::ptr::from_ref(self).addr();
        let value: Rc<dyn Any> = match execution::local(key).map_err(|()| AccessError)? {
            Some(value) => value,
            None => {
                let value: Rc<dyn Any> = Rc::new((self.init)());
                execution::set_local(key, value.clone());
                value
            }
        };
        Ok(f(value.downcast_ref().expect("one key has one type")))
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey { .. }")
    }
}

/// Declares values that each thread has for itself, as the macro of the standard library.
#[macro_export]
macro_rules! thread_local {
    ($($(#[$meta:meta])* $vis:vis static $name:ident: $t:ty = $init:expr);+ $(;)?) => {
        $(
            $(#[$meta])*
            // A static and not a const: the address is the key.
            $vis static $name: $crate::thread::LocalKey<$t> =
                $crate::thread::LocalKey { init: || $init };
        )+
    };
}
