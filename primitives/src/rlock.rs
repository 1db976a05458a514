//! A re-entrant lock: the thread that holds it may lock it again.
//!
//! Use it where a method that locks calls another that locks the same thing. Each lock needs its
//! own release; the last one lets other threads in. Because the holder may have several guards at
//! once, a guard gives out `&T` and never `&mut T`: to change the value, put it in a [`Cell`] or a
//! [`RefCell`].
//!
//! [`Cell`]: std::cell::Cell
//! [`RefCell`]: std::cell::RefCell
//!
//! # States
//!
//! A [`RawLock`], and beside it which thread holds it and how often:
//!
//! | lock | owner | depth | |
//! |---|---|---|---|
//! | unlocked | 0 | 0 | free |
//! | locked | 0 | any | a thread has just locked, or is about to unlock |
//! | locked | thread's number | *n* | held *n* times by that thread |
//!
//! Only the holder writes owner and depth. Others may read the owner, and need not read the newest:
//! whatever they find, it is not their own number, since they have not written it. Where
//! thread-locals are not native, destructors of thread-locals must not use the lock: see
//! [`thread::id`].
//!
//! # Coming from Python
//!
//! | `threading.RLock` | here |
//! |---|---|
//! | `with lock:` | `let guard = lock.lock();` released when `guard` goes out of scope |
//! | `acquire()`, `acquire(blocking=False)`, `acquire(timeout=s)` | [`RLock::lock`], [`RLock::try_lock`], [`RLock::try_lock_for`], [`RLock::try_lock_until`] |
//! | `release()` | drop the guard |
//! | `release()` by another thread: `RuntimeError` | does not compile; [`RawRLock::unlock`] panics |
//! | `locked()` | [`RLock::is_locked`] |
//! | no limit to the depth | a panic at 4,294,967,295, and the lock is as it was |
//!
//! # Example
//!
//! ```
//! use primitives::RLock;
//! use std::cell::Cell;
//!
//! struct Account {
//!     balance: RLock<Cell<i64>>,
//! }
//!
//! impl Account {
//!     fn balance(&self) -> i64 {
//!         self.balance.lock().get()
//!     }
//!
//!     fn draw(&self, amount: i64) -> bool {
//!         let balance = self.balance.lock();
//!         // Locks again, on the same thread: with a plain lock it would wait for itself.
//!         let enough = self.balance() >= amount;
//!         if enough {
//!             balance.set(balance.get() - amount);
//!         }
//!         enough
//!     }
//! }
//!
//! let account = Account { balance: RLock::new(Cell::new(1000)) };
//! assert!(account.draw(800));
//! assert!(!account.draw(800));
//! ```

use super::lock::RawLock;
use super::platform::atomic::{AtomicU64, Ordering::Relaxed};
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, thread};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::RefUnwindSafe;

/// No thread has this number.
const NOBODY: u64 = 0;

const TOO_OFTEN: &str = "a re-entrant lock held too often by one thread";

/// A re-entrant lock without data and without a guard, for building other things from.
///
/// ```
/// use primitives::RawRLock;
///
/// let lock = RawRLock::new();
/// lock.lock();
/// lock.lock();
/// assert_eq!(lock.depth(), 2);
/// lock.unlock();
/// lock.unlock();
/// assert!(!lock.is_locked());
/// ```
// ANCHOR: raw
pub struct RawRLock {
    lock: RawLock,
    owner: AtomicU64,
    /// How often the owner holds the lock. Only the owner has access.
    depth: UnsafeCell<u32>,
}
// ANCHOR_END: raw

// SAFETY: `depth` is used only by the thread that holds `lock`.
unsafe impl Sync for RawRLock {}
// No panic leaves the depth wrong.
impl RefUnwindSafe for RawRLock {}

impl RawRLock {
    const_unless_modelled! {
        /// An unlocked lock.
        pub fn new() -> Self {
            Self {
                lock: RawLock::new(),
                owner: AtomicU64::new(NOBODY),
                depth: UnsafeCell::new(0),
            }
        }
    }

    /// Locks, however long it takes; at once if this thread holds the lock already.
    ///
    /// # Panics
    ///
    /// When this thread holds the lock [`u32::MAX`] times already.
    // ANCHOR: lock
    #[inline]
    pub fn lock(&self) {
        if !self.lock_again() {
            self.lock.lock();
            self.take();
        }
    }
    // ANCHOR_END: lock

