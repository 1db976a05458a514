//! An interpreter lock, as CPython has one: of all threads that run an interpreter, one runs at a
//! time. Use it to see what such a lock does, and what it does not do.
//!
//! A thread takes it before the first instruction. Between any two instructions it may have to let
//! others run, and around work that waits it lets them run of its own accord. So the interpreter's
//! own data need no other lock. But what a program does in several instructions is not kept
//! together: `n += 1` can lose an addition under this lock as it can without.
//!
//! # How it works
//!
//! There are two ways to decide when a thread that runs gives the lock up:
//!
//! | | [`Gil::ticks`], up to Python 3.1 | [`Gil::interval`], since Python 3.2 |
//! |---|---|---|
//! | a thread that runs | counts instructions, and gives the lock up after so many | gives the lock up when another has asked for it |
//! | a thread that waits | sleeps | sleeps for an interval; if no switch came meanwhile, it asks |
//! | a thread that gave it up | takes it again as soon as it can | waits until another has taken it |
//!
//! What stands in the first column has a fault. The thread that gives the lock up runs, and the one
//! that it wakes has to be put on a processor first. So the first takes the lock back before the
//! second looks, again and again. A thread that waits for a device, and then for this lock, falls
//! behind all that only compute: the *convoy effect*. [`Gil::taken_back`] counts it. In the second
//! column it cannot happen.
//!
//! It follows the plan of CPython's `ceval_gil.c`, and of its `ceval.c` before that. There a lock
//! and two conditions do what one word does here.
//!
//! # States
//!
//! One 32-bit word, on which waiters sleep:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `TAKEN` | a thread has the lock |
//! | 1 | `ASKED` | a thread that waits has asked for it; the thread that takes it next clears this |
//! | 2–16 | `WAITERS` | how many threads wait |
//! | 17–31 | `RELEASES` | how often it was released |
//!
//! A thread that was asked releases the lock and becomes one that waits, in one step. It leaves the
//! lock to others as long as some wait and there was no other release. (One that is held up just
//! before it sleeps, for exactly 2¹⁵ releases, may sleep until the next one.)
//!
//! # Coming from Python
//!
//! | CPython | here |
//! |---|---|
//! | `sys.setcheckinterval(100)` | [`Gil::ticks`] |
//! | `sys.setswitchinterval(0.005)` | [`Gil::interval`] |
//! | `PyGILState_Ensure()`, `PyGILState_Release()` | [`Gil::acquire`], and the end of the [`GilGuard`] |
//! | the look between two bytecodes | [`GilGuard::tick`] |
//! | `Py_BEGIN_ALLOW_THREADS`, `Py_END_ALLOW_THREADS` | [`GilGuard::allow_threads`] |
//! | – | [`Gil::try_acquire`], [`Gil::acquire_for`], [`Gil::acquire_until`] |
//!
//! They differ in this, on purpose:
//!
//! | | CPython | here |
//! |---|---|---|
//! | the count of ticks | one for all threads | each thread's own, since it last took the lock |
//! | a thread that asked, and still waits | looks again after each interval | sleeps until the lock is given up |
//! | a thread that was asked gives it up at once, to wait for a device | waits until another has taken the lock | does not: it will not take it back now |
//! | a thread that waits may give up | no | yes; a thread that was asked does not wait for it then |
//!
//! # Example
//!
//! ```
//! use primitives::Gil;
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//! use std::thread;
//!
//! static GIL: Gil = Gil::ticks(100);
//! static N: AtomicU32 = AtomicU32::new(0);
//!
//! fn interpreter() {
//!     let mut gil = GIL.acquire();
//!     for _ in 0..1_000 {
//!         let n = N.load(Relaxed);
//!         // No tick comes between these two instructions, so no addition is lost.
//!         N.store(n + 1, Relaxed);
//!         gil.tick();
//!     }
//! }
//!
//! let threads: Vec<_> = (0..2).map(|_| thread::spawn(interpreter)).collect();
//! threads.into_iter().for_each(|thread| thread.join().unwrap());
//! assert_eq!(N.load(Relaxed), 2_000);
//! assert!(GIL.switches() >= 1);
//! ```

use super::platform::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
    held_as, told_as,
};
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex, thread};
use std::fmt;
use std::marker::PhantomData;

// ANCHOR: states
const TAKEN: u32 = 1;
const ASKED: u32 = 2;
/// One thread that waits.
const WAITER: u32 = 4;
const WAITERS: u32 = 0x1_fffc;
/// One release.
const RELEASE: u32 = 0x2_0000;
const RELEASES: u32 = !0x1_ffff;
// ANCHOR_END: states

/// What the word of the state means, for traces.
fn words(state: u32) -> String {
    let taken = if state & TAKEN == 0 { "free" } else { "taken" };
    let asked = if state & ASKED == 0 { "" } else { ", asked for" };
    let [waiting, releases] = [(state & WAITERS) / WAITER, state / RELEASE];
    format!("{taken}{asked}, {waiting} waiting, after {releases} releases")
}

/// How many threads hold the lock, for traces.
fn holders(state: u32) -> u32 {
    state & TAKEN
}

