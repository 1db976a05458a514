//! One task at a time.

use super::semaphore::{Permit, Semaphore};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value that one task at a time may use, also over an await. They get it in the order in which
/// they came.
///
/// Between two awaits a task is alone on its loop anyway: take this only for what must stay as it
/// is while the task waits.
///
/// ```
/// use event_loop::sync::Lock;
/// use event_loop::{gather, yield_now};
/// use std::rc::Rc;
///
/// let balance = Rc::new(Lock::new(1000));
/// event_loop::run(async {
///     let draw = async |balance: Rc<Lock<i32>>| {
///         let mut balance = balance.lock().await;
///         let had = *balance;
///         yield_now().await;
///         *balance = had - 100;
///     };
///     gather((0..3).map(|_| draw(balance.clone()))).await.unwrap();
///     assert_eq!(*balance.lock().await, 700);
/// });
/// ```
#[doc(alias = "asyncio.Lock")]
pub struct Lock<T: ?Sized> {
    turns: Semaphore,
    /// The task that has the turn locks it, and finds it free.
    value: primitives::Lock<T>,
}

impl<T> Lock<T> {
    /// An unlocked lock around a value.
    pub fn new(value: T) -> Self {
        Self { turns: Semaphore::new(1), value: primitives::Lock::new(value) }
    }

    /// The value, which nobody else has any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits for its turn and takes the lock.
    pub async fn lock(&self) -> LockGuard<'_, T> {
        let turn = self.turns.acquire().await;
        LockGuard { value: self.value.lock(), _turn: turn, lock: self }
    }

    /// Takes the lock if no task has it.
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let turn = self.turns.try_acquire()?;
        Some(LockGuard { value: self.value.lock(), _turn: turn, lock: self })
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("value", &&self.value).finish_non_exhaustive()
    }
}

/// The right to use the value. Dropping it gives the lock to the next task.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized> {
    // The order of the fields is that of their drops: the next finds the value free.
    value: primitives::LockGuard<'a, T>,
    _turn: Permit<'a>,
    pub(super) lock: &'a Lock<T>,
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
