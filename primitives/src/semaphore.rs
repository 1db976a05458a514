//! A semaphore: a number of permits, of which threads take some and give them back.
//!
//! Use it when at most so many threads may do something at once: connections, downloads, people in
//! a room. With one permit it is a lock that another thread may release; for a lock, take
//! [`Lock`](super::lock). The [`BoundedSemaphore`] refuses to have more permits than it began with,
//! which is nearly always a bug.
//!
//! # States
//!
//! One 64-bit word:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0–31 | permits | how many are free |
//! | 32–62 | wanted | how many the first in the queue waits for; 0 if none waits |
//! | 63 | `HANDOFF` | the mode is hand-off: a release that has them together leaves `wanted` standing |
//!
//! A thread takes permits at once if there are enough and nobody waits. Otherwise it goes through a
//! [`FairLock`], so that one thread at a time, in the order of arrival, is the first in the queue.
//! That one writes down how many it wants and sleeps. While `wanted` stands nobody takes a permit,
//! so they pile up for the first, however many it wants: a big request is not starved by small
//! ones.
//!
//! There are two modes. In *normal* mode a release that makes them enough takes `wanted` down and
//! wakes the first. Until the first is awake any thread may take permits, which uses the time:
//! waking takes as long as more than a hundred short sections. A first that finds itself overtaken
//! writes `wanted` anew. After a number of overtakes it adds `HANDOFF`, and the semaphore is in
//! *hand-off* mode: the permits stay there until the first has taken them, which ends the mode.
//!
//! # Coming from Python
//!
//! | `threading.Semaphore` | here |
//! |---|---|
//! | `Semaphore(n)`, `BoundedSemaphore(n)` | [`Semaphore::new`], [`BoundedSemaphore::new`] |
//! | `with semaphore:` | `let permit = semaphore.acquire();` given back when `permit` goes out of scope |
//! | `acquire()`, `acquire(blocking=False)`, `acquire(timeout=s)` | [`Semaphore::acquire`], [`Semaphore::try_acquire`], [`Semaphore::try_acquire_for`], [`Semaphore::try_acquire_until`] |
//! | `acquire()` without `with`, `release()` elsewhere | [`Permit::forget`] here, [`Semaphore::release`] there |
//! | `release(n)` | [`Semaphore::release`] |
//! | `release` beyond a bounded one's value: `ValueError` | [`TooManyPermits`], and nothing has changed |
//! | no limit to the value | [`u32::MAX`]; more is [`TooManyPermits`] |
//! | `Semaphore(-1)`: `ValueError` | does not compile |
//! | `BoundedSemaphore(0).acquire()` waits for ever | a panic: there will never be a permit |
//! | takes one at a time | [`Semaphore::acquire_many`] takes several at once or none |
//! | no order among waiters | the order of arrival, except that a thread may overtake those that are being woken |
//!
//! # Example
//!
//! ```
//! use primitives::Semaphore;
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//! use std::thread;
//!
//! static ROOM: Semaphore = Semaphore::new(4);
//! static INSIDE: AtomicU32 = AtomicU32::new(0);
//!
//! let guests: Vec<_> = (0..10)
//!     .map(|_| {
//!         thread::spawn(|| {
//!             let _place = ROOM.acquire();
//!             assert!(INSIDE.fetch_add(1, Relaxed) < 4);
//!             INSIDE.fetch_sub(1, Relaxed);
//!         })
//!     })
//!     .collect();
//! guests.into_iter().for_each(|guest| guest.join().unwrap());
//! assert_eq!(ROOM.available(), 4);
//! ```

use super::fair_lock::FairLock;
use super::platform::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed},
    told_as,
};
use super::platform::deadline::Deadline;
use super::platform::spin::{Backoff, MOST_OVERTAKES, Spin};
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, futex, thread};
use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::ptr;

/// The number that stands in `wanted` has at most 31 bits. For a request beyond, its sleeper is
/// woken too early and sleeps again.
const MOST_WANTED: u32 = u32::MAX >> 1;
const HANDOFF: u64 = 1 << 63;

