//! Lock, semaphore, event, condition and queue for tasks: their waits are awaited, and let other
//! tasks go on.
//!
//! Each has the same line as its namesake in `primitives`, a [`WaitQueue`] under a lock. There
//! stands a task in the place of a thread, and its waker in the place of a futex. Other threads may
//! use them too, in all that does not wait: release a permit, set an event, put an item.
//!
//! A wait that is dropped, as by a [`timeout`](crate::timeout), leaves the line. It may have been
//! woken just before: then what it was woken for is handed on, and neither a permit nor an item nor
//! a notification is lost.
//!
//! [`WaitQueue`]: primitives::WaitQueue

mod condition;
mod event;
mod line;
mod lock;
mod queue;
mod semaphore;

pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, LockGuard};
pub use primitives::queue::{Closed, DoneTooOften, GetError, PutError};
pub use queue::{LifoQueue, PriorityQueue, Queue, TaskQueue};
pub use semaphore::{Permit, Semaphore};
