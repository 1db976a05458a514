//! Step one: a lock whose waiters look again and again.

use primitives::platform::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::{UnsafeCell, thread};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

// ANCHOR: lock
/// A value, and whether somebody uses it.
pub struct SpinLock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    /// An unlocked lock around `value`.
    pub fn new(value: T) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Takes the lock if it is free now.
    pub fn try_lock(&self) -> Option<SpinGuard<'_, T>> {
        // Looks and takes in one action: of two threads that come at once, one finds it taken.
        let taken = self.locked.compare_exchange(false, true, Acquire, Relaxed);
        taken.is_ok().then(|| SpinGuard { lock: self, not_send: PhantomData })
    }

    /// Looks until the lock is free, and takes it.
    pub fn lock(&self) -> SpinGuard<'_, T> {
        loop {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            thread::yield_now();
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}
// ANCHOR_END: lock

// ANCHOR: guard
/// The right to use the value. Dropping it unlocks.
pub struct SpinGuard<'a, T> {
    lock: &'a SpinLock<T>,
    /// The guard stays on the thread that locked.
    not_send: PhantomData<*const ()>,
}

// SAFETY: threads that share the guard share its lock, for which `T: Send`, and get `&T` from it,
// for which `T: Sync`.
unsafe impl<T: Send + Sync> Sync for SpinGuard<'_, T> {}

impl<T> Drop for SpinGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.locked.store(false, Release);
    }
}

impl<T> Deref for SpinGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock. The reference borrows the guard,
        // so it ends before the lock is released.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for SpinGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that this guard gave out no other reference.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}
// ANCHOR_END: guard
