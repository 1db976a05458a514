//! The library on the real machine.
//!
//! One executable: that builds in a fraction of the time that one for each file takes.

mod arc;
mod auto_traits;
mod barrier;
mod condition;
mod deadlock;
mod event;
mod fair_lock;
mod future;
mod gil;
mod latch;
mod local;
mod lock;
mod must_use;
mod once;
mod parker;
mod pool;
mod queue;
mod ranked;
mod rlock;
mod rwlock;
mod scheduler;
mod semaphore;
mod stress;
mod thread;
mod timer;
