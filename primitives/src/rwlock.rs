//! A reader-writer lock: many threads may look at a value at once, or one may change it.
//!
//! Use it where threads look often and long, and seldom change anything. For short looks a
//! [`Lock`](super::lock) is as good: readers do not wait for each other, but each of them must
//! write the lock's word twice, and that is what costs. A thread that holds the lock must not ask
//! for it again, not even to read: if a writer waits in between, the two wait for each other for
//! ever.
//!
//! # States
//!
//! One 32-bit word:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `WRITER` | a thread may change the value |
//! | 1 | `WAITING` | the first in the queue waits: no other may enter |
//! | 2 | `HANDOFF` | the mode is hand-off: a release leaves `WAITING` standing |
//! | 3–31 | readers | how many threads may look |
//!
//! A thread enters at once if nobody is in its way and nobody waits. Otherwise it goes through a
//! [`FairLock`], so that one thread at a time, reader or writer, in the order of arrival, is the
//! first in the queue. That one sets `WAITING` and sleeps on the word. From then on no reader comes
//! in, the readers that are there leave, and the last wakes the first: a stream of readers does not
//! starve a writer. Nor does a stream of writers starve a reader. When the first is in, the next
//! looks: a reader follows a reader.
//!
//! There are two modes. In *normal* mode the release that wakes the first takes `WAITING` down.
//! Until the first is awake any thread may enter, which uses the time: waking takes as long as more
//! than a hundred short sections. A first that finds itself overtaken sets `WAITING` anew. After a
//! number of overtakes it sets `HANDOFF` too, and the lock is in *hand-off* mode: no thread enters
//! before the first. The first that enters ends the mode.
//!
//! # Coming from Python
//!
//! Python's `threading` has no reader-writer lock. Coming from other libraries:
//!
//! | elsewhere | here |
//! |---|---|
//! | `std::sync::RwLock` | no poisoning; time limits; a writer does not starve |
//! | `parking_lot::RwLock` | the same four forms; no upgradable reads |
//! | Java's `ReentrantReadWriteLock` | not re-entrant; [`RwLockWriteGuard::downgrade`] is the same |
//!
//! # Example
//!
//! ```
//! use primitives::RwLock;
//! use std::thread;
//!
//! static PRICES: RwLock<[u32; 2]> = RwLock::new([3, 5]);
//!
//! let read = || PRICES.read().iter().sum::<u32>();
//! let readers: Vec<_> = (0..3).map(|_| thread::spawn(read)).collect();
//! PRICES.write()[0] = 4;
//! for reader in readers {
//!     assert!([8, 9].contains(&reader.join().unwrap()));
//! }
//! ```

use super::fair_lock::FairLock;
use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    held_as, told_as,
};
use super::platform::deadline::Deadline;
use super::platform::spin::{Backoff, MOST_OVERTAKES, Spin};
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, futex};
use std::fmt;
use std::marker::PhantomData;
use std::mem::forget;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

// ANCHOR: states
const WRITER: u32 = 1;
const WAITING: u32 = 2;
const HANDOFF: u32 = 4;
const READER: u32 = 8;
// ANCHOR_END: states

/// What the state means, for traces.
fn words(state: u32) -> String {
    let inside = match (state & WRITER, state / READER) {
        (0, 0) => "free".to_owned(),
        (0, readers) => format!("{readers} reading"),
        _ => "writing".to_owned(),
    };
    let waits = if state & WAITING == 0 { "" } else { ", the first waits" };
    let mode = if state & HANDOFF == 0 { "" } else { ", hand-off" };
    inside + waits + mode
}

/// How many threads are inside, for traces.
fn holders(state: u32) -> u32 {
    state / READER + (state & WRITER)
}

/// A value that many may look at or one may change. See the [module](self) for how it works.
pub struct RwLock<T: ?Sized> {
    raw: Raw,
    value: UnsafeCell<T>,
}

/// The lock without the value.
struct Raw {
    /// The first in the queue sleeps on it.
    state: AtomicU32,
    turns: FairLock,
}

// SAFETY: the lock sends the value from writer to writer, so `T: Send`, and shares it among
// readers, so `T: Sync`.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
// SAFETY: as for a plain field.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

impl<T> RwLock<T> {
    const_unless_modelled! {
        /// An unlocked lock around `value`.
        pub fn new(value: T) -> Self {
            let state = held_as(told_as(AtomicU32::new(0), words), holders);
            let raw = Raw { state, turns: FairLock::new() };
            Self { raw, value: UnsafeCell::new(value) }
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer is in the way, and takes the lock to look at the value.
    ///
    /// A thread that holds the lock already may wait for itself, for ever.
    ///
    /// # Panics
    ///
    /// When the lock is held by more than 500 million readers, as after as many forgotten guards.
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        if !self.raw.enter(with_reader) {
            self.raw.enter_by(with_reader, Deadline::Never);
        }
        self.read_guard()
    }

    /// Takes the lock to look at the value, if no writer is in the way now and nobody waits.
    ///
    /// # Panics
    ///
    /// As [`read`](Self::read).
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.raw.enter(with_reader).then(|| self.read_guard())
    }

