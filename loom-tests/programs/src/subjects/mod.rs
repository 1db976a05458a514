//! The primitives, and what they promise.

pub mod arc;
pub mod barrier;
pub mod condition;
pub mod event;
pub mod future;
pub mod gil;
pub mod latch;
pub mod local;
pub mod lock;
pub mod once;
pub mod pool;
pub mod queue;
pub mod ranked;
pub mod rlock;
pub mod rwlock;
pub mod scheduler;
pub mod semaphore;
pub mod thread;
pub mod timer;
pub mod watched;
