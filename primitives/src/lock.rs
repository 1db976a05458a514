//! A lock: one thread at a time may look at a value or change it.
//!
//! Use it whenever two threads share something that is not a single atomic. A thread that finds the
//! lock taken looks again a few times, then sleeps until the holder wakes it. It is not re-entrant:
//! a thread that locks twice waits for itself, for ever.
//!
//! # States
//!
//! One 32-bit word, on which waiters sleep:
//!
//! ```text
//!                  lock                      another thread finds it locked
//!   0 unlocked ───────────▶ 1 locked ────────────────────────────────────────▶ 2 contended
//!       ▲                       │                                                   │
//!       ├───────────────────────┘ unlock: nobody to wake                            │
//!       └───────────────────────────────────────────────────────────────────────────┘
//!                                   unlock: wake one sleeper, which locks as 2
//! ```
//!
//! State 2 says "somebody may be asleep". The unlocker pays for a wake only then. A thread that
//! slept takes the lock as 2, not 1, because it cannot know whether others still sleep: at worst
//! that costs one wake that nobody needed.
//!
//! The algorithm is the third mutex of Ulrich Drepper, *Futexes Are Tricky* (2011).
//!
//! # Coming from Python
//!
//! | `threading.Lock` | here |
//! |---|---|
//! | `with lock:` | `let guard = lock.lock();` released when `guard` goes out of scope |
//! | `acquire()` | [`Lock::lock`] |
//! | `acquire(blocking=False)` | [`Lock::try_lock`] |
//! | `acquire(timeout=s)` | [`Lock::try_lock_for`], [`Lock::try_lock_until`] |
//! | `release()` | drop the guard; only the holder can |
//! | `release()` by another thread: works | [`RawLock::unlock`], which is `unsafe`: the caller answers for the holder being done; or a [`Semaphore`](super::semaphore) with one permit |
//! | `locked()` | [`Lock::is_locked`] |
//!
//! A panic while the lock is held releases it and leaves the value as it was at that moment. There
//! is no poisoning: if half a change is worse than none, make the change on a copy and store that.
//!
//! # Example
//!
//! ```
//! use primitives::Lock;
//! use std::thread;
//!
//! static BALANCE: Lock<i64> = Lock::new(1000);
//!
//! fn draw(amount: i64) -> bool {
//!     let mut balance = BALANCE.lock();
//!     let enough = *balance >= amount;
//!     if enough {
//!         *balance -= amount;
//!     }
//!     enough
//! }
//!
//! let drawers: Vec<_> = (0..2).map(|_| thread::spawn(|| draw(800))).collect();
//! let paid = drawers.into_iter().map(|d| d.join().unwrap()).filter(|&paid| paid).count();
//! assert_eq!((paid, *BALANCE.lock()), (1, 200));
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    held_as, locked_in_one_step,
};
use super::platform::deadline::Deadline;
use super::platform::spin::Spin;
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, futex};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

// ANCHOR: states
const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and somebody may be asleep.
const CONTENDED: u32 = 2;
// ANCHOR_END: states

/// How many threads hold the lock, for traces.
fn holders(state: u32) -> u32 {
    u32::from(state != UNLOCKED)
}

/// A lock without data and without a guard, for building other things from.
///
/// ```
/// use primitives::RawLock;
///
/// let lock = RawLock::new();
/// lock.lock();
/// assert!(!lock.try_lock());
/// // SAFETY: this thread locked it above.
/// unsafe { lock.unlock() };
/// assert!(lock.try_lock());
/// ```
pub struct RawLock {
    state: AtomicU32,
}

impl RawLock {
    const_unless_modelled! {
        /// An unlocked lock.
        pub fn new() -> Self {
            Self { state: held_as(AtomicU32::new(UNLOCKED), holders) }
        }
    }

    // ANCHOR: lock
    /// Locks, however long it takes.
    #[inline]
    pub fn lock(&self) {
        if !self.lock_in_one_step() && !self.try_lock() {
            self.lock_by(Deadline::Never);
        }
    }

