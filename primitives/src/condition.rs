//! A condition: threads that hold a lock let go of it and sleep until another says that something
//! has changed.
//!
//! Use it when a thread must wait for what a lock guards to become right: "there is enough money",
//! "the list is not empty". The thread looks under the lock, waits, and looks again. For a signal
//! that stays, an event is simpler.
//!
//! # How it works
//!
//! The waiters stand in a queue, each with a [`Parker`] of its own to sleep on:
//!
//! ```text
//!  queue ─▶ first ── second ── third
//!             │
//!             ▼ notify_one
//!         takes the first out of the queue and notifies it
//! ```
//!
//! A waiter joins the queue before it lets go of the lock, so whoever changes something under the
//! lock afterwards finds it there: no notify is missed. A notify takes those that have waited
//! longest, and a thread that comes later can not take one of their places. And a wait returns only
//! when it was notified or its time is up, never for no reason: whoever is not in the queue has
//! been notified.
//!
//! Python's `threading.Condition` does it like this too, with a lock for each waiter.
//!
//! # Coming from Python
//!
//! | `threading.Condition` | here |
//! |---|---|
//! | `Condition(lock)`, `with condition:` | the lock is apart: `let mut guard = lock.lock();`, and one lock may have several conditions |
//! | `Condition()` makes an `RLock` | works with the guards of [`Lock`] and [`RLock`](super::rlock::RLock) |
//! | `wait()` | [`Condition::wait`] |
//! | `wait(timeout=s)` returns whether it was notified | [`Condition::wait_for`], [`Condition::wait_until`] |
//! | `wait_for(predicate)` | [`Condition::wait_while`], which takes the opposite: wait *while* this is so |
//! | `wait_for(predicate, timeout=s)` returns the predicate's last value | [`Condition::wait_while_for`], [`Condition::wait_while_until`]: `true` means that there is nothing to wait for any more |
//! | `notify(n=1)`, `notify_all()` | [`Condition::notify_one`], [`Condition::notify`], [`Condition::notify_all`]; they say how many |
//! | `wait` or `notify` without the lock: `RuntimeError` | a wait needs the guard; a notify does not, see [`Condition::notify`] |
//! | waiting gives up an `RLock` at every level | the same, for a value that is [`Sync`] |
//! | `wait` on one condition with two locks | cannot be written; here it panics |
//!
//! There is no `try_` form: a condition remembers nothing, so there is nothing to be had without
//! waiting.
//!
//! # Coming from std and parking_lot
//!
//! | there | here |
//! |---|---|
//! | `wait_timeout`, `wait_for`: whether it timed out | [`Condition::wait_for`]: `true` means notified, as in Python |
//! | `wait_while(guard, \|value: &mut T\| …)` | the condition gets `&T`: it looks and changes nothing |
//! | std: may return for no reason | returns when it was notified or its time is up |
//! | std: `wait` takes the guard and gives it back | borrows it, as in parking_lot |
//!
//! It works with the guards of a lock and a re-entrant lock alone. A raw lock has no guard that
//! could be given up: use a [`Parker`]. A fair lock guards no data that could be waited for. And a
//! ranked or watched lock, taken again at the end of a wait, could be refused then.
//!
//! # Example
//!
//! ```
//! use primitives::{Condition, Lock};
//! use std::thread;
//!
//! static BALANCE: Lock<i64> = Lock::new(0);
//! static DEPOSITED: Condition = Condition::new();
//!
//! let drawer = thread::spawn(|| {
//!     let mut balance = BALANCE.lock();
//!     DEPOSITED.wait_while(&mut balance, |balance| *balance < 800);
//!     *balance -= 800;
//! });
//! for _ in 0..10 {
//!     *BALANCE.lock() += 100;
//!     DEPOSITED.notify_one();
//! }
//! drawer.join().unwrap();
//! assert_eq!(*BALANCE.lock(), 200);
//! ```

use super::lock::{Lock, LockGuard};
use super::parker::{Parker, WaitQueue};
use super::platform::atomic::{AtomicUsize, Ordering::Relaxed};
use super::platform::const_unless_modelled;
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::rlock::RLockGuard;
use std::fmt;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