/// An interpreter lock. See the [module](self) for how it works.
#[doc(alias = "global interpreter lock")]
pub struct Gil {
    switching: Switching,
    state: AtomicU32,
    /// The number of the thread that took it last, or 0. This and what follows is written by the
    /// thread that has the lock.
    last: AtomicUsize,
    switches: AtomicUsize,
    taken_back: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
enum Switching {
    Ticks(u32),
    Interval(Duration),
}

impl Gil {
    const_unless_modelled! {
        /// A lock that a thread gives up after so many ticks, as up to Python 3.1, where it was
        /// 100. Zero means one.
        #[doc(alias = "setcheckinterval")]
        pub fn ticks(ticks: u32) -> Self {
            Self::new(Switching::Ticks(ticks))
        }

        /// A lock that a thread gives up when another has waited for `interval`, as since Python
        /// 3.2, where it is 5 ms. One too long for the clock means that no thread asks for it.
        #[doc(alias = "setswitchinterval")]
        pub fn interval(interval: Duration) -> Self {
            Self::new(Switching::Interval(interval))
        }

        fn new(switching: Switching) -> Self {
            Self {
                switching,
                state: held_as(told_as(AtomicU32::new(0), words), holders),
                last: AtomicUsize::new(0),
                switches: AtomicUsize::new(0),
                taken_back: AtomicUsize::new(0),
            }
        }
    }

    /// Waits until the lock is free and takes it. Dropping the guard releases it.
    ///
    /// A thread that holds the lock already waits for itself, for ever.
    ///
    /// # Panics
    ///
    /// When 32,767 threads wait already.
    #[doc(alias = "PyGILState_Ensure")]
    pub fn acquire(&self) -> GilGuard<'_> {
        self.acquire_by(Deadline::Never);
        self.guard()
    }

    /// Takes the lock if it is free now.
    ///
    /// ```
    /// let gil = primitives::Gil::ticks(100);
    /// let guard = gil.try_acquire().unwrap();
    /// assert!(gil.try_acquire().is_none());
    /// drop(guard);
    /// assert!(gil.try_acquire().is_some());
    /// ```
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_acquire(&self) -> Option<GilGuard<'_>> {
        self.try_take().map(|_| self.guard())
    }

    /// Takes the lock, but waits no longer than `timeout`. One too long for the clock means for
    /// ever.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn acquire_for(&self, timeout: Duration) -> Option<GilGuard<'_>> {
        self.acquire_by(Deadline::After(timeout)).map(|_| self.guard())
    }

    /// Takes the lock, but gives up at `deadline`. A deadline in the past still takes a lock that
    /// is free.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn acquire_until(&self, deadline: Instant) -> Option<GilGuard<'_>> {
        self.acquire_by(Deadline::At(deadline)).map(|_| self.guard())
    }

    fn guard(&self) -> GilGuard<'_> {
        GilGuard { gil: self, ticks: 0, not_send: PhantomData }
    }

    /// How often the lock has gone from one thread to another.
    pub fn switches(&self) -> usize {
        self.switches.load(Relaxed)
    }

    /// How often a thread gave the lock up at a [`tick`](GilGuard::tick), and took it back though
    /// others waited for it. With [`Gil::interval`] that does not happen.
    pub fn taken_back(&self) -> usize {
        self.taken_back.load(Relaxed)
    }

    // ANCHOR: take
    /// How many others wait when it is taken, or `None` if `deadline` passed first.
    fn acquire_by(&self, deadline: Deadline) -> Option<u32> {
        self.try_take().or_else(|| {
            let state = self.state.fetch_add(WAITER, Relaxed);
            assert_ne!(state & WAITERS, WAITERS, "too many threads wait for an interpreter lock");
            self.wait_by(state + WAITER, deadline, None)
        })
    }

    /// The same, at once.
    fn try_take(&self) -> Option<u32> {
        let mut state = self.state.load(Relaxed);
        while state & TAKEN == 0 {
            match self.take(state, state) {
                Ok(others) => return Some(others),
                Err(now) => state = now,
            }
        }
        None
    }

    /// Takes it if the word is still `state`. In `rest` this thread does not wait any more.
    fn take(&self, state: u32, rest: u32) -> Result<u32, u32> {
        // Acquire: what was done under the lock before is seen by all that follows.
        self.state.compare_exchange(state, rest & !ASKED | TAKEN, Acquire, Relaxed)?;
        let (me, last) = (thread::id() as usize, self.last.load(Relaxed));
        if me != last {
            self.last.store(me, Relaxed);
            self.switches.store(self.switches() + usize::from(last != 0), Relaxed);
        }
        if state & ASKED != 0 {
            // Those that have asked, and the thread that was asked, sleep without a time limit.
            // They are to measure an interval now.
            futex::wake_all(&self.state);
        }
        Ok((rest & WAITERS) / WAITER)
    }
    // ANCHOR_END: take

    // ANCHOR: wait
    /// As [`acquire_by`](Self::acquire_by), for a thread that is counted among those that wait, and
    /// that has seen `state`. One that was asked for the lock says which release that was.
    #[cold]
    fn wait_by(&self, mut state: u32, deadline: Deadline, gave_up: Option<u32>) -> Option<u32> {
        let deadline = deadline.instant();
        let mut late = false;
        loop {
            let another_first = gave_up == Some(state & RELEASES) && state & WAITERS != WAITER;
            if state & TAKEN == 0 && !another_first {
                match self.take(state, state - WAITER) {
                    Ok(others) => return Some(others),
                    Err(now) => state = now,
                }
                continue;
            }
            if late {
                self.leave();
                return None;
            }
            let interval = match self.switching {
                Switching::Interval(interval) if state & ASKED == 0 => {
                    Deadline::After(interval).instant()
                }
                // The ticks decide, or somebody has asked: the thread that takes it wakes all.
                _ => None,
            };
            let holder = interval.map(|_| self.last.load(Relaxed));
            let first = interval.into_iter().chain(deadline).min();
            let in_time = futex::wait_until(&self.state, state, first).is_ok();
            late = !in_time && first == deadline;
            // Another thread that has taken it meanwhile has an interval of its own.
            let asks = !in_time && !late && holder == Some(self.last.load(Relaxed));
            state = if asks {
                self.state.fetch_or(ASKED, Relaxed) | ASKED
            } else {
                self.state.load(Relaxed)
            };
        }
    }

    /// Waits no more.
    fn leave(&self) {
        let state = self.state.fetch_sub(WAITER, Relaxed);
        if state & (TAKEN | ASKED) == ASKED {
            // A thread that gave the lock up may wait for this one to take it.
            futex::wake_all(&self.state);
        }
    }
    // ANCHOR_END: wait

    // ANCHOR: release
    fn release(&self) {
        // Release: what was done under the lock is seen by the thread that takes it next.
        let state = self.state.fetch_add(RELEASE - TAKEN, Release);
        if state & WAITERS != 0 {
            futex::wake_one(&self.state);
        }
    }
    // ANCHOR_END: release

    // ANCHOR: give
    /// Lets others run, and takes the lock again.
    #[cold]
    fn give_up(&self) {
        let switches = self.switches();
        let others = match self.switching {
            Switching::Ticks(_) => {
                self.release();
                // A thread that was woken is seldom so quick.
                self.acquire_by(Deadline::Never)
            }
            Switching::Interval(_) => {
                // Release: as in `release`.
                let change = WAITER + RELEASE - TAKEN;
                let state = self.state.fetch_add(change, Release).wrapping_add(change);
                futex::wake_one(&self.state);
                self.wait_by(state, Deadline::Never, Some(state & RELEASES))
            }
        };
        if others != Some(0) && self.switches() == switches {
            self.taken_back.store(self.taken_back() + 1, Relaxed);
        }
    }
    // ANCHOR_END: give
}

