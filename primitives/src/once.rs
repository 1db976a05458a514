//! Once: the first thread that needs something makes it, and the others wait until it is made.
//!
//! [`Once`] runs a function, [`OnceCell`] keeps what a function made, and [`Lazy`] is a value that
//! knows how to make itself. Use them for what is dear to make and not always needed. What every
//! run of the program needs is simpler to make before the threads start.
//!
//! # States
//!
//! One 32-bit word, on which threads sleep, and beside it which thread runs the function:
//!
//! | state | name | owner | |
//! |---|---|---|---|
//! | 0 | `INCOMPLETE` | 0 | no function has run to its end |
//! | 1 | `RUNNING` | thread's number | a thread runs its function |
//! | 2 | `AWAITED` | thread's number | the same, and others may be asleep |
//! | 3 | `COMPLETE` | 0 | for good |
//!
//! ```text
//!            the first call                returns
//!   INCOMPLETE ─────────▶ RUNNING, AWAITED ───────▶ COMPLETE
//!            ◀───────────
//!            panics
//! ```
//!
//! # A function that panics
//!
//! It has not run. The panic goes on in its own thread, and one of the threads that wait runs *its*
//! function. Nothing is poisoned: a later call can succeed where this one has failed. What a failed
//! run did is seen by the next.
//!
//! # A call from within
//!
//! A function that calls its own `Once` would wait for itself. It panics. That is found however
//! long the way is, as long as it stays on one thread. Two threads that each run a function, and
//! wait there for the other's, are in a deadlock, which is not found.
//!
//! # Coming from Python
//!
//! | Python | here |
//! |---|---|
//! | `import m`: the first thread runs the module, others wait | [`Once::call_once`] |
//! | an import that raises: the next one runs the module again | the same |
//! | an import from within itself: a module that is half made | a panic |
//! | `if x is None:` `with lock:` `if x is None: x = make()` | [`OnceCell::get_or_init`] |
//! | `functools.cache` on a function without arguments: two threads may both call it | [`Lazy`]: one does |
//!
//! # Neighbours
//!
//! std has `Once`, `OnceLock` and `LazyLock`. They have no timed forms, and calls from within stop
//! for ever or panic, as it comes. `Once` and `LazyLock` are poisoned by a panic, `OnceLock` is
//! not. A `set` is missing here: `get_or_init(|| value)` does the same and returns what is there.
//!
//! # Example
//!
//! ```
//! use primitives::Lazy;
//! use std::thread;
//!
//! static SQUARES: Lazy<Vec<u64>> = Lazy::new(|| (0..100).map(|n| n * n).collect());
//!
//! let users = [3, 4].map(|n| thread::spawn(move || SQUARES[n]));
//! assert_eq!(users.map(|user| user.join().unwrap()), [9, 16]);
//! ```

use super::platform::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    held_as,
};
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, futex, thread};
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

// ANCHOR: states
const INCOMPLETE: u32 = 0;
const RUNNING: u32 = 1;
/// Running, and somebody may be asleep.
const AWAITED: u32 = 2;
const COMPLETE: u32 = 3;
// ANCHOR_END: states

/// How many threads run the function, for traces.
fn holders(state: u32) -> u32 {
    u32::from(matches!(state, RUNNING | AWAITED))
}

/// No thread has this number.
const NOBODY: u64 = 0;

/// A function that runs once. See the [module](self) for how it works.
///
/// ```
/// use primitives::Once;
///
/// static GREETED: Once = Once::new();
///
/// for _ in 0..2 {
///     GREETED.call_once(|| println!("hello"));
/// }
/// assert!(GREETED.is_completed());
/// ```
#[doc(alias = "pthread_once")]
pub struct Once {
    state: AtomicU32,
    /// The thread that runs the function. Only that thread writes here.
    owner: AtomicU64,
}

impl Once {
    const_unless_modelled! {
        /// No function has run.
        pub fn new() -> Self {
            let state = held_as(AtomicU32::new(INCOMPLETE), holders);
            Self { state, owner: AtomicU64::new(NOBODY) }
        }
    }

    /// Whether a function has run to its end. What it did is seen by all that follows.
    #[inline]
    pub fn is_completed(&self) -> bool {
        // Acquire: the answer is a reason to use what the function has made.
        self.state.load(Acquire) == COMPLETE
    }

    /// Runs `f`, unless a function has run already. If another thread runs one, waits until it is
    /// done. Afterwards one has run to its end.
    ///
    /// # Panics
    ///
    /// When `f` panics; the next call then runs its own. And when it is called from within a
    /// function that this `Once` runs.
    #[inline]
    pub fn call_once(&self, f: impl FnOnce()) {
        if !self.is_completed() {
            self.call_by(f, Deadline::Never);
        }
    }

    /// As [`call_once`](Self::call_once), but does not wait: `false` if another function runs now.
    ///
    /// # Panics
    ///
    /// When `f` panics.
    #[inline]
    #[must_use = "`false` means that no function has run to its end"]
    pub fn try_call_once(&self, f: impl FnOnce()) -> bool {
        self.is_completed()
            || match self.claim() {
                Ok(run) => run.finish(f),
                Err(state) => state == COMPLETE,
            }
    }

