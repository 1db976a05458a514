//! Memory that processes share, and locks, semaphores and events in it.
//!
//! [`SharedMemory`] holds one value. Each process that has the memory sees the same. So the value
//! is of a type that means the same in each of them, which is what [`Shareable`] says, and what
//! keeps processes from changing it at once has to be in the memory too:
//!
//! | in shared memory | as between threads | when a process is killed |
//! |---|---|---|
//! | [`SharedLock`] | [`Lock`](primitives::Lock) | the next holder is told which process left the value half changed |
//! | [`SharedSemaphore`] | [`Semaphore`](primitives::Semaphore) | its permits are gone |
//! | [`SharedEvent`] | [`Event`](primitives::Event) | the event is set or not |
//!
//! A process can be killed between any two instructions. None of the three is ever stuck because of
//! that. Linux alone tells the others: the kernel watches over the locks of each thread. So this
//! module is there on Linux alone.
//!
//! They belong to the threads that wait, so a signal that a process handles does not end a wait.

mod event;
mod fair_lock;
mod lock;
mod memory;
pub(crate) mod platform;
pub(crate) mod ring;
mod robust_lock;
mod semaphore;
mod shareable;
mod source;

pub use event::SharedEvent;
pub use lock::{OwnerDied, SharedLock, SharedLockGuard, SharedLockResult};
pub use memory::{SharedMemory, SharedMemoryError};
pub use semaphore::{SharedPermit, SharedSemaphore, TooManySharedPermits};
pub use shareable::Shareable;
#[doc(hidden)]
pub use shareable::mix;
