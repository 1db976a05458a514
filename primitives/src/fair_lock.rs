//! A fair lock: threads get it one at a time, in the order in which they came.
//!
//! Use it where no thread may be overtaken for ever. It is as slow as fairness makes it: each time
//! that it changes hands, a thread has to be woken. So a [`Lock`] lets in any thread that comes at
//! the right moment. And those primitives that must keep an order (semaphore, reader-writer lock)
//! use a fair lock only for threads that have to wait.
//!
//! It guards no data: what it orders is turns.
//!
//! # How it works
//!
//! Under a lock stand whether it is taken, and a queue of the threads that wait, each as a
//! [`Parker`], in the order of arrival. A thread that unlocks does not free the lock while others
//! wait: it unparks the first of them and leaves the lock taken. The lock is handed over, and no
//! thread that comes now can be quicker.
//!
//! Python has nothing like it.
//!
//! # Example
//!
//! ```
//! use primitives::FairLock;
//!
//! let lock = FairLock::new();
//! let guard = lock.lock();
//! assert!(lock.try_lock().is_none());
//! drop(guard);
//! assert!(lock.try_lock().is_some());
//! ```

use super::lock::Lock;
use super::parker::{Parker, WaitQueue};
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use super::platform::{const_unless_modelled, in_line, lets_go, takes};
use std::fmt;
use std::mem::replace;

/// A fair lock around nothing. See the [module](self) for how it works.
#[doc(alias = "FairMutex")]
#[doc(alias = "Turnstile")]
pub struct FairLock {
    state: Lock<State>,
}

struct State {
    taken: bool,
    /// In the order of arrival. Empty unless the lock is taken.
    queue: WaitQueue,
}

impl FairLock {
    const_unless_modelled! {
        /// An unlocked lock.
        pub fn new() -> Self {
            Self { state: Lock::new(State { taken: false, queue: WaitQueue::new() }) }
        }
    }

    /// Waits for its turn and takes the lock.
    #[doc(alias = "enter")]
    pub fn lock(&self) -> FairLockGuard<'_> {
        let locked = self.lock_by(Deadline::Never);
        debug_assert!(locked);
        self.guard()
    }

    /// Takes the lock if no thread has it and no thread waits.
    #[doc(alias = "try_enter")]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<FairLockGuard<'_>> {
        let taken_before = replace(&mut self.state.lock().taken, true);
        (!taken_before).then(|| self.guard())
    }

    /// Waits for its turn, but no longer than `timeout`.
    #[doc(alias = "try_enter_for")]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<FairLockGuard<'_>> {
        self.lock_by(Deadline::After(timeout)).then(|| self.guard())
    }

    /// Waits for its turn, but gives up at `deadline`.
    #[doc(alias = "try_enter_until")]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<FairLockGuard<'_>> {
        self.lock_by(Deadline::At(deadline)).then(|| self.guard())
    }

    /// As [`try_lock_until`](Self::try_lock_until), with a deadline of any form.
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub(super) fn try_lock_by(&self, deadline: Deadline) -> Option<FairLockGuard<'_>> {
        self.lock_by(deadline).then(|| self.guard())
    }

    fn guard(&self) -> FairLockGuard<'_> {
        takes(self);
        FairLockGuard { lock: self }
    }

    // ANCHOR: lock
    /// `true` means locked, `false` that `deadline` passed first.
    fn lock_by(&self, deadline: Deadline) -> bool {
        let mut state = self.state.lock();
        if !replace(&mut state.taken, true) {
            return true;
        }
        let parker = state.queue.push_back(Parker::new());
        drop(state);
        // A thread that is no longer in the queue when its time is up has been handed the lock all
        // the same.
        in_line(self, || parker.park_by(deadline)) || !self.state.lock().queue.remove(&parker)
    }

    fn unlock(&self) {
        lets_go(self);
        let mut state = self.state.lock();
        let next = state.queue.pop_front();
        state.taken = next.is_some();
        drop(state);
        if let Some(next) = next {
            next.unpark();
        }
    }
    // ANCHOR_END: lock
}

impl Default for FairLock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FairLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("FairLock");
        if let Some(state) = self.state.try_lock() {
            out.field("taken", &state.taken).field("waiting", &state.queue.len());
        }
        out.finish_non_exhaustive()
    }
}

/// A thread's turn. Dropping it hands the lock to the next thread, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
#[doc(alias = "Turn")]
#[derive(Debug)]
pub struct FairLockGuard<'a> {
    lock: &'a FairLock,
}

impl Drop for FairLockGuard<'_> {
    fn drop(&mut self) {
        self.lock.unlock();
    }
}
