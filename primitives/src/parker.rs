//! A parker: one thread sleeps on it until another wakes it, once.
//!
//! Use it to build things in which it matters *which* thread is woken: put a parker for each thread
//! into a [`WaitQueue`], and choose. Conditions, fair locks and queues are made like that.
//! Everywhere else those are what you want.
//!
//! # States
//!
//! One 32-bit word, on which the thread sleeps:
//!
//! ```text
//!            about to sleep             unpark: wake the thread
//!   0 awake ────────────────▶ 1 asleep ─────────────────────────▶ 2 notified
//!      │                                                              ▲
//!      └──────────────────────────────────────────────────────────────┘
//!                     unpark: no thread to wake
//! ```
//!
//! The thread that calls [`unpark`](Parker::unpark) may still be about to wake the other when that
//! one has long seen the notification and gone on. So the two share the parker through an [`Arc`],
//! and the word lives until both are done with it.
//!
//! It is the parker of crossbeam, for one use. Python's `threading.Condition` has a lock in its
//! place.
//!
//! # Example
//!
//! ```
//! use primitives::Parker;
//! use std::sync::Arc;
//! use std::thread;
//!
//! let parker = Arc::new(Parker::new());
//! let other = parker.clone();
//! thread::spawn(move || other.unpark());
//! parker.park();
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    awaited_in_one_step,
};
use super::platform::deadline::Deadline;
use super::platform::spin::Spin;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
const NOTIFIED: u32 = 2;

/// A thread that sleeps, or is about to. See the [module](self) for how it works.
#[doc(alias = "Waiter")]
#[doc(alias = "Unparker")]
pub struct Parker {
    state: AtomicU32,
}

impl Parker {
    const_unless_modelled! {
        /// A parker that has not been notified.
        pub fn new() -> Self {
            Self { state: AtomicU32::new(AWAKE) }
        }
    }

    /// Sleeps until the notification.
    ///
    /// Only one thread may park, in whatever form.
    #[doc(alias = "wait")]
    pub fn park(&self) {
        // Without a deadline it does not give up.
        let _ = self.park_by(Deadline::Never);
    }

    /// Whether the notification has come. What was done before it is seen by all that follows.
    #[doc(alias = "try_wait")]
    #[must_use = "`false` means that the notification has not come"]
    pub fn try_park(&self) -> bool {
        self.state.load(Acquire) == NOTIFIED
    }

    /// Sleeps until the notification, but no longer than `timeout`. `true` means notified. If
    /// `false`, a notification may have come since, and the next call will tell.
    #[doc(alias = "wait_for")]
    #[doc(alias = "park_timeout")]
    #[must_use = "`false` means that the notification has not come"]
    pub fn park_for(&self, timeout: Duration) -> bool {
        self.park_by(Deadline::After(timeout))
    }

    /// As [`park_for`](Self::park_for), but gives up at `deadline`.
    #[doc(alias = "wait_until")]
    #[doc(alias = "park_deadline")]
    #[must_use = "`false` means that the notification has not come"]
    pub fn park_until(&self, deadline: Instant) -> bool {
        self.park_by(Deadline::At(deadline))
    }

    /// As [`park_until`](Self::park_until), with a deadline of any form.
    // ANCHOR: park
    #[must_use = "`false` means that the notification has not come"]
    pub fn park_by(&self, deadline: Deadline) -> bool {
        // Only in the model, where a search asks for it.
        if matches!(deadline, Deadline::Never) && awaited_in_one_step(&self.state, NOTIFIED) {
            return true;
        }
        let deadline = deadline.instant();
        let mut spin = Spin::for_turn();
        while spin.spin() && self.state.load(Relaxed) != NOTIFIED {}
        // Acquire, here and below: what was done before the notification is seen by all that
        // follows.
        if self.state.compare_exchange(AWAKE, ASLEEP, Relaxed, Acquire) == Err(NOTIFIED) {
            return true;
        }
        while futex::wait_until(&self.state, ASLEEP, deadline).is_ok() {
            if self.try_park() {
                return true;
            }
        }
        false
    }

    /// Lets the thread go on, now or when it comes to park.
    #[doc(alias = "notify")]
    pub fn unpark(&self) {
        // Release: what was done before is seen by the thread that goes on.
        if self.state.swap(NOTIFIED, Release) == ASLEEP {
            futex::wake_one(&self.state);
        }
    }
    // ANCHOR_END: park
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Parker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = ["awake", "asleep", "notified"][self.state.load(Relaxed) as usize];
        f.debug_struct("Parker").field("state", &state).finish()
    }
}

/// Parked threads in the order in which they shall go on. Keep it under a lock.
///
/// `P` is a [`Parker`], or something that has one.
#[doc(alias = "Line")]
#[derive(Debug)]
pub struct WaitQueue<P = Parker>(VecDeque<Arc<P>>);

impl<P> WaitQueue<P> {
    /// A queue with no thread in it.
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Adds a parker behind all others. Park when the queue's lock has been released.
    #[cold]
    pub fn push_back(&mut self, parker: P) -> Arc<P> {
        let parker = Arc::new(parker);
        self.0.push_back(parker.clone());
        parker
    }

    /// Adds a parker before all others.
    #[cold]
    pub fn push_front(&mut self, parker: P) -> Arc<P> {
        let parker = Arc::new(parker);
        self.0.push_front(parker.clone());
        parker
    }

    /// Takes the first out of the queue. Unpark it when the queue's lock has been released: its
    /// thread may want to take that lock.
    #[inline]
    pub fn pop_front(&mut self) -> Option<Arc<P>> {
        self.0.pop_front()
    }

    /// Takes a parker out of the queue whose time is up. `true` means that it was still in it. If
    /// not, another thread has taken it out to unpark it.
    #[cold]
    pub fn remove(&mut self, parker: &Arc<P>) -> bool {
        let place = self.0.iter().position(|other| Arc::ptr_eq(other, parker));
        place.is_some_and(|place| self.0.remove(place).is_some())
    }

    /// How many threads are in the queue.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no thread is in the queue.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<P> Default for WaitQueue<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> IntoIterator for WaitQueue<P> {
    type Item = Arc<P>;
    type IntoIter = std::collections::vec_deque::IntoIter<Arc<P>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
