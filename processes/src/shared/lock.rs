//! A lock in shared memory: one thread at a time, of whatever process.

use super::platform::UnsafeCell;
use super::platform::deadline::Deadline;
use super::platform::robust;
use super::platform::time::{Duration, Instant};
use super::robust_lock::{Left, RobustLock};
use super::shareable::Shareable;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The number of no process.
const NONE: u32 = 0;

/// A value in shared memory that one thread at a time may use, of whatever process.
///
/// It is [`primitives::Lock`] with an owner. If a process is killed while it holds the lock, the
/// kernel frees it, and the next holder is told: it gets [`OwnerDied`], with the number of the dead
/// process. The value is as the dead one left it. [`OwnerDied::repair`] puts it right and declares
/// it consistent again. Until somebody has done so, everybody gets the error.
///
/// It is not re-entrant. A panic releases it, and the next holder is told nothing, as with all
/// locks of this library. A thread that ends with the lock held counts as dead, though its process
/// lives.
///
/// In a child made by `fork` the guards of the parent are the parent's still: there their drop does
/// nothing.
///
/// ```
/// use processes::{SharedLock, SharedMemory};
///
/// let balance = SharedMemory::new(SharedLock::new(1000))?;
/// *balance.lock().unwrap() -= 800;
/// assert_eq!(*balance.lock().unwrap(), 200);
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
#[doc(alias = "multiprocessing.Lock")]
#[doc(alias = "multiprocessing.Value")]
#[doc(alias = "robust mutex")]
#[repr(C)]
pub struct SharedLock<T> {
    raw: RobustLock,
    /// The process that left the value half changed, until it is declared consistent. Only the
    /// holder writes it.
    broken_by: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time: `T: Send` is enough.
unsafe impl<T: Send> Sync for SharedLock<T> {}
// SAFETY: as for a plain field. A lock can be moved only while nobody borrows it, so while it is
// not held.
unsafe impl<T: Send> Send for SharedLock<T> {}

/// What a lock gives: the right to use the value, or the news that its last holder died.
pub type SharedLockResult<'a, T> = Result<SharedLockGuard<'a, T>, OwnerDied<'a, T>>;

impl<T: Shareable> SharedLock<T> {
    /// An unlocked lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            raw: RobustLock::new(),
            broken_by: AtomicU32::new(NONE),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until the lock is free and takes it. Dropping the guard releases it.
    ///
    /// # Errors
    ///
    /// [`OwnerDied`], which holds the lock, when a process died that was changing the value.
    #[doc(alias = "acquire")]
    pub fn lock(&self) -> SharedLockResult<'_, T> {
        self.lock_by(Deadline::Never).expect("without a deadline it is had")
    }

    /// Takes the lock if it is free now.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), if it could be taken.
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<SharedLockResult<'_, T>> {
        self.raw.try_lock().map(|left| self.entered(left))
    }

    /// Takes the lock, but waits no longer than `timeout`. One too long for the clock means for
    /// ever.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), if it could be taken.
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<SharedLockResult<'_, T>> {
        self.lock_by(Deadline::After(timeout))
    }

    /// Takes the lock, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), if it could be taken.
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<SharedLockResult<'_, T>> {
        self.lock_by(Deadline::At(deadline))
    }

    fn lock_by(&self, deadline: Deadline) -> Option<SharedLockResult<'_, T>> {
        self.raw.lock_by(deadline).map(|left| self.entered(left))
    }

    fn entered(&self, left: Left) -> SharedLockResult<'_, T> {
        if let Left::ByDeath(process) = left {
            self.broken_by.store(process, Relaxed);
        }
        let holder = robust::me().thread;
        let guard = SharedLockGuard { lock: self, holder, not_send: PhantomData };
        match self.broken_by.load(Relaxed) {
            NONE => Ok(guard),
            process => Err(OwnerDied { process, guard }),
        }
    }

    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[doc(alias = "locked")]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }
}

impl<T: Shareable + fmt::Debug> fmt::Debug for SharedLock<T> {
    /// Shows the value if the lock is free, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("SharedLock");
        match self.try_lock() {
            Some(Ok(guard)) => out.field("value", &*guard),
            Some(Err(died)) => out.field("left by a death of process", &died.process),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to use the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct SharedLockGuard<'a, T> {
    lock: &'a SharedLock<T>,
    /// The thread that locked, of which a `fork` makes another.
    holder: u32,
    /// The kernel knows which thread holds the lock.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T`, for which `T: Sync`.
unsafe impl<T: Send + Sync> Sync for SharedLockGuard<'_, T> {}

impl<T> Deref for SharedLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock, so nobody else has the value, and the reference ends
        // before the guard does.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for SharedLockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that no other reference of this guard lives.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for SharedLockGuard<'_, T> {
    fn drop(&mut self) {
        if robust::me().thread == self.holder {
            // SAFETY: the guard was made by locking, on this thread, and is dropped once.
            unsafe { self.lock.raw.unlock() };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for SharedLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The process died that was changing the value. The lock is held, as by a guard.
///
/// Dropping it releases the lock and leaves the value as it is. The next holder gets it again.
///
/// ```no_run
/// use processes::{SharedLock, SharedMemory};
///
/// let halves = SharedMemory::new(SharedLock::new([0, 0]))?;
/// let mut halves = halves.lock().unwrap_or_else(|died| {
///     eprintln!("process {} died in the middle", died.process());
///     died.repair(|halves| halves[1] = halves[0])
/// });
/// halves[0] += 1;
/// halves[1] += 1;
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
#[must_use = "the lock is released as soon as this is dropped, and the value stays as it is"]
#[doc(alias = "EOWNERDEAD")]
#[doc(alias = "PoisonError")]
pub struct OwnerDied<'a, T> {
    process: u32,
    guard: SharedLockGuard<'a, T>,
}

impl<'a, T> OwnerDied<'a, T> {
    /// The number of the process that died. By now the system may have given it to another.
    #[doc(alias = "pid")]
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Lets `put_right` make the value consistent, and declares that it is. If `put_right` panics
    /// it is not.
    #[doc(alias = "pthread_mutex_consistent")]
    pub fn repair(mut self, put_right: impl FnOnce(&mut T)) -> SharedLockGuard<'a, T> {
        put_right(&mut self.guard);
        robust::in_order();
        self.guard.lock.broken_by.store(NONE, Relaxed);
        self.guard
    }
}

impl<T> fmt::Debug for OwnerDied<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerDied").field("process", &self.process).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for OwnerDied<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.process;
        write!(
            f,
            "process {process} died while it changed the value: look at it, and call `repair`"
        )
    }
}

impl<T> Error for OwnerDied<'_, T> {}
