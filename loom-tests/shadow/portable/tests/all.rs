//! The library's tests once more, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../../../primitives/tests/arc.rs"]
mod arc;
#[path = "../../../../primitives/tests/barrier.rs"]
mod barrier;
#[path = "../../../../primitives/tests/condition.rs"]
mod condition;
#[path = "../../../../primitives/tests/deadlock.rs"]
mod deadlock;
#[path = "../../../../primitives/tests/event.rs"]
mod event;
#[path = "../../../../primitives/tests/fair_lock.rs"]
mod fair_lock;
#[path = "../../../../primitives/tests/future.rs"]
mod future;
#[path = "../../../../primitives/tests/gil.rs"]
mod gil;
#[path = "../../../../primitives/tests/latch.rs"]
mod latch;
#[path = "../../../../primitives/tests/local.rs"]
mod local;
#[path = "../../../../primitives/tests/lock.rs"]
mod lock;
#[path = "../../../../primitives/tests/once.rs"]
mod once;
#[path = "../../../../primitives/tests/parker.rs"]
mod parker;
#[path = "../../../../primitives/tests/pool.rs"]
mod pool;
#[path = "../../../../primitives/tests/queue.rs"]
mod queue;
#[path = "../../../../primitives/tests/ranked.rs"]
mod ranked;
#[path = "../../../../primitives/tests/rlock.rs"]
mod rlock;
#[path = "../../../../primitives/tests/rwlock.rs"]
mod rwlock;
#[path = "../../../../primitives/tests/scheduler.rs"]
mod scheduler;
#[path = "../../../../primitives/tests/semaphore.rs"]
mod semaphore;
#[path = "../../../../primitives/tests/stress.rs"]
mod stress;
#[path = "../../../../primitives/tests/thread.rs"]
mod thread;
#[path = "../../../../primitives/tests/timer.rs"]
mod timer;
