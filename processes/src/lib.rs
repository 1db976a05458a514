//! Processes, pipes, and locks in shared memory: what Python's `multiprocessing` has, by hand.

#[cfg(target_os = "linux")]
mod ends;
#[doc(hidden)]
pub mod function;
#[cfg(target_os = "linux")]
mod handles;
mod message;
#[cfg(target_os = "linux")]
pub mod pipe;
#[cfg(target_os = "linux")]
pub mod pool;
pub mod process;
#[cfg(target_os = "linux")]
pub mod queue;
#[cfg(target_os = "linux")]
pub mod shared;

#[doc(hidden)]
pub use linkme;

pub use function::Function;
pub use message::MessageError;
#[cfg(target_os = "linux")]
pub use pipe::{Connection, Receiver, Sender, duplex_pipe, pipe};
#[cfg(target_os = "linux")]
pub use pool::{AsyncResult, PoolBuilder, ProcessPool, Results, TaskError};
pub use process::{Builder, Process, ProcessOutcome, Start, StartError, current_name, init};
#[cfg(target_os = "linux")]
pub use queue::ProcessQueue;
#[cfg(target_os = "linux")]
pub use shared::{
    OwnerDied, Shareable, SharedEvent, SharedLock, SharedLockGuard, SharedLockResult, SharedMemory,
    SharedMemoryError, SharedPermit, SharedSemaphore, TooManySharedPermits,
};
