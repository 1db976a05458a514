//! A latch: threads wait until so many things are done.
//!
//! Use it where the number is known beforehand: four parts are loaded, eight workers have started.
//! It counts down to zero and stays open. For round after round take a
//! [`Barrier`](super::barrier), for one thing an [`Event`](super::event).
//!
//! # States
//!
//! One 32-bit word: how many things are still to be done. Threads sleep on it until it is zero.
//! Each count makes it another word, so a thread that is about to sleep looks again, and the last
//! count wakes all.
//!
//! # Coming from Python
//!
//! Python has none. Its queue counts like this:
//!
//! | `queue.Queue` | here |
//! |---|---|
//! | `put()` counts one more | the number is given to [`Latch::new`], and only goes down |
//! | `task_done()` | [`Latch::count_down`] |
//! | `task_done()` too often: `ValueError` | a panic, and the latch stays open |
//! | `join()` | [`Latch::wait`] |
//! | – | [`Latch::try_wait`], [`Latch::wait_for`], [`Latch::wait_until`] |
//!
//! # Neighbours
//!
//! It is C++'s `std::latch` and Java's `CountDownLatch`. A count below zero is undefined in C++,
//! and does nothing in Java.
//!
//! # Example
//!
//! ```
//! use primitives::Latch;
//! use std::thread;
//!
//! let loaded = Latch::new(3);
//! thread::scope(|scope| {
//!     for _ in 0..3 {
//!         // What was done before the count is seen after the wait.
//!         scope.spawn(|| loaded.count_down());
//!     }
//!     loaded.wait();
//!     assert_eq!(loaded.count(), 0);
//! });
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex};
use std::fmt;

/// A number of things that are still to be done. See the [module](self) for how it works.
#[doc(alias = "CountDownLatch")]
#[doc(alias = "WaitGroup")]
pub struct Latch {
    left: AtomicU32,
}

impl Latch {
    const_unless_modelled! {
        /// A latch that opens after `count` calls of [`count_down`](Self::count_down). With zero it
        /// is open.
        pub fn new(count: u32) -> Self {
            Self { left: AtomicU32::new(count) }
        }
    }

    /// One thing less. The last one lets all go on that wait.
    ///
    /// # Panics
    ///
    /// When the latch is open already: something was counted twice, or the number was too small.
    /// The latch stays open.
    // ANCHOR: count
    #[doc(alias = "done")]
    pub fn count_down(&self) {
        let mut left = self.left.load(Relaxed);
        // Not one subtraction: below zero the latch would be closed again.
        loop {
            let less =
                left.checked_sub(1).expect("a latch was counted down more often than it has");
            // Release: what was done before is seen by those that go on.
            match self.left.compare_exchange_weak(left, less, Release, Relaxed) {
                Ok(_) => break,
                Err(now) => left = now,
            }
        }
        if left == 1 {
            futex::wake_all(&self.left);
        }
    }
    // ANCHOR_END: count

    /// Counts down, and waits until the latch is open. To give up after a time, call
    /// [`count_down`](Self::count_down) and then [`wait_for`](Self::wait_for): the count stands in
    /// either case.
    ///
    /// # Panics
    ///
    /// As [`count_down`](Self::count_down).
    pub fn arrive_and_wait(&self) {
        self.count_down();
        self.wait();
    }

    /// How many are left. By the time you look at the answer it may be less.
    #[doc(alias = "getCount")]
    #[inline]
    pub fn count(&self) -> u32 {
        self.left.load(Relaxed)
    }

    /// Waits until the latch is open. What was done before the counts is seen by all that follows.
    #[inline]
    pub fn wait(&self) {
        if !self.try_wait() {
            self.wait_by(Deadline::Never);
        }
    }

    /// Whether the latch is open. What was done before the counts is then seen by all that follows.
    #[inline]
    #[must_use = "`false` means that the latch is not open"]
    pub fn try_wait(&self) -> bool {
        // Acquire: of all counts. Each read what the one before it wrote, and so passes it on.
        self.left.load(Acquire) == 0
    }

    /// Waits until the latch is open, but no longer than `timeout`. `true` means open.
    ///
    /// A `timeout` of zero still sees a latch that is open. One too long for the clock means for
    /// ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let latch = primitives::Latch::new(1);
    /// assert!(!latch.wait_for(Duration::from_millis(1)));
    /// latch.count_down();
    /// assert!(latch.wait_for(Duration::ZERO));
    /// ```
    #[inline]
    #[must_use = "`false` means that the latch is not open"]
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.try_wait() || self.wait_by(Deadline::After(timeout))
    }

    /// Waits until the latch is open, but gives up at `deadline`. `true` means open.
    #[inline]
    #[must_use = "`false` means that the latch is not open"]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.try_wait() || self.wait_by(Deadline::At(deadline))
    }

    // ANCHOR: wait
    #[cold]
    fn wait_by(&self, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        loop {
            // Acquire: as in `try_wait`.
            let left = self.left.load(Acquire);
            if left == 0 {
                return true;
            }
            // If another was counted since, it does not sleep. Only the last count wakes.
            if futex::wait_until(&self.left, left, deadline).is_err() {
                return self.try_wait();
            }
        }
    }
    // ANCHOR_END: wait
}

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latch").field("count", &self.count()).finish()
    }
}
