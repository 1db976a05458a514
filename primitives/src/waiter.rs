//! A waiter: one thread that sleeps until another notifies it, once.
//!
//! Use it to build things in which it matters *who* is woken: put a waiter for each thread in a [`Line`], and
//! choose. Conditions, turnstiles and queues are made like that; for anything else they are what you want.
//!
//! # States
//!
//! One 32-bit word, on which the thread sleeps:
//!
//! ```text
//!            about to sleep             notify: wake the thread
//!   0 awake ────────────────▶ 1 asleep ─────────────────────────▶ 2 notified
//!      │                                                              ▲
//!      └──────────────────────────────────────────────────────────────┘
//!                     notify: nobody to wake
//! ```
//!
//! Who notifies may still be about to wake the thread when that one has long seen the notification and gone
//! on. So the two share the waiter through an [`Arc`], and the word lives until both are done with it.
//!
//! It is what crossbeam calls a parker, for one use. Python's `threading.Condition` has a lock in its place.
//!
//! # Example
//!
//! ```
//! use primitives::Waiter;
//! use std::sync::Arc;
//! use std::thread;
//!
//! let waiter = Arc::new(Waiter::new());
//! let notifier = waiter.clone();
//! thread::spawn(move || notifier.notify());
//! waiter.wait();
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::spin::Spin;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
const NOTIFIED: u32 = 2;

/// A thread that waits, or is about to. See the [module](self) for how it works.
#[doc(alias = "Parker")]
pub struct Waiter {
    state: AtomicU32,
}

impl Waiter {
    const_unless_modelled! {
        /// A waiter that has not been notified.
        pub fn new() -> Self {
            Self { state: AtomicU32::new(AWAKE) }
        }
    }

    /// Sleeps until the notification.
    ///
    /// Only one thread may wait, in whatever form.
    pub fn wait(&self) {
        // Without a deadline nobody gives up.
        let _ = self.wait_at_most(None);
    }

    /// Whether the notification has come. What was done before it is seen by all that follows.
    #[must_use = "`false` means that the notification has not come"]
    pub fn try_wait(&self) -> bool {
        self.state.load(Acquire) == NOTIFIED
    }

    /// Sleeps until the notification, but no longer than `timeout`. `true` means notified. If `false`, a
    /// notification may have come since, and the next wait will tell.
    ///
    /// One too long for the clock means for ever.
    #[must_use = "`false` means that the notification has not come"]
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.wait_at_most(Instant::now().checked_add(timeout))
    }

    /// As [`wait_for`](Self::wait_for), but gives up at `deadline`.
    #[must_use = "`false` means that the notification has not come"]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.wait_at_most(Some(deadline))
    }

    /// As [`wait_until`](Self::wait_until), where `None` means for ever.
    #[must_use = "`false` means that the notification has not come"]
    pub fn wait_at_most(&self, deadline: Option<Instant>) -> bool {
        let mut spin = Spin::new();
        while spin.spin() {
            if self.state.load(Relaxed) == NOTIFIED {
                break;
            }
        }
        // Acquire, here and below: what was done before the notification is seen by all that follows.
        if self.state.compare_exchange(AWAKE, ASLEEP, Relaxed, Acquire) == Err(NOTIFIED) {
            return true;
        }
        while futex::wait_until(&self.state, ASLEEP, deadline).is_ok() {
            if self.try_wait() {
                return true;
            }
        }
        false
    }

    /// Lets the thread go on, now or when it comes to wait.
    pub fn notify(&self) {
        // Release: what was done before is seen by the thread that goes on.
        if self.state.swap(NOTIFIED, Release) == ASLEEP {
            futex::wake_one(&self.state);
        }
    }
}

impl Default for Waiter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = ["awake", "asleep", "notified"][self.state.load(Relaxed) as usize];
        f.debug_struct("Waiter").field("state", &state).finish()
    }
}

/// Threads that wait, the one to go on next in front. Keep it under a lock.
///
/// `W` is a [`Waiter`], or what has one and something beside it.
#[derive(Debug)]
pub struct Line<W = Waiter>(VecDeque<Arc<W>>);

impl<W> Line<W> {
    /// A line in which nobody stands.
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Joins the line behind all others. Wait when its lock has been released.
    #[cold]
    pub fn join(&mut self, waiter: W) -> Arc<W> {
        let waiter = Arc::new(waiter);
        self.0.push_back(waiter.clone());
        waiter
    }

    /// Joins the line before all others.
    #[cold]
    pub fn join_in_front(&mut self, waiter: W) -> Arc<W> {
        let waiter = Arc::new(waiter);
        self.0.push_front(waiter.clone());
        waiter
    }

    /// Takes the first out of the line. Notify it when the line's lock has been released: it may want to
    /// take that lock itself.
    #[inline]
    pub fn pop(&mut self) -> Option<Arc<W>> {
        self.0.pop_front()
    }

    /// Leaves the line, when the time to wait is over. `true` means that the waiter still stood in it. If
    /// not, somebody has taken it out to notify it.
    #[cold]
    pub fn leave(&mut self, waiter: &Arc<W>) -> bool {
        let place = self.0.iter().position(|other| Arc::ptr_eq(other, waiter));
        place.is_some_and(|place| self.0.remove(place).is_some())
    }

    /// How many stand in the line.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody stands in the line.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<W> Default for Line<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W> IntoIterator for Line<W> {
    type Item = Arc<W>;
    type IntoIter = std::collections::vec_deque::IntoIter<Arc<W>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
