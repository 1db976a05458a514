//! A lock with a rank: a thread that waits for it must hold none of the same rank or a higher one.
//!
//! Use it where locks are to be taken in one order. A request in another order is an error at once,
//! whether or not another thread is about: one test that comes by the place is enough to find it.
//! Where no order is known beforehand, use a [`WatchedLock`](super::deadlock).
//!
//! # How it works
//!
//! Each thread has a list of what it holds, and before it waits it compares.
//!
//! ```text
//!   rank      1          2          3
//!          lock A ──▶ lock B ──▶ lock C        each thread goes to the right
//!              ◀───────── refused
//! ```
//!
//! Whoever waits for a lock holds only lower ones. So in a cycle of threads, each waiting for a
//! lock that the next one holds, the ranks would rise all the way round, to one that is higher than
//! itself. There is no cycle.
//!
//! Guards may be dropped in any order. A forgotten guard counts for ever, as its lock is held for
//! ever. While a thread ends and drops its `thread_local!` values, its list may be gone. Locks that
//! it takes then are not compared.
//!
//! # Which forms are refused
//!
//! Those that can wait, since only a thread that waits can be in a cycle. A time limit makes no
//! difference: until it is over the cycle stands. [`RankedLock::try_lock`] does not wait and takes
//! a lock of any rank, which counts from then on for those that are waited for.
//!
//! # Coming from Python
//!
//! | `threading` | here |
//! |---|---|
//! | the order of locks is a convention | the order of ranks, compared with each request |
//! | `with a, b:` | `let a = a.lock()?; let b = b.lock()?;` |
//! | `acquire()`, `acquire(blocking=False)`, `acquire(timeout=s)` | [`RankedLock::lock`], [`RankedLock::try_lock`], [`RankedLock::try_lock_for`], [`RankedLock::try_lock_until`] |
//! | `RLock`: a thread may lock again what it holds | refused: the rank is its own |
//!
//! # Neighbours
//!
//! The crate `tracing-mutex` and the Linux kernel's lockdep are given no ranks. They note in which
//! order locks are taken, and object to the first request that contradicts what they have seen.
//! Where ranks are types, as in the crate `lock_tree`, the compiler objects.
//!
//! # Example
//!
//! ```
//! use primitives::RankedLock;
//!
//! static CUSTOMERS: RankedLock<Vec<&str>> = RankedLock::new(1, "customers", Vec::new());
//! static ORDERS: RankedLock<Vec<u32>> = RankedLock::new(2, "orders", Vec::new());
//!
//! let mut orders = ORDERS.lock()?;
//! orders.push(7);
//! let error = CUSTOMERS.lock().unwrap_err();
//! assert_eq!(error.to_string(), "asks for customers (rank 1) and holds orders (rank 2)");
//! drop(orders);
//! CUSTOMERS.lock()?.push("Ann");
//! # Ok::<(), primitives::OutOfOrder>(())
//! ```

use super::lock::{Lock, LockGuard};
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, thread_local};
use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr;

thread_local! {
    /// What the thread holds.
    static HELD: RefCell<Vec<Rank>> = const { RefCell::new(Vec::new()) };
}

/// A lock's place in the order, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rank {
    /// The place: higher ones come later.
    pub number: u32,
    /// The name.
    pub name: &'static str,
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (rank {})", self.name, self.number)
    }
}

/// A lock was asked for that does not rank above all that the thread holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutOfOrder {
    /// The lock that was asked for.
    pub asked: Rank,
    /// The highest lock that the thread holds.
    pub held: Rank,
}

impl fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asks for {} and holds {}", self.asked, self.held)
    }
}

impl Error for OutOfOrder {}

/// A value that one thread at a time may use, with a rank. See the [module](self).
#[doc(alias = "Mutex")]
#[doc(alias = "hierarchical_mutex")]
#[doc(alias = "OrderedLock")]
pub struct RankedLock<T: ?Sized> {
    rank: Rank,
    lock: Lock<T>,
}

impl<T> RankedLock<T> {
    const_unless_modelled! {
        /// An unlocked lock around `value`. Two locks that a thread is to hold at once need
        /// different ranks.
        pub fn new(rank: u32, name: &'static str, value: T) -> Self {
            Self { rank: Rank { number: rank, name }, lock: Lock::new(value) }
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
    }
}

impl<T: ?Sized> RankedLock<T> {
    /// Waits until the lock is free and takes it. Dropping the guard releases it.
    ///
    /// # Errors
    ///
    /// When this thread holds a lock of the same rank or a higher one, also if this lock is free.
    /// Nothing has changed.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> Result<RankedLockGuard<'_, T>, OutOfOrder> {
        self.rises()?;
        Ok(self.guard(self.lock.lock()))
    }

    /// Takes the lock if it is free now, whatever its rank: a thread that does not wait closes no
    /// cycle.
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<RankedLockGuard<'_, T>> {
        self.lock.try_lock().map(|value| self.guard(value))
    }

    /// Takes the lock, but waits no longer than `timeout`; `None` if it was not to be had until
    /// then. One too long for the clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    #[doc(alias = "acquire")]
    #[inline]
    pub fn try_lock_for(
        &self,
        timeout: Duration,
    ) -> Result<Option<RankedLockGuard<'_, T>>, OutOfOrder> {
        self.rises()?;
        Ok(self.lock.try_lock_for(timeout).map(|value| self.guard(value)))
    }

    /// As [`try_lock_for`](Self::try_lock_for), but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    #[inline]
    pub fn try_lock_until(
        &self,
        deadline: Instant,
    ) -> Result<Option<RankedLockGuard<'_, T>>, OutOfOrder> {
        self.rises()?;
        Ok(self.lock.try_lock_until(deadline).map(|value| self.guard(value)))
    }

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[doc(alias = "locked")]
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// The value, without locking: a `&mut` lock is shared with nobody.
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }

    // ANCHOR: rises
    /// Compares with what this thread holds.
    fn rises(&self) -> Result<(), OutOfOrder> {
        let highest = |held: &RefCell<Vec<Rank>>| {
            held.borrow().iter().copied().max_by_key(|rank| rank.number)
        };
        match HELD.try_with(highest) {
            Ok(Some(held)) if held.number >= self.rank.number => {
                Err(OutOfOrder { asked: self.rank, held })
            }
            _ => Ok(()),
        }
    }

    // ANCHOR_END: rises

    /// Notes that this thread holds the lock.
    fn guard<'a>(&self, value: LockGuard<'a, T>) -> RankedLockGuard<'a, T> {
        // Without a list, in a thread that ends, there is nothing to note it in.
        let _ = HELD.try_with(|held| held.borrow_mut().push(self.rank));
        RankedLockGuard { value, rank: self.rank }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RankedLock<T> {
    /// Shows the value if the lock is free, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RankedLock");
        out.field("rank", &self.rank.number).field("name", &self.rank.name);
        match self.lock.try_lock() {
            Some(value) => out.field("value", &&*value),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to use the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RankedLockGuard<'a, T: ?Sized> {
    value: LockGuard<'a, T>,
    rank: Rank,
}

impl<T: ?Sized> Deref for RankedLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for RankedLockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized> Drop for RankedLockGuard<'_, T> {
    fn drop(&mut self) {
        let _ = HELD.try_with(|held| {
            let mut held = held.borrow_mut();
            // Mostly the last. Which of two with one rank and one name makes no difference.
            let same =
                |rank: &Rank| rank.number == self.rank.number && ptr::eq(rank.name, self.rank.name);
            if let Some(place) = held.iter().rposition(same) {
                held.swap_remove(place);
            }
        });
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RankedLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RankedLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
