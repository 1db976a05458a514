//! An event: threads wait until another says that something has happened.
//!
//! Use it for a signal that stays: "the configuration is there", "shut down". Whoever waits after
//! the event was set does not wait at all. For a condition that comes and goes with the data that a
//! lock guards, an event is the wrong tool.
//!
//! # States
//!
//! One 32-bit word, on which waiters sleep:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `WAITERS` | somebody may be asleep; only while the event is not set |
//! | 1 | `SET` | the event is set |
//! | 2–31 | age | how often the event has been cleared |
//!
//! A waiter notes the word's upper 31 bits when it comes, and goes on when they are different.
//! Setting makes them different, and clearing does not make them the same again, because it also
//! makes the event older. So a thread that was waiting when the event was set goes on, even if the
//! event is cleared before it is awake. (A thread that sleeps through exactly 2³⁰ clears between
//! two looks would miss them all.)
//!
//! # Coming from Python
//!
//! | `threading.Event` | here |
//! |---|---|
//! | `is_set()` | [`Event::is_set`] |
//! | `set()`, `clear()` | [`Event::set`], [`Event::clear`] |
//! | `wait()` | [`Event::wait`] |
//! | `wait(timeout=s)` returns whether it was set | [`Event::wait_for`], [`Event::wait_until`] |
//! | `wait(timeout=0)` | [`Event::try_wait`] |
//!
//! They agree in all this, also in that a thread that waited when the event was set goes on though
//! it is cleared at once.
//!
//! # Example
//!
//! ```
//! use primitives::Event;
//! use std::thread;
//!
//! static START: Event = Event::new();
//!
//! let runners: Vec<_> = (1..=3)
//!     .map(|number| {
//!         thread::spawn(move || {
//!             START.wait();
//!             number
//!         })
//!     })
//!     .collect();
//! START.set();
//! let arrived: i32 = runners.into_iter().map(|runner| runner.join().unwrap()).sum();
//! assert_eq!(arrived, 6);
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex};
use std::fmt;

// ANCHOR: states
const WAITERS: u32 = 1;
const SET: u32 = 2;
const OLDER: u32 = 4;
// ANCHOR_END: states

/// Something that has happened or not. See the [module](self) for how it works.
#[doc(alias = "threading.Event")]
#[doc(alias = "ManualResetEvent")]
pub struct Event {
    state: AtomicU32,
}

impl Event {
    const_unless_modelled! {
        /// An event that is not set.
        pub fn new() -> Self {
            Self { state: AtomicU32::new(0) }
        }
    }

    /// Whether the event is set. What its setter did before is seen by all that follows.
    #[inline]
    pub fn is_set(&self) -> bool {
        // Acquire: the answer is a reason to look at what the setter has prepared.
        self.state.load(Acquire) & SET != 0
    }

    /// Sets the event and lets all go on that wait for it. Setting it again changes nothing.
    // ANCHOR: set
    pub fn set(&self) {
        let mut state = self.state.load(Relaxed);
        // Release: what was done before is seen by those that go on. Written even if the event is
        // set already, since this thread may have prepared more than the one that set it.
        loop {
            let set = (state | SET) & !WAITERS;
            match self.state.compare_exchange_weak(state, set, Release, Relaxed) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if state & WAITERS != 0 {
            self.wake();
        }
    }
    // ANCHOR_END: set

    /// Takes the event back. A thread that waited when it was set goes on all the same.
    ///
    /// Clear first, then look at what the event stands for: a set that comes before the clear is
    /// seen by that look, and one that comes after it is not lost.
    // ANCHOR: clear
    pub fn clear(&self) {
        let mut state = self.state.load(Relaxed);
        while state & SET != 0 {
            let older = (state & !SET).wrapping_add(OLDER);
            // Acquire: this takes away a signal, so what the signal stood for must be seen by the
            // look that follows.
            match self.state.compare_exchange_weak(state, older, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
    }
    // ANCHOR_END: clear

    /// Waits until the event is set.
    #[inline]
    pub fn wait(&self) {
        if !self.is_set() {
            self.wait_by(Deadline::Never);
        }
    }

    /// Whether the event is set, without waiting: another name for [`is_set`](Self::is_set).
    #[inline]
    #[must_use = "`false` means that the event is not set"]
    pub fn try_wait(&self) -> bool {
        self.is_set()
    }

    /// Waits until the event is set, but no longer than `timeout`. `true` means that it was set.
    ///
    /// A `timeout` of zero still sees an event that is set. One too long for the clock means for
    /// ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event = primitives::Event::new();
    /// assert!(!event.wait_for(Duration::from_millis(1)));
    /// event.set();
    /// assert!(event.wait_for(Duration::ZERO));
    /// ```
    #[inline]
    #[must_use = "`false` means that the event is not set"]
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.is_set() || self.wait_by(Deadline::After(timeout))
    }

    /// Waits until the event is set, but gives up at `deadline`. `true` means that it was set.
    #[inline]
    #[must_use = "`false` means that the event is not set"]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.is_set() || self.wait_by(Deadline::At(deadline))
    }

    // ANCHOR: slow
    #[cold]
    fn wait_by(&self, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        let mut state = self.state.load(Acquire);
        if state & SET != 0 {
            return true;
        }
        // Whatever else the word becomes but this, the event has been set since.
        let unset = state | WAITERS;
        loop {
            // Say that somebody sleeps, or nobody would wake us.
            if state & WAITERS == 0 {
                match self.state.compare_exchange(state, unset, Relaxed, Acquire) {
                    Err(now) if now | WAITERS != unset => return true,
                    _ => {}
                }
            }
            let timed_out = futex::wait_until(&self.state, unset, deadline).is_err();
            // Acquire: as in `is_set`. A clear since has passed on what the set published.
            state = self.state.load(Acquire);
            if state | WAITERS != unset {
                return true;
            }
            if timed_out {
                return false;
            }
        }
    }
    // ANCHOR_END: slow

    #[cold]
    fn wake(&self) {
        futex::wake_all(&self.state);
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load(Relaxed);
        f.debug_struct("Event")
            .field("set", &(state & SET != 0))
            .field("waiters", &(state & WAITERS != 0))
            .finish()
    }
}