    /// Locks if no other thread holds the lock now. `true` means locked.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock(&self) -> bool {
        self.lock_again() || self.lock.try_lock() && self.take()
    }

    /// Locks, but waits no longer than `timeout`. `true` means locked.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock_for(&self, timeout: Duration) -> bool {
        self.lock_again() || self.lock.try_lock_for(timeout) && self.take()
    }

    /// Locks, but gives up at `deadline`. `true` means locked.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    #[must_use = "without the lock the data must not be touched"]
    pub fn try_lock_until(&self, deadline: Instant) -> bool {
        self.lock_again() || self.lock.try_lock_until(deadline) && self.take()
    }

    /// Takes back one lock. The last one lets other threads in.
    ///
    /// # Panics
    ///
    /// When this thread does not hold the lock.
    // ANCHOR: unlock
    #[inline]
    pub fn unlock(&self) {
        self.assert_mine();
        // SAFETY: this thread is the owner.
        let depth = self.depth.with_mut(|depth| unsafe {
            *depth -= 1;
            *depth
        });
        if depth == 0 {
            self.give();
        }
    }
    // ANCHOR_END: unlock

    /// Takes back all locks of this thread at once, lets other threads in, and returns how many
    /// locks there were.
    ///
    /// # Panics
    ///
    /// When this thread does not hold the lock.
    #[must_use = "to get them back, pass the number to `lock_many`"]
    pub fn unlock_all(&self) -> u32 {
        self.assert_mine();
        // SAFETY: this thread is the owner.
        let depth = self.depth.with(|depth| unsafe { *depth });
        self.give();
        depth
    }

    /// Locks `count` times at once, however long it takes.
    ///
    /// # Panics
    ///
    /// When this thread would then hold the lock more than [`u32::MAX`] times. The lock stays as it
    /// was.
    pub fn lock_many(&self, count: u32) {
        let Some(more) = count.checked_sub(1) else {
            return;
        };
        self.lock();
        // SAFETY: this thread is the owner.
        let fits = self.depth.with_mut(|depth| unsafe {
            let sum = (*depth).checked_add(more);
            *depth = sum.unwrap_or(*depth - 1);
            sum.is_some()
        });
        fits.then_some(()).expect(TOO_OFTEN);
    }

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    // ANCHOR: mine
    /// Whether this thread holds the lock.
    #[inline]
    pub fn is_mine(&self) -> bool {
        // Relaxed: a thread finds its own number only if it wrote it itself, and has not written
        // another since.
        self.owner.load(Relaxed) == thread::id()
    }
    // ANCHOR_END: mine

    /// How often this thread holds the lock.
    #[inline]
    pub fn depth(&self) -> u32 {
        if !self.is_mine() {
            return 0;
        }
        // SAFETY: this thread is the owner.
        self.depth.with(|depth| unsafe { *depth })
    }

    #[inline]
    fn assert_mine(&self) {
        assert!(
            self.is_mine(),
            "a re-entrant lock can only be unlocked by the thread that holds it"
        );
    }

    // ANCHOR: take
    /// One deeper, if this thread holds the lock.
    #[inline]
    fn lock_again(&self) -> bool {
        if !self.is_mine() {
            return false;
        }
        // SAFETY: this thread is the owner.
        self.depth.with_mut(|depth| unsafe {
            *depth = (*depth).checked_add(1).expect(TOO_OFTEN);
        });
        true
    }

    /// Notes which thread has locked. The lock has just been taken.
    #[inline]
    fn take(&self) -> bool {
        self.owner.store(thread::id(), Relaxed);
        // SAFETY: the lock is held, and nobody but its holder has access.
        self.depth.with_mut(|depth| unsafe { *depth = 1 });
        true
    }

    /// Lets other threads in.
    #[inline]
    fn give(&self) {
        self.owner.store(NOBODY, Relaxed);
        // SAFETY: this thread locked it in `take`.
        unsafe { self.lock.unlock() };
    }
    // ANCHOR_END: take
}

impl Default for RawRLock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RawRLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRLock")
            .field("locked", &self.is_locked())
            .field("depth", &self.depth())
            .finish()
    }
}

/// A value that one thread at a time may look at, as often as it likes. See the [module](self).
#[doc(alias = "ReentrantMutex")]
#[doc(alias = "ReentrantLock")]
#[doc(alias = "threading.RLock")]
// ANCHOR: rlock
pub struct RLock<T: ?Sized> {
    raw: RawRLock,
    value: UnsafeCell<T>,
}
// ANCHOR_END: rlock

// SAFETY: the lock shows the value to one thread at a time, so sharing the lock between threads
// only ever sends the value from one to the next: `T: Send` is enough.
unsafe impl<T: ?Sized + Send> Sync for RLock<T> {}
// SAFETY: as for a plain field.
unsafe impl<T: ?Sized + Send> Send for RLock<T> {}
// It shows the value and does not change it, as a `ReentrantLock` of std.
impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for RLock<T> {}