impl fmt::Debug for Gil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load(Relaxed);
        f.debug_struct("Gil")
            .field("switching", &self.switching)
            .field("taken", &(state & TAKEN != 0))
            .field("asked", &(state & ASKED != 0))
            .field("waiting", &((state & WAITERS) / WAITER))
            .finish_non_exhaustive()
    }
}

/// The right to run. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
#[derive(Debug)]
pub struct GilGuard<'a> {
    gil: &'a Gil,
    /// How many since this thread last took the lock.
    ticks: u32,
    /// The guard stays on the thread that took the lock.
    not_send: PhantomData<*const ()>,
}

impl GilGuard<'_> {
    /// To be called between two instructions: lets other threads run, if it is time for that, and
    /// returns when this thread has the lock again.
    // ANCHOR: tick
    #[inline]
    pub fn tick(&mut self) {
        let time_is_up = match self.gil.switching {
            Switching::Ticks(most) => {
                self.ticks += 1;
                self.ticks >= most
            }
            // Relaxed: a request says nothing of what its thread has done.
            Switching::Interval(_) => self.gil.state.load(Relaxed) & ASKED != 0,
        };
        if time_is_up {
            self.ticks = 0;
            self.gil.give_up();
        }
    }
    // ANCHOR_END: tick

    /// Releases the lock, calls `f`, and takes the lock again, also when `f` panics. For work that
    /// waits, or that does not need the interpreter.
    ///
    /// ```
    /// use primitives::Gil;
    /// use std::time::Duration;
    ///
    /// let gil = Gil::interval(Duration::from_millis(5));
    /// let mut guard = gil.acquire();
    /// let free = guard.allow_threads(|| gil.try_acquire().is_some());
    /// assert!(free && gil.try_acquire().is_none());
    /// ```
    #[doc(alias = "Py_BEGIN_ALLOW_THREADS")]
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        struct Retake<'a>(&'a Gil);
        impl Drop for Retake<'_> {
            fn drop(&mut self) {
                self.0.acquire_by(Deadline::Never);
            }
        }
        self.ticks = 0;
        self.gil.release();
        let _retake = Retake(self.gil);
        f()
    }
}

impl Drop for GilGuard<'_> {
    fn drop(&mut self) {
        self.gil.release();
    }
}