    /// Only in the model, where a search asks for it: waits until the lock is free and takes it, in
    /// one step. `true` means locked.
    #[inline]
    fn lock_in_one_step(&self) -> bool {
        locked_in_one_step(&self.state, UNLOCKED, LOCKED)
    }

    /// Locks if nobody holds the lock now. `true` means locked.
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock(&self) -> bool {
        // Acquire: what the last holder did before its release is seen by all that follows.
        self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok()
    }
    // ANCHOR_END: lock

    /// Locks, but waits no longer than `timeout`. `true` means locked.
    ///
    /// A `timeout` of zero still sees a lock that is free. One too long for the clock means for
    /// ever.
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock_for(&self, timeout: Duration) -> bool {
        self.try_lock() || self.lock_by(Deadline::After(timeout))
    }

    /// Locks, but gives up at `deadline`. `true` means locked.
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock_until(&self, deadline: Instant) -> bool {
        self.try_lock() || self.lock_by(Deadline::At(deadline))
    }

    // ANCHOR: unlock
    /// Unlocks, and wakes one thread that waits.
    ///
    /// # Safety
    ///
    /// The lock is held, and its holder does nothing more under it. That may be another thread:
    /// then it must be done before this call.
    #[doc(alias = "force_unlock")]
    #[inline]
    pub unsafe fn unlock(&self) {
        // Release: what was done under the lock is seen by the next holder. The swap reads as well
        // as writes, so a waiter that marks the lock contended is either seen here or finds 0.
        if self.state.swap(UNLOCKED, Release) == CONTENDED {
            self.wake();
        }
    }
    // ANCHOR_END: unlock

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.state.load(Relaxed) != UNLOCKED
    }

    // ANCHOR: slow
    /// `true` means locked, `false` that `deadline` passed first.
    #[cold]
    fn lock_by(&self, deadline: Deadline) -> bool {
        let deadline = deadline.instant();
        let mut spin = Spin::for_lock();
        while spin.spin() {
            match self.state.load(Relaxed) {
                UNLOCKED if self.try_lock() => return true,
                // Others gave up looking and sleep: join them rather than overtake them.
                CONTENDED => break,
                _ => {}
            }
        }
        loop {
            // Mark the lock contended before sleeping: an unlock that comes after the mark wakes
            // us, and one that came before is seen by this swap, which then takes the lock.
            if self.state.swap(CONTENDED, Acquire) == UNLOCKED {
                return true;
            }
            // Sleeps only if the mark still stands; if the lock was released since, returns at
            // once.
            if futex::wait_until(&self.state, CONTENDED, deadline).is_err() {
                return false;
            }
        }
    }
    // ANCHOR_END: slow

    #[cold]
    fn wake(&self) {
        futex::wake_one(&self.state);
    }
}

impl Default for RawLock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RawLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawLock").field("locked", &self.is_locked()).finish()
    }
}

/// A value that one thread at a time may use. See the [module](self) for how it works.
#[doc(alias = "Mutex")]
#[doc(alias = "threading.Lock")]
pub struct Lock<T: ?Sized> {
    raw: RawLock,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time, so sharing the lock between threads
// only ever sends the value from one to the next: `T: Send` is enough.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
// SAFETY: as for a plain field.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}
// As for a mutex of std, though nothing is poisoned: the module says what a panic leaves.
impl<T: ?Sized> UnwindSafe for Lock<T> {}
impl<T: ?Sized> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    const_unless_modelled! {
        /// An unlocked lock around `value`.
        pub fn new(value: T) -> Self {
            Self { raw: RawLock::new(), value: UnsafeCell::new(value) }
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits until the lock is free and takes it. Dropping the guard releases it.
    ///
    /// A thread that holds the lock already waits for itself, for ever.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, T> {
        self.raw.lock();
        LockGuard { lock: self, not_send: PhantomData }
    }

