//! A waiter: one thread that sleeps until another notifies it, once.
//!
//! Use it to build things in which it matters *who* is woken: put a waiter for each thread in a queue, and
//! choose. Conditions and turnstiles are made like that; for anything else they are what you want.
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
//! on. So the two share the waiter through an [`Arc`](std::sync::Arc), and the word lives until both are done with it.
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
use std::fmt;

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
        self.wait_at_most(None);
    }

    /// Whether the notification has come. What was done before it is seen by all that follows.
    pub fn try_wait(&self) -> bool {
        self.state.load(Acquire) == NOTIFIED
    }

    /// Sleeps until the notification, but no longer than `timeout`. `true` means notified. If `false`, a
    /// notification may have come since, and the next wait will tell.
    ///
    /// One too long for the clock means for ever.
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.wait_at_most(Instant::now().checked_add(timeout))
    }

    /// As [`wait_for`](Self::wait_for), but gives up at `deadline`.
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.wait_at_most(Some(deadline))
    }

    /// As [`wait_until`](Self::wait_until), where `None` means for ever.
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