    /// As [`call_once`](Self::call_once), but waits for another thread's function no longer than
    /// `timeout`; `false` if it was not done by then. How long `f` itself takes is not limited. A
    /// time too long for the clock means for ever.
    ///
    /// # Panics
    ///
    /// As [`call_once`](Self::call_once).
    #[inline]
    #[must_use = "`false` means that no function has run to its end"]
    pub fn call_once_for(&self, f: impl FnOnce(), timeout: Duration) -> bool {
        self.is_completed() || self.call_by(f, Deadline::After(timeout))
    }

    /// As [`call_once_for`](Self::call_once_for), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`call_once`](Self::call_once).
    #[inline]
    #[must_use = "`false` means that no function has run to its end"]
    pub fn call_once_until(&self, f: impl FnOnce(), deadline: Instant) -> bool {
        self.is_completed() || self.call_by(f, Deadline::At(deadline))
    }

    // ANCHOR: claim
    #[cold]
    fn call_by(&self, f: impl FnOnce(), deadline: Deadline) -> bool {
        match self.claim_by(deadline) {
            Ok(run) => run.finish(f),
            Err(is_completed) => is_completed,
        }
    }

    /// Waits for the right to run a function. The error is that none is needed, or that time is up.
    fn claim_by(&self, deadline: Deadline) -> Result<Run<'_>, bool> {
        let deadline = deadline.instant();
        let mut timed_out = false;
        loop {
            let state = match self.claim() {
                Ok(run) => return Ok(run),
                Err(COMPLETE) => return Err(true),
                Err(state) => state,
            };
            // Relaxed: a thread finds its own number only if it wrote it itself, and has not
            // written another since.
            let within = self.owner.load(Relaxed) == thread::id();
            assert!(!within, "a `Once` was called from within the function that it runs");
            if timed_out {
                return Err(false);
            }
            // Say that somebody sleeps, or nobody would wake us. If it has changed, look again.
            if state == AWAITED
                || self.state.compare_exchange(RUNNING, AWAITED, Relaxed, Relaxed).is_ok()
            {
                timed_out = futex::wait_until(&self.state, AWAITED, deadline).is_err();
            }
        }
    }

    /// The right to run a function, or the state that is in the way.
    fn claim(&self) -> Result<Run<'_>, u32> {
        // Acquire: what a run that failed has done is seen by the next. And if one has come to its
        // end meanwhile, what it has made is seen.
        self.state.compare_exchange(INCOMPLETE, RUNNING, Acquire, Acquire)?;
        self.owner.store(thread::id(), Relaxed);
        Ok(Run { once: self, after: INCOMPLETE })
    }
    // ANCHOR_END: claim
}

impl Default for Once {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.load(Relaxed) {
            INCOMPLETE => "incomplete",
            COMPLETE => "complete",
            _ => "running",
        };
        f.debug_struct("Once").field("state", &state).finish()
    }
}

// ANCHOR: run
/// The right to run a function. It ends when this is dropped, also by a panic.
struct Run<'a> {
    once: &'a Once,
    /// The state that is left behind.
    after: u32,
}

impl Run<'_> {
    fn finish(mut self, f: impl FnOnce()) -> bool {
        f();
        self.after = COMPLETE;
        true
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.once.owner.store(NOBODY, Relaxed);
        // Release: what the function did is seen by those that find it complete, or run the next.
        if self.once.state.swap(self.after, Release) == AWAITED {
            // All, also after a panic: one alone might be about to give up, and run nothing.
            futex::wake_all(&self.once.state);
        }
    }
}
// ANCHOR_END: run

/// A value that is made once. See the [module](self).
///
/// ```
/// use primitives::OnceCell;
///
/// let cell = OnceCell::new();
/// assert_eq!(cell.get(), None);
/// assert_eq!(*cell.get_or_init(|| 42), 42);
/// assert_eq!(*cell.get_or_init(|| unreachable!("it is made")), 42);
/// ```
#[doc(alias = "OnceLock")]
// ANCHOR: cell
pub struct OnceCell<T> {
    once: Once,
    /// Written by the function that `once` runs, and only read when that is complete.
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written by one thread before `once` is complete, and after that there are
// only shared references to it. A thread may drop what another has made, hence `Send`.
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}
// SAFETY: as for a plain field.
unsafe impl<T: Send> Send for OnceCell<T> {}
// ANCHOR_END: cell
// No panic leaves half a value: it is written as a whole.
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceCell<T> {}

impl<T> OnceCell<T> {
    const_unless_modelled! {
        /// No value yet.
        pub fn new() -> Self {
            Self { once: Once::new(), value: UnsafeCell::new(None) }
        }
    }