    /// As [`read`](Self::read), but waits no longer than `timeout`. One too long for the clock
    /// means for ever.
    ///
    /// # Panics
    ///
    /// As [`read`](Self::read).
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_read_for(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        let entered =
            self.raw.enter(with_reader) || self.raw.enter_by(with_reader, Deadline::After(timeout));
        entered.then(|| self.read_guard())
    }

    /// As [`read`](Self::read), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`read`](Self::read).
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_read_until(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T>> {
        let entered =
            self.raw.enter(with_reader) || self.raw.enter_by(with_reader, Deadline::At(deadline));
        entered.then(|| self.read_guard())
    }

    /// Waits until nobody else holds the lock, and takes it to change the value.
    ///
    /// A thread that holds the lock already waits for itself, for ever.
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        if !self.raw.enter_free() {
            self.raw.enter_by(with_writer, Deadline::Never);
        }
        self.write_guard()
    }

    /// Takes the lock to change the value, if nobody holds it now and nobody waits.
    ///
    /// ```
    /// let lock = primitives::RwLock::new(1);
    /// let reader = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_some());
    /// assert!(lock.try_write().is_none());
    /// drop(reader);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.raw.enter_free().then(|| self.write_guard())
    }

    /// As [`write`](Self::write), but waits no longer than `timeout`. One too long for the clock
    /// means for ever.
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_write_for(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        let entered =
            self.raw.enter_free() || self.raw.enter_by(with_writer, Deadline::After(timeout));
        entered.then(|| self.write_guard())
    }

    /// As [`write`](Self::write), but gives up at `deadline`.
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_write_until(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T>> {
        let entered =
            self.raw.enter_free() || self.raw.enter_by(with_writer, Deadline::At(deadline));
        entered.then(|| self.write_guard())
    }

    /// Whether some thread holds the lock, to look or to change. By the time you look at the
    /// answer it may be stale.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.raw.state.load(Relaxed) & !(WAITING | HANDOFF) != 0
    }

    /// Whether some thread holds the lock to change the value. By the time you look at the answer
    /// it may be stale.
    #[doc(alias = "is_locked_exclusive")]
    #[inline]
    pub fn is_locked_to_write(&self) -> bool {
        self.raw.state.load(Relaxed) & WRITER != 0
    }

    /// The value, without locking: a `&mut` lock is shared with nobody.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn read_guard(&self) -> RwLockReadGuard<'_, T> {
        let value = ptr::from_ref(&self.value) as *const T;
        RwLockReadGuard { raw: &self.raw, value, looks: PhantomData }
    }

    fn write_guard(&self) -> RwLockWriteGuard<'_, T> {
        RwLockWriteGuard { lock: self, not_send: PhantomData }
    }
}

impl Raw {
    // ANCHOR: enter
    /// Enters if nobody is in the way and nobody waits.
    #[inline]
    fn enter(&self, try_add: fn(u32) -> Option<u32>) -> bool {
        let mut backoff = Backoff::new();
        let mut state = self.state.load(Relaxed);
        while state & WAITING == 0 {
            let Some(next) = try_add(state) else {
                return false;
            };
            // Acquire: what the last writer did, and for a writer also that the last reader has
            // done with looking, comes before all that follows.
            match self.state.compare_exchange_weak(state, next, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) if lost_to_a_reader(now, &mut backoff) => state = self.state.load(Relaxed),
                Err(now) => state = now,
            }
        }
        false
    }
    // ANCHOR_END: enter

    /// Enters to write if the lock is as it is most of the time.
    #[inline]
    fn enter_free(&self) -> bool {
        // Acquire: as in `enter`.
        self.state.compare_exchange(0, WRITER, Acquire, Relaxed).is_ok()
    }

    /// `true` means entered, `false` that `deadline` passed first.
    #[cold]
    fn enter_by(&self, try_add: fn(u32) -> Option<u32>, deadline: Deadline) -> bool {
        let deadline = deadline.resolved();
        let mut spin = Spin::for_lock();
        while spin.spin() {
            if self.enter(try_add) {
                return true;
            }
        }
        let turn = self.turns.try_lock_by(deadline);
        turn.is_some_and(|_turn| self.wait_as_first_by(try_add, deadline))
    }

    // ANCHOR: wait
    fn wait_as_first_by(&self, try_add: fn(u32) -> Option<u32>, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        let mut overtakes_left = MOST_OVERTAKES;
        let mut waits = WAITING;
        // While nothing says that a thread waits, those that run keep the lock moving.
        let mut spin = Spin::for_lock();
        while spin.spin() {
            if try_add(self.state.load(Relaxed)).is_some()
                && self.enter_as_first(try_add, 0).is_ok()
            {
                return true;
            }
        }
        loop {
            let state = match self.enter_as_first(try_add, waits) {
                Ok(()) => return true,
                Err(state) => state,
            };
            // Sleeps only while the word says that a thread waits, and which are in the way.
            if futex::wait_until(&self.state, state, deadline).is_err() {
                // Nobody waits now: the next in the queue will say if it does.
                return self.enter_as_first(try_add, 0).is_ok();
            }
            overtakes_left = overtakes_left.saturating_sub(1);
            if overtakes_left == 0 {
                waits |= HANDOFF;
            }
        }
    }
    // ANCHOR_END: wait

    // ANCHOR: first
    /// Enters if nobody is in the way, and if not leaves `waits` standing and returns the state.
    fn enter_as_first(&self, try_add: fn(u32) -> Option<u32>, waits: u32) -> Result<(), u32> {
        let mut state = self.state.load(Relaxed);
        loop {
            let inside = state & !(WAITING | HANDOFF);
            let (next, result) = match try_add(inside) {
                Some(next) => (next, Ok(())),
                None => (inside | waits, Err(inside | waits)),
            };
            // Acquire: as in `enter`.
            match self.state.compare_exchange_weak(state, next, Acquire, Relaxed) {
                Ok(_) => return result,
                Err(now) => state = now,
            }
        }
    }
    // ANCHOR_END: first

    // ANCHOR: leave
    #[inline]
    fn leave_read(&self) {
        // Release: the looking is over before a writer changes the value.
        let state = self.state.fetch_sub(READER, Release) - READER;
        if state & WAITING != 0 && state < READER {
            self.wake_first(state);
        }
    }

    #[inline]
    fn leave_write(&self) {
        // Release: the change is seen by the thread that enters next.
        let state = self.state.fetch_sub(WRITER, Release) - WRITER;
        if state & WAITING != 0 {
            self.wake_first(state);
        }
    }

    #[cold]
    fn wake_first(&self, state: u32) {
        if state & HANDOFF == 0 {
            // If this fails, another thread has changed the word, and has seen that the way is
            // free.
            let _ = self.state.compare_exchange(state, state & !WAITING, Relaxed, Relaxed);
        }
        futex::wake_one(&self.state);
    }
    // ANCHOR_END: leave
}

