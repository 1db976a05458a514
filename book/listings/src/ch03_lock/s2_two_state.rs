//! Step two: a lock whose waiters sleep. Its word says locked or not, and no more.

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

/// A value, and the word on which waiters sleep.
pub struct TwoStateLock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time.
unsafe impl<T: Send> Sync for TwoStateLock<T> {}

impl<T> TwoStateLock<T> {
    /// An unlocked lock around `value`.
    pub fn new(value: T) -> Self {
        Self { state: AtomicU32::new(UNLOCKED), value: UnsafeCell::new(value) }
    }

    /// Sleeps until the lock is free, and takes it.
    pub fn lock(&self) -> TwoStateGuard<'_, T> {
        while !self.take() {
            // Returns at once if the holder unlocked since we looked.
            futex::wait(&self.state, LOCKED);
        }
        TwoStateGuard { lock: self, not_send: PhantomData }
    }

    fn take(&self) -> bool {
        self.state.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok()
    }

    fn unlock(&self) {
        self.state.store(UNLOCKED, Release);
        // Somebody may be asleep. The word does not say.
        futex::wake_one(&self.state);
    }
    // ANCHOR_END: lock

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

/// The right to use the value. Dropping it unlocks.
pub struct TwoStateGuard<'a, T> {
    lock: &'a TwoStateLock<T>,
    /// The guard stays on the thread that locked.
    not_send: PhantomData<*const ()>,
}

// SAFETY: threads that share the guard share its lock, for which `T: Send`, and get `&T` from it,
// for which `T: Sync`.
unsafe impl<T: Send + Sync> Sync for TwoStateGuard<'_, T> {}

impl<T> Drop for TwoStateGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.unlock();
    }
}

impl<T> Deref for TwoStateGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock. The reference borrows the guard,
        // so it ends before the lock is released.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for TwoStateGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that this guard gave out no other reference.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}