/// A place to wait for a change of what a lock guards. See the [module](self) for how it works.
#[doc(alias = "Condvar")]
#[doc(alias = "threading.Condition")]
// ANCHOR: state
pub struct Condition {
    waiting: Lock<Waiting>,
    /// How many stand in the queue. Written under the queue's lock, read without it.
    count: AtomicUsize,
}

struct Waiting {
    /// The lock that those in the queue have let go of. Means nothing while the queue is empty.
    lock: usize,
    /// In the order of arrival.
    queue: WaitQueue,
}
// ANCHOR_END: state

impl Condition {
    const_unless_modelled! {
        /// A condition that nobody waits for.
        pub fn new() -> Self {
            Self {
                waiting: Lock::new(Waiting { lock: 0, queue: WaitQueue::new() }),
                count: AtomicUsize::new(0),
            }
        }
    }

    /// Lets go of the lock, waits to be notified, and takes the lock again.
    ///
    /// What the thread waited for may be gone again when it has the lock: look, or use
    /// [`wait_while`](Self::wait_while), which does.
    ///
    /// # Panics
    ///
    /// When others wait here that hold another lock. This lock stays held.
    pub fn wait(&self, guard: &mut impl Guard) {
        self.wait_by(guard, Deadline::Never);
    }

    /// As [`wait`](Self::wait), but waits no longer than `timeout`, and then as long as it takes to
    /// get the lock. `true` means that it was notified.
    ///
    /// A `timeout` too long for the clock means for ever. With one of zero other threads can have
    /// the lock for a moment.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[doc(alias = "wait_timeout")]
    #[must_use = "`false` means that the time was up"]
    pub fn wait_for(&self, guard: &mut impl Guard, timeout: Duration) -> bool {
        self.wait_by(guard, Deadline::After(timeout))
    }

    /// As [`wait_for`](Self::wait_for), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[must_use = "`false` means that the time was up"]
    pub fn wait_until(&self, guard: &mut impl Guard, deadline: Instant) -> bool {
        self.wait_by(guard, Deadline::At(deadline))
    }

    /// Waits as long as `reason` says so, looking again after each notification. Does not wait at
    /// all if there is no reason to.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait), and when `reason` panics. The lock stays held.
    pub fn wait_while<G: Guard>(&self, guard: &mut G, mut reason: impl FnMut(&G::Target) -> bool) {
        while reason(guard) {
            self.wait(guard);
        }
    }

    /// As [`wait_while`](Self::wait_while), but waits no longer than `timeout`. `true` means that
    /// there is no reason to wait any more, `false` that there was one still when the time was up.
    ///
    /// ```
    /// use primitives::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// let (balance, deposited) = (Lock::new(1000), Condition::new());
    /// let mut balance = balance.lock();
    /// let too_little = |balance: &i32| *balance < 1200;
    /// assert!(!deposited.wait_while_for(&mut balance, too_little, Duration::from_millis(1)));
    /// *balance += 200;
    /// assert!(deposited.wait_while_for(&mut balance, too_little, Duration::ZERO));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`wait_while`](Self::wait_while).
    #[doc(alias = "wait_timeout_while")]
    #[must_use = "`false` means that the reason to wait was still there"]
    pub fn wait_while_for<G: Guard>(
        &self,
        guard: &mut G,
        reason: impl FnMut(&G::Target) -> bool,
        timeout: Duration,
    ) -> bool {
        self.wait_while_by(guard, reason, Deadline::After(timeout))
    }

    /// As [`wait_while_for`](Self::wait_while_for), but gives up at `deadline`.
    ///
    /// # Panics
    ///
    /// As [`wait_while`](Self::wait_while).
    #[must_use = "`false` means that the reason to wait was still there"]
    pub fn wait_while_until<G: Guard>(
        &self,
        guard: &mut G,
        reason: impl FnMut(&G::Target) -> bool,
        deadline: Instant,
    ) -> bool {
        self.wait_while_by(guard, reason, Deadline::At(deadline))
    }

    fn wait_while_by<G: Guard>(
        &self,
        guard: &mut G,
        mut reason: impl FnMut(&G::Target) -> bool,
        deadline: Deadline,
    ) -> bool {
        let deadline = deadline.resolved();
        while reason(guard) {
            if !self.wait_by(guard, deadline) {
                return !reason(guard);
            }
        }
        true
    }

