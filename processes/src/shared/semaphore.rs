//! A semaphore in shared memory.

use super::platform::time::{Duration, Instant};
use super::source::semaphore::{Permit, Semaphore};
use std::error::Error;
use std::fmt;

/// A number of permits, of which threads of all processes take some and give them back.
///
/// It is the source of [`primitives::Semaphore`], compiled once more over a futex that works
/// between processes. The line of its waiters is a robust lock: when the first in the line dies,
/// the next comes forward. There is no promise about their order.
///
/// A permit is a number and has no owner. What a process had when it was killed is gone, and nobody
/// is told. A parent that knows how many its child had can [`release`](Self::release) them. A
/// `fork` copies a permit that is held: let one of the two [`forget`](SharedPermit::forget) it.
///
/// ```
/// use processes::{SharedMemory, SharedSemaphore};
///
/// let room = SharedMemory::new(SharedSemaphore::new(4))?;
/// let place = room.acquire();
/// assert_eq!(room.available(), 3);
/// drop(place);
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
#[doc(alias = "multiprocessing.Semaphore")]
#[derive(Debug)]
#[repr(transparent)]
pub struct SharedSemaphore(Semaphore);

impl SharedSemaphore {
    /// A semaphore with so many permits.
    pub const fn new(permits: u32) -> Self {
        Self(Semaphore::new(permits))
    }

    /// Waits for a permit and takes it.
    pub fn acquire(&self) -> SharedPermit<'_> {
        SharedPermit(self.0.acquire())
    }

    /// Takes a permit if one is free and nobody waits.
    #[must_use = "the permit is taken only while this is kept, if there is one"]
    pub fn try_acquire(&self) -> Option<SharedPermit<'_>> {
        // Not `try_acquire` of the source, which leaves a permit to the first in the line even if
        // that one has died.
        self.try_acquire_for(Duration::ZERO)
    }

    /// Waits for a permit and takes it, but waits no longer than `timeout`. One too long for the
    /// clock means for ever.
    #[must_use = "the permit is taken only while this is kept, if there is one"]
    pub fn try_acquire_for(&self, timeout: Duration) -> Option<SharedPermit<'_>> {
        self.0.try_acquire_for(timeout).map(SharedPermit)
    }

    /// Waits for a permit and takes it, but gives up at `deadline`.
    #[must_use = "the permit is taken only while this is kept, if there is one"]
    pub fn try_acquire_until(&self, deadline: Instant) -> Option<SharedPermit<'_>> {
        self.0.try_acquire_until(deadline).map(SharedPermit)
    }

    /// Adds `count` permits, whoever took them, or if nobody did.
    ///
    /// # Errors
    ///
    /// [`TooManySharedPermits`] when there would be more than [`u32::MAX`]. Nothing has changed
    /// then.
    pub fn release(&self, count: u32) -> Result<(), TooManySharedPermits> {
        self.0.release(count).map_err(|_| TooManySharedPermits)
    }

    /// How many permits are free. By the time you look at the answer it may be stale.
    pub fn available(&self) -> u32 {
        self.0.available()
    }
}

/// A permit that has been taken. Dropping it gives it back, also when a panic drops it.
#[must_use = "the permit is given back as soon as it is dropped"]
#[derive(Debug)]
pub struct SharedPermit<'a>(Permit<'a>);

impl SharedPermit<'_> {
    /// Keeps it taken. Any process may [`release`](SharedSemaphore::release) it later.
    pub fn forget(self) {
        self.0.forget();
    }
}

/// There would be more permits than a semaphore may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySharedPermits;

impl fmt::Display for TooManySharedPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there would be more permits than a semaphore may have")
    }
}

impl Error for TooManySharedPermits {}