    /// The value, if it is made. Does not wait for one that is being made.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: a function has run to its end.
        self.once.is_completed().then(|| unsafe { self.made() })
    }

    /// The value. Makes it if nobody has, and waits if another thread is just making it.
    ///
    /// # Panics
    ///
    /// When `make` panics; the next call then tries. And when `make` asks this cell for its value.
    #[doc(alias = "set")]
    #[inline]
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.once.call_once(|| self.fill(make));
        // SAFETY: a function has run to its end.
        unsafe { self.made() }
    }

    /// As [`get_or_init`](Self::get_or_init), but does not wait: `None` if another thread is just
    /// making it.
    ///
    /// # Panics
    ///
    /// When `make` panics.
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn try_get_or_init(&self, make: impl FnOnce() -> T) -> Option<&T> {
        // SAFETY: a function has run to its end.
        self.once.try_call_once(|| self.fill(make)).then(|| unsafe { self.made() })
    }

    /// As [`get_or_init`](Self::get_or_init), but waits for another thread no longer than
    /// `timeout`; `None` if the value was not made by then. One too long for the clock means for
    /// ever.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn get_or_init_for(&self, make: impl FnOnce() -> T, timeout: Duration) -> Option<&T> {
        // SAFETY: a function has run to its end.
        self.once.call_once_for(|| self.fill(make), timeout).then(|| unsafe { self.made() })
    }

    /// As [`get_or_init_for`](Self::get_or_init_for), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init).
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn get_or_init_until(&self, make: impl FnOnce() -> T, deadline: Instant) -> Option<&T> {
        // SAFETY: a function has run to its end.
        self.once.call_once_until(|| self.fill(make), deadline).then(|| unsafe { self.made() })
    }

    /// The value, when the borrow checker already proves that nobody shares the cell.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// The value, when nobody uses the cell any more.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    // ANCHOR: fill
    fn fill(&self, make: impl FnOnce() -> T) {
        let value = make();
        // SAFETY: `once` runs this function and no other, and nobody reads before it is complete.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
    }

    /// # Safety
    ///
    /// `once` is complete.
    #[inline]
    unsafe fn made(&self) -> &T {
        // SAFETY: nobody writes after `once` is complete, and `fill` has put a value there.
        self.value.with(|slot| unsafe { (*slot).as_ref().unwrap_unchecked() })
    }
    // ANCHOR_END: fill
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    /// Shows the value if it is made, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("OnceCell");
        match self.get() {
            Some(value) => out.field("value", value),
            None => out.field("value", &format_args!("<not made>")),
        };
        out.finish()
    }
}

/// A value that is made when it is first used. See the [module](self).
///
/// The function is an [`Fn`], since it is called again if it has panicked.
#[doc(alias = "LazyLock")]
#[doc(alias = "lazy_static")]
#[doc(alias = "cached_property")]
// ANCHOR: lazy
pub struct Lazy<T, F = fn() -> T> {
    cell: OnceCell<T>,
    make: F,
}
// ANCHOR_END: lazy

impl<T, F> Lazy<T, F> {
    const_unless_modelled! {
        /// A value that `make` will make.
        pub fn new(make: F) -> Self {
            Self { cell: OnceCell::new(), make }
        }
    }

    /// The value, if it is made.
    ///
    /// Like all that this type can do, it is called as `Lazy::get(&lazy)`, so that it does not hide
    /// a method of the value.
    #[inline]
    pub fn get(lazy: &Self) -> Option<&T> {
        lazy.cell.get()
    }
}

impl<T, F: Fn() -> T> Lazy<T, F> {
    /// The value, which is made if it is not there. `*lazy` does the same.
    ///
    /// # Panics
    ///
    /// When the function panics; the next use then tries again. And when it uses this value itself.
    #[inline]
    pub fn force(lazy: &Self) -> &T {
        lazy.cell.get_or_init(&lazy.make)
    }

    /// As [`force`](Self::force), but does not wait: `None` if another thread is just making it.
    ///
    /// # Panics
    ///
    /// When the function panics.
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn try_force(lazy: &Self) -> Option<&T> {
        lazy.cell.try_get_or_init(&lazy.make)
    }

    /// As [`force`](Self::force), but waits for another thread no longer than `timeout`; `None` if
    /// the value was not made by then. One too long for the clock means for ever.
    ///
    /// # Panics
    ///
    /// As [`force`](Self::force).
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn force_for(lazy: &Self, timeout: Duration) -> Option<&T> {
        lazy.cell.get_or_init_for(&lazy.make, timeout)
    }

    /// As [`force_for`](Self::force_for), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`force`](Self::force).
    #[inline]
    #[must_use = "`None` means that there is no value yet"]
    pub fn force_until(lazy: &Self, deadline: Instant) -> Option<&T> {
        lazy.cell.get_or_init_until(&lazy.make, deadline)
    }
}

impl<T, F: Fn() -> T> Deref for Lazy<T, F> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Lazy<T, F> {
    /// Shows the value if it is made, and neither makes it nor waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Lazy");
        match self.cell.get() {
            Some(value) => out.field("value", value),
            None => out.field("value", &format_args!("<not made>")),
        };
        out.finish()
    }
}