/// What `bell` says: the first in the queue is about to sleep on it, or should look again.
const SILENT: u32 = 0;
const RUNG: u32 = 1;

/// What the state means, for traces.
fn words(state: u64) -> String {
    let free = permits(state);
    let mode = if state & HANDOFF == 0 { "" } else { ", hand-off" };
    match wanted(state) {
        0 => format!("{free} free{mode}"),
        wanted => format!("{free} free, {wanted} wanted{mode}"),
    }
}

/// A number of permits. See the [module](self) for how it works.
#[doc(alias = "threading.Semaphore")]
pub struct Semaphore {
    state: AtomicU64,
    /// Where the first in the queue sleeps.
    bell: AtomicU32,
    turns: FairLock,
    /// More permits than these must never be free at once.
    most: u32,
}

impl Semaphore {
    const_unless_modelled! {
        /// A semaphore with so many permits.
        pub fn new(permits: u32) -> Self {
            Self::with_most(permits, u32::MAX)
        }

        fn with_most(permits: u32, most: u32) -> Self {
            Self {
                state: told_as(AtomicU64::new(permits as u64), words),
                bell: AtomicU32::new(SILENT),
                turns: FairLock::new(),
                most,
            }
        }
    }

    /// Waits for a permit and takes it.
    ///
    /// # Panics
    ///
    /// When a bounded semaphore never has any.
    #[inline]
    pub fn acquire(&self) -> Permit<'_> {
        self.acquire_many(1)
    }

    /// Takes a permit if one is free and nobody waits.
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// Waits for a permit and takes it, but waits no longer than `timeout`.
    ///
    /// A `timeout` of zero still takes a permit that is free. One too long for the clock means for
    /// ever.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[doc(alias = "acquire")]
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire_for(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.try_acquire_many_for(1, timeout)
    }

    /// Waits for a permit and takes it, but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire_until(&self, deadline: Instant) -> Option<Permit<'_>> {
        self.try_acquire_many_until(1, deadline)
    }

    /// Waits for `count` permits and takes them all at once. A request for none is granted at once.
    ///
    /// # Panics
    ///
    /// When a bounded semaphore never has so many.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn acquire_many(&self, count: u32) -> Permit<'_> {
        if !self.take(count) {
            self.acquire_by(count, Deadline::Never);
        }
        Permit { semaphore: self, count }
    }

    /// Takes `count` permits if they are free and nobody waits.
    ///
    /// ```
    /// let semaphore = primitives::Semaphore::new(3);
    /// let two = semaphore.try_acquire_many(2).unwrap();
    /// assert!(semaphore.try_acquire_many(2).is_none());
    /// drop(two);
    /// assert!(semaphore.try_acquire_many(2).is_some());
    /// ```
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire_many(&self, count: u32) -> Option<Permit<'_>> {
        self.take(count).then(|| Permit { semaphore: self, count })
    }

    /// As [`acquire_many`](Self::acquire_many), but waits no longer than `timeout`, and then takes
    /// none.
    ///
    /// # Panics
    ///
    /// When a bounded semaphore never has so many.
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire_many_for(&self, count: u32, timeout: Duration) -> Option<Permit<'_>> {
        let taken = self.take(count) || self.acquire_by(count, Deadline::After(timeout));
        taken.then(|| Permit { semaphore: self, count })
    }

    /// As [`acquire_many`](Self::acquire_many), but gives up at `deadline`, and then takes none.
    ///
    /// # Panics
    ///
    /// When a bounded semaphore never has so many.
    #[inline]
    #[must_use = "the permits are taken only while this is kept, if there are any"]
    pub fn try_acquire_many_until(&self, count: u32, deadline: Instant) -> Option<Permit<'_>> {
        let taken = self.take(count) || self.acquire_by(count, Deadline::At(deadline));
        taken.then(|| Permit { semaphore: self, count })
    }

    /// Adds `count` permits, whoever took them, or if nobody did.
    ///
    /// # Errors
    ///
    /// [`TooManyPermits`] when there would be more than [`u32::MAX`], or more than a bounded
    /// semaphore began with. Nothing has changed then.
    // ANCHOR: release
    #[inline]
    pub fn release(&self, count: u32) -> Result<(), TooManyPermits> {
        let mut backoff = Backoff::new();
        let mut state = self.state.load(Relaxed);
        loop {
            let permits = match permits(state).checked_add(count) {
                Some(permits) if permits <= self.most => permits,
                _ => return Err(TooManyPermits),
            };
            let enough = wanted(state) != 0 && permits >= wanted(state);
            let line =
                if enough && state & HANDOFF == 0 { 0 } else { state & !u64::from(u32::MAX) };
            // Release: what was done with the permits is seen by the thread that takes them next.
            // Acquire: if somebody waits, its bell was made silent before, so that ringing it comes
            // after.
            match self.state.compare_exchange_weak(
                state,
                line | u64::from(permits),
                AcqRel,
                Relaxed,
            ) {
                Ok(_) => {
                    if enough {
                        self.ring();
                    }
                    return Ok(());
                }
                // As in `take`.
                Err(_) if backoff.lost() => state = self.state.load(Relaxed),
                Err(now) => state = now,
            }
        }
    }
    // ANCHOR_END: release

    /// How many permits are free. By the time you look at the answer it may be stale.
    #[inline]
    pub fn available(&self) -> u32 {
        permits(self.state.load(Relaxed))
    }

    /// Takes permits if there are enough and nobody waits.
    // ANCHOR: take
    #[inline]
    fn take(&self, count: u32) -> bool {
        let mut backoff = Backoff::new();
        let mut state = self.state.load(Relaxed);
        // Written for a word without a line, which is just the number of permits.
        while state <= u64::from(u32::MAX) && state >= u64::from(count) {
            // Acquire: what was done with the permits before is seen by all that follows.
            let left = state - u64::from(count);
            match self.state.compare_exchange_weak(state, left, Acquire, Relaxed) {
                Ok(_) => return true,
                // Another thread was quicker. Leave the word to it for a moment, or the two slow
                // each other down.
                Err(_) if backoff.lost() => state = self.state.load(Relaxed),
                Err(now) => state = now,
            }
        }
        count == 0
    }
    // ANCHOR_END: take

    /// `true` means taken, `false` that `deadline` passed first.
    #[cold]
    fn acquire_by(&self, count: u32, deadline: Deadline) -> bool {
        let deadline = deadline.resolved();
        assert!(count <= self.most, "more permits than the semaphore will ever have");
        let mut spin = Spin::for_lock();
        while spin.spin() {
            if self.take(count) {
                return true;
            }
        }
        // ANCHOR: turn
        let turn = self.turns.try_lock_by(deadline);
        turn.is_some_and(|_turn| self.wait_as_first_by(count, deadline))
        // ANCHOR_END: turn
    }

    // ANCHOR: wait
    fn wait_as_first_by(&self, count: u32, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        let mut wants = u64::from(count.min(MOST_WANTED)) << 32;
        let mut overtakes_left = MOST_OVERTAKES;
        // While nothing says that a thread waits, those that run keep the permits moving.
        let mut spin = Spin::for_lock();
        while spin.spin() {
            if self.available() >= count && self.take_as_first(count, 0) {
                return true;
            }
        }
        loop {
            // Make the bell silent before saying that somebody waits, or a ring might be lost.
            self.bell.store(SILENT, Relaxed);
            if self.take_as_first(count, wants) {
                return true;
            }
            if futex::wait_until(&self.bell, SILENT, deadline).is_err() {
                // Nobody waits now: the next in the queue will say what it wants.
                return self.take_as_first(count, 0);
            }
            overtakes_left = overtakes_left.saturating_sub(1);
            if overtakes_left == 0 {
                wants |= HANDOFF;
            }
        }
    }
    // ANCHOR_END: wait

    // ANCHOR: first
    /// Takes permits if there are enough, and if not leaves `wants` standing in the state.
    fn take_as_first(&self, count: u32, wants: u64) -> bool {
        let mut state = self.state.load(Relaxed);
        loop {
            let left = permits(state).checked_sub(count);
            let next = left.map_or(wants | u64::from(permits(state)), u64::from);
            // Acquire: as in `take`. Release: the silent bell is seen by the thread that will ring
            // it. Written also if nothing changes, since what was read may be old.
            match self.state.compare_exchange_weak(state, next, AcqRel, Relaxed) {
                Ok(_) => return left.is_some(),
                Err(now) => state = now,
            }
        }
    }
    // ANCHOR_END: first

    #[cold]
    fn ring(&self) {
        self.bell.store(RUNG, Relaxed);
        futex::wake_one(&self.bell);
    }
}

