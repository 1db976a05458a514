//! What exercises and their checks use: the platform, and the library.
//!
//! Atomics, cells, threads, the futex and the clock are the model's, so that the search sees each
//! operation. They have the names and the signatures of `primitives::platform`, which is the
//! machine's own: code that is done here can be taken there.

pub use crate::Choice::{self, Can, Never, Unsure};
pub use crate::{Check, Guarded, together};
pub use primitives::platform::atomic::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst},
    fence,
};
pub use primitives::platform::time::{Duration, Instant, TimedOut};
pub use primitives::platform::{UnsafeCell, futex, name, step, thread};
pub use primitives::{
    Barrier, Condition, Event, Lock, LockGuard, Once, OnceCell, Parker, Queue, RawLock, RwLock,
    Semaphore, WaitQueue,
};
pub use std::sync::Arc;

/// Tells the processor, natively, that a loop waits for another thread. In the model it lets the
/// others go on: without it a search would try a loop that goes round once, twice, for ever.
pub fn spin_loop() {
    thread::yield_now();
}
