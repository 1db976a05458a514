//! The primitives, and what they promise.

pub mod barrier;
pub mod condition;
pub mod event;
pub mod lock;
pub mod queue;
pub mod rlock;
pub mod rwlock;
pub mod semaphore;