    /// Notifies the thread that has waited longest. `true` means that there was one.
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Notifies up to `most` threads, those that have waited longest, and returns how many.
    ///
    /// The change that they wait for must have been made under the lock: a thread that has looked,
    /// and is not yet in the queue, holds it. Holding the lock also while notifying is not
    /// necessary.
    // ANCHOR: notify
    #[inline]
    pub fn notify(&self, most: usize) -> usize {
        // Relaxed: a waiter counts itself while it holds the lock, so whoever has held the lock
        // since sees the count.
        let count = self.count.load(Relaxed);
        if count == 0 { 0 } else { self.notify_slow(most.min(count)) }
    }
    // ANCHOR_END: notify

    /// Notifies all that wait, and returns how many.
    #[inline]
    pub fn notify_all(&self) -> usize {
        self.notify(usize::MAX)
    }

    // ANCHOR: wait
    /// `true` means notified, `false` that `deadline` passed first.
    fn wait_by(&self, guard: &mut impl Guard, deadline: Deadline) -> bool {
        let deadline = deadline.resolved();
        let parker = self.enqueue(guard.lock_address());
        // A thread that is no longer in the queue when its time is up has been notified all the
        // same.
        guard.unlocked(|| parker.park_by(deadline) || !self.dequeue(&parker))
    }

    fn enqueue(&self, lock: usize) -> Arc<Parker> {
        let mut waiting = self.waiting.lock();
        let others_hold_this_lock = waiting.queue.is_empty() || waiting.lock == lock;
        assert!(others_hold_this_lock, "a condition was used with two locks at once");
        waiting.lock = lock;
        let parker = waiting.queue.push_back(Parker::new());
        self.count.store(waiting.queue.len(), Relaxed);
        parker
    }
    // ANCHOR_END: wait

    // ANCHOR: dequeue
    /// Leaves the queue. `true` means that this thread was still in it.
    fn dequeue(&self, parker: &Arc<Parker>) -> bool {
        let mut waiting = self.waiting.lock();
        let left = waiting.queue.remove(parker);
        self.count.store(waiting.queue.len(), Relaxed);
        left
    }
    // ANCHOR_END: dequeue

    #[cold]
    fn notify_slow(&self, most: usize) -> usize {
        (0..most).take_while(|_| self.notify_first()).count()
    }

    // ANCHOR: first
    fn notify_first(&self) -> bool {
        let mut waiting = self.waiting.lock();
        let Some(parker) = waiting.queue.pop_front() else {
            return false;
        };
        self.count.store(waiting.queue.len(), Relaxed);
        drop(waiting);
        parker.unpark();
        true
    }
    // ANCHOR_END: first
}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").field("waiting", &self.count.load(Relaxed)).finish()
    }
}

/// A guard that a condition can wait with: [`LockGuard`], or [`RLockGuard`] of a value that is
/// [`Sync`].
pub trait Guard: Deref + sealed::Sealed {
    /// Which lock this is. Two locks differ. Panics if it is not held.
    #[doc(hidden)]
    fn lock_address(&self) -> usize;

    /// Lets other threads in, calls `f`, and takes the lock again as it was held before.
    #[doc(hidden)]
    fn unlocked<R>(&mut self, f: impl FnOnce() -> R) -> R;
}

impl<T: ?Sized> Guard for LockGuard<'_, T> {
    fn lock_address(&self) -> usize {
        ptr::from_ref(LockGuard::lock(self)).addr()
    }

    fn unlocked<R>(&mut self, f: impl FnOnce() -> R) -> R {
        LockGuard::unlocked(self, f)
    }
}

impl<T: ?Sized + Sync> Guard for RLockGuard<'_, T> {
    fn lock_address(&self) -> usize {
        let lock = RLockGuard::lock(self);
        // Before this thread joins the queue, from which the panic of a release would not take it.
        assert!(lock.depth() > 0, "a wait with a lock that this thread has let go of");
        ptr::from_ref(lock).addr()
    }

    fn unlocked<R>(&mut self, f: impl FnOnce() -> R) -> R {
        RLockGuard::unlocked(self, f)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T: ?Sized> Sealed for super::LockGuard<'_, T> {}
    impl<T: ?Sized + Sync> Sealed for super::RLockGuard<'_, T> {}
}