fn permits(state: u64) -> u32 {
    state as u32
}

fn wanted(state: u64) -> u32 {
    (state >> 32) as u32 & MOST_WANTED
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load(Relaxed);
        f.debug_struct("Semaphore")
            .field("permits", &permits(state))
            .field("wanted", &wanted(state))
            .finish()
    }
}

/// A semaphore that never has more permits than it began with: a release too many is an error.
///
/// It can do all that a [`Semaphore`] can.
///
/// ```
/// let semaphore = primitives::BoundedSemaphore::new(1);
/// semaphore.acquire().forget();
/// assert!(semaphore.release(1).is_ok());
/// assert!(semaphore.release(1).is_err());
/// assert_eq!(semaphore.available(), 1);
/// ```
#[doc(alias = "threading.BoundedSemaphore")]
#[derive(Debug)]
pub struct BoundedSemaphore(Semaphore);

impl BoundedSemaphore {
    const_unless_modelled! {
        /// A semaphore with so many permits, and never more.
        pub fn new(permits: u32) -> Self {
            Self(Semaphore::with_most(permits, permits))
        }
    }
}

impl Deref for BoundedSemaphore {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        &self.0
    }
}

/// Permits that have been taken. Dropping it gives them back, also when a panic drops it.
///
/// # Panics
///
/// When they are more than the semaphore may have, because somebody has released permits that
/// nobody had forgotten. While another panic drops it, they are gone silently.
#[must_use = "the permit is given back as soon as it is dropped"]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: u32,
}

