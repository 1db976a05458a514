//! Step two and a half, and wrong: the word says whether somebody is asleep, and a thread that is
//! woken forgets that others may still be.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::{UnsafeCell, futex};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

// ANCHOR: lock
const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and somebody is asleep.
const CONTENDED: u32 = 2;

/// A value, and the word on which waiters sleep.
pub struct ForgetfulLock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time.
unsafe impl<T: Send> Sync for ForgetfulLock<T> {}

impl<T> ForgetfulLock<T> {
    /// An unlocked lock around `value`.
    pub fn new(value: T) -> Self {
        Self { state: AtomicU32::new(UNLOCKED), value: UnsafeCell::new(value) }
    }

    /// Sleeps until the lock is free, and takes it. Or so it says.
    pub fn lock(&self) -> ForgetfulGuard<'_, T> {
        // Wrong: a thread that was asleep takes the lock as 1, like one that came by.
        while self.exchange(UNLOCKED, LOCKED).is_err() {
            let marked = self.exchange(LOCKED, CONTENDED);
            if marked != Err(UNLOCKED) {
                futex::wait(&self.state, CONTENDED);
            }
        }
        ForgetfulGuard { lock: self, not_send: PhantomData }
    }

    fn unlock(&self) {
        if self.state.swap(UNLOCKED, Release) == CONTENDED {
            futex::wake_one(&self.state);
        }
    }

    fn exchange(&self, from: u32, to: u32) -> Result<u32, u32> {
        self.state.compare_exchange(from, to, Acquire, Relaxed)
    }
    // ANCHOR_END: lock

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

/// The right to use the value. Dropping it unlocks.
pub struct ForgetfulGuard<'a, T> {
    lock: &'a ForgetfulLock<T>,
    /// The guard stays on the thread that locked.
    not_send: PhantomData<*const ()>,
}

// SAFETY: threads that share the guard share its lock, for which `T: Send`, and get `&T` from it,
// for which `T: Sync`.
unsafe impl<T: Send + Sync> Sync for ForgetfulGuard<'_, T> {}

impl<T> Drop for ForgetfulGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.unlock();
    }
}

impl<T> Deref for ForgetfulGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock. The reference borrows the guard,
        // so it ends before the lock is released.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for ForgetfulGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that this guard gave out no other reference.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}