    /// As [`lock`](Self::lock), in one step, where a search in the model asks for that.
    #[inline]
    pub(super) fn lock_in_one_step(&self) -> Option<LockGuard<'_, T>> {
        self.raw.lock_in_one_step().then(|| LockGuard { lock: self, not_send: PhantomData })
    }

    /// Takes the lock if it is free now.
    ///
    /// ```
    /// let lock = primitives::Lock::new(1);
    /// let guard = lock.try_lock().unwrap();
    /// assert!(lock.try_lock().is_none());
    /// drop(guard);
    /// assert!(lock.try_lock().is_some());
    /// ```
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.raw.try_lock().then(|| LockGuard { lock: self, not_send: PhantomData })
    }

    /// Takes the lock, but waits no longer than `timeout`.
    ///
    /// A `timeout` of zero still takes a lock that is free. One too long for the clock means for
    /// ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = primitives::Lock::new(1);
    /// let guard = lock.lock();
    /// assert!(lock.try_lock_for(Duration::from_millis(1)).is_none());
    /// drop(guard);
    /// assert!(lock.try_lock_for(Duration::ZERO).is_some());
    /// ```
    #[doc(alias = "acquire")]
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<LockGuard<'_, T>> {
        self.raw.try_lock_for(timeout).then(|| LockGuard { lock: self, not_send: PhantomData })
    }

    /// Takes the lock, but gives up at `deadline`. A deadline in the past still takes a lock that
    /// is free.
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<LockGuard<'_, T>> {
        self.raw.try_lock_until(deadline).then(|| LockGuard { lock: self, not_send: PhantomData })
    }

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[doc(alias = "locked")]
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The value, without locking: a `&mut` lock is shared with nobody.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// Shows the value if the lock is free, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Lock");
        match self.try_lock() {
            Some(guard) => out.field("value", &&*guard),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to use the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized> {
    lock: &'a Lock<T>,
    /// The guard stays on the thread that locked, as a thread's critical section does.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T`, for which `T: Sync`, and by `LockGuard::lock` the lock,
// which may be shared if `T: Send`.
unsafe impl<T: ?Sized + Send + Sync> Sync for LockGuard<'_, T> {}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// The lock that this guard holds.
    ///
    /// Like all that a guard can do, it is called as `LockGuard::lock(&guard)`, so that it does not
    /// hide a method of the value.
    ///
    /// A guard gives the lock to other threads only if the lock may be shared with them:
    ///
    /// ```compile_fail,E0277
    /// use primitives::Lock;
    /// use std::sync::{Mutex, MutexGuard};
    ///
    /// fn shares(_: impl Sync) {}
    /// // A guard of std may be looked at by other threads, but must not be sent to them.
    /// let lock: Lock<Option<MutexGuard<'_, i32>>> = Lock::new(None);
    /// shares(lock.lock());
    /// ```
    pub fn lock(guard: &Self) -> &'a Lock<T> {
        guard.lock
    }

    /// Releases the lock, calls `f`, and takes the lock again, also when `f` panics.
    ///
    /// ```
    /// use primitives::{Lock, LockGuard};
    ///
    /// let lock = Lock::new(1);
    /// let mut guard = lock.lock();
    /// LockGuard::unlocked(&mut guard, || *lock.lock() += 1);
    /// assert_eq!(*guard, 2);
    /// ```
    pub fn unlocked<R>(guard: &mut Self, f: impl FnOnce() -> R) -> R {
        struct Relock<'a>(&'a RawLock);
        impl Drop for Relock<'_> {
            fn drop(&mut self) {
                self.0.lock();
            }
        }
        // SAFETY: the guard holds the lock, and gives out no reference before `f` has ended and the
        // lock is taken again, since it is borrowed until then.
        unsafe { guard.lock.raw.unlock() };
        let _relock = Relock(&guard.lock.raw);
        f()
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock and nobody else has the value;
        // the reference borrows the guard, so it ends before the lock is released.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that no other reference from this guard
        // lives.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard was made by locking, and is dropped once.
        unsafe { self.lock.raw.unlock() };
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