impl Permit<'_> {
    /// How many permits these are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Keeps them taken. Another thread may [`release`](Semaphore::release) them later.
    ///
    /// So a semaphore can also be made smaller for good, by as many as are free now:
    ///
    /// ```
    /// let semaphore = primitives::Semaphore::new(5);
    /// semaphore.try_acquire_many(2).unwrap().forget();
    /// assert_eq!(semaphore.available(), 3);
    /// ```
    #[doc(alias = "forget_permits")]
    pub fn forget(self) {
        std::mem::forget(self);
    }

    /// Takes `count` of these permits into one of its own, if there are so many.
    ///
    /// ```
    /// let semaphore = primitives::Semaphore::new(3);
    /// let mut three = semaphore.acquire_many(3);
    /// let one = three.split(1).unwrap();
    /// assert_eq!((three.count(), one.count()), (2, 1));
    /// drop(one);
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    #[must_use = "the permits that were split off are given back as soon as they are dropped"]
    pub fn split(&mut self, count: u32) -> Option<Self> {
        self.count = self.count.checked_sub(count)?;
        Some(Self { semaphore: self.semaphore, count })
    }

    /// Adds other permits to these.
    ///
    /// # Panics
    ///
    /// When they are of another semaphore, or too many to be counted. Both are given back.
    pub fn merge(&mut self, other: Self) {
        assert!(ptr::eq(self.semaphore, other.semaphore), "permits of two semaphores");
        self.count = self.count.checked_add(other.count).expect("too many permits");
        other.forget();
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        let released = self.semaphore.release(self.count);
        assert!(released.is_ok() || thread::panicking(), "permits were released twice");
    }
}

/// There would be more permits than the semaphore may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPermits;

impl fmt::Display for TooManyPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there would be more permits than the semaphore may have")
    }
}

impl Error for TooManyPermits {}