/// Whether another reader was quicker. Then the word is left to it for a moment, or the two slow
/// each other down.
#[inline]
fn lost_to_a_reader(now: u32, backoff: &mut Backoff) -> bool {
    now & WRITER == 0 && backoff.lost()
}

/// The state with one more reader, unless a writer is in the way.
#[inline]
fn with_reader(state: u32) -> Option<u32> {
    (state & WRITER == 0).then(|| state.checked_add(READER).expect("too many readers"))
}

/// The state with a writer, unless anybody is in the way.
#[inline]
fn with_writer(state: u32) -> Option<u32> {
    (state == 0).then_some(WRITER)
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    /// Shows the value if no writer is in the way, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RwLock");
        match self.try_read() {
            Some(guard) => out.field("value", &&*guard),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to look at the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    raw: &'a Raw,
    /// Points at the lock's cell, which is an `UnsafeCell<T>`. Not a reference to it, which would
    /// make the guard invariant in `T`. A pointer also keeps the guard on the thread that locked,
    /// as a thread's critical section does.
    value: *const T,
    looks: PhantomData<&'a T>,
}

/// The right to change the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    /// The guard stays on the thread that locked.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T` and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Goes on looking, and lets other readers in, without letting a writer in between.
    ///
    /// ```
    /// use primitives::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write();
    /// *writer = 2;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!(*reader + *lock.read(), 4);
    /// ```
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let lock = guard.lock;
        forget(guard);
        let change = READER - WRITER;
        // Release: as at the end of a write.
        let state = lock.raw.state.fetch_add(change, Release) + change;
        if state & WAITING != 0 {
            lock.raw.wake_first(state);
        }
        lock.read_guard()
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: it is the cell of the lock, which is borrowed through `raw`.
        let cell = unsafe { &*(self.value as *const UnsafeCell<T>) };
        // SAFETY: the guard exists, so no writer is inside; the reference borrows the guard, so it
        // ends before the lock is released.
        cell.with(|value| unsafe { &*value })
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so nobody else is inside; the reference borrows the guard.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that no other reference from this guard
        // lives.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.raw.leave_read();
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.leave_write();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_reader_too_many_panics_and_changes_nothing() {
        const FULL: u32 = !(READER - 1);
        let lock = RwLock::new(());
        lock.raw.state.store(FULL, Relaxed);
        let reads: [fn(&RwLock<()>); 4] = [
            |lock| forget(lock.read()),
            |lock| forget(lock.try_read()),
            |lock| forget(lock.try_read_for(Duration::ZERO)),
            |lock| forget(lock.try_read_until(Instant::now())),
        ];
        for read in reads {
            assert!(catch_unwind(AssertUnwindSafe(|| read(&lock))).is_err());
            assert_eq!(lock.raw.state.load(Relaxed), FULL);
        }
        assert!(lock.try_write().is_none());
        assert_eq!(lock.raw.state.load(Relaxed), FULL);
    }
}