impl<T> RLock<T> {
    const_unless_modelled! {
        /// An unlocked lock around `value`.
        pub fn new(value: T) -> Self {
            Self { raw: RawRLock::new(), value: UnsafeCell::new(value) }
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RLock<T> {
    /// Waits until no other thread holds the lock, and takes it once more.
    ///
    /// # Panics
    ///
    /// When this thread holds the lock [`u32::MAX`] times already. The lock stays as it was.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> RLockGuard<'_, T> {
        self.raw.lock();
        RLockGuard { lock: self, not_send: PhantomData }
    }

    /// Takes the lock if no other thread holds it now.
    ///
    /// ```
    /// let lock = primitives::RLock::new(1);
    /// let first = lock.try_lock().unwrap();
    /// let second = lock.try_lock().unwrap();
    /// assert_eq!(*first + *second, 2);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<RLockGuard<'_, T>> {
        self.raw.try_lock().then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    /// Takes the lock, but waits no longer than `timeout`. One too long for the clock means for
    /// ever.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[doc(alias = "acquire")]
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<RLockGuard<'_, T>> {
        self.raw.try_lock_for(timeout).then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    /// Takes the lock, but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<RLockGuard<'_, T>> {
        self.raw.try_lock_until(deadline).then(|| RLockGuard { lock: self, not_send: PhantomData })
    }

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[doc(alias = "locked")]
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// How often this thread holds the lock; 0 if it does not.
    #[doc(alias = "is_owned_by_current_thread")]
    #[inline]
    pub fn depth(&self) -> u32 {
        self.raw.depth()
    }

    /// The value, without locking: a `&mut` lock is shared with nobody.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for RLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLock<T> {
    /// Shows the value unless another thread holds the lock, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RLock");
        match self.try_lock() {
            Some(guard) => out.field("value", &&*guard),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to look at the value. Dropping it takes back one lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RLockGuard<'a, T: ?Sized> {
    lock: &'a RLock<T>,
    /// The lock belongs to the thread, so the guard must not leave it.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T` and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for RLockGuard<'_, T> {}

impl<'a, T: ?Sized> RLockGuard<'a, T> {
    /// The lock that this guard holds.
    ///
    /// Like all that a guard can do, it is called as `RLockGuard::lock(&guard)`, so that it does
    /// not hide a method of the value.
    pub fn lock(guard: &Self) -> &'a RLock<T> {
        guard.lock
    }

    /// Releases the lock as often as this thread holds it, calls `f`, and takes the lock again as
    /// often, also when `f` panics.
    ///
    /// The thread's other guards are still there, and so may be references to the value. That is
    /// why the value must be [`Sync`]: other threads use it meanwhile. `f` must leave those guards
    /// alone: to drop one panics, since this thread does not hold the lock then, and the lock is
    /// never released.
    pub fn unlocked<R>(guard: &mut Self, f: impl FnOnce() -> R) -> R
    where
        T: Sync,
    {
        struct Relock<'a>(&'a RawRLock, u32);
        impl Drop for Relock<'_> {
            fn drop(&mut self) {
                self.0.lock_many(self.1);
            }
        }
        let raw = &guard.lock.raw;
        let _relock = Relock(raw, raw.unlock_all());
        f()
    }
}

// ANCHOR: deref
impl<T: ?Sized> Deref for RLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock; all its guards give out shared
        // references, which borrow them and so end before the lock is released.
        self.lock.value.with(|value| unsafe { &*value })
    }
}
// ANCHOR_END: deref

impl<T: ?Sized> Drop for RLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.unlock();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_lock_too_many_panics_and_changes_nothing() {
        let lock = RLock::new(());
        let guard = lock.lock();
        // SAFETY: this thread is the owner.
        lock.raw.depth.with_mut(|depth| unsafe { *depth = u32::MAX });
        let once_more: [fn(&RLock<()>); 3] =
            [|lock| drop(lock.lock()), |lock| drop(lock.try_lock()), |lock| lock.raw.lock_many(1)];
        for lock_once_more in once_more {
            assert!(catch_unwind(AssertUnwindSafe(|| lock_once_more(&lock))).is_err());
            assert_eq!(lock.depth(), u32::MAX);
        }
        // SAFETY: as above.
        lock.raw.depth.with_mut(|depth| unsafe { *depth = u32::MAX - 1 });
        assert!(catch_unwind(AssertUnwindSafe(|| lock.raw.lock_many(2))).is_err());
        assert_eq!(lock.depth(), u32::MAX - 1);
        // SAFETY: as above.
        lock.raw.depth.with_mut(|depth| unsafe { *depth = 1 });
        drop(guard);
        assert!(!lock.is_locked());
    }
}
