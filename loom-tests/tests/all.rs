//! Every interleaving of every primitive and of every story.
//!
//! One executable: that builds in a fraction of the time that one for each file takes.

mod arc;
mod barrier;
mod condition;
mod deadlock;
mod event;
mod event_loop;
mod fair_lock;
mod future;
mod gil;
mod latch;
mod local;
mod lock;
mod once;
mod parker;
mod pool;
mod queue;
mod ranked;
mod ring;
mod rlock;
mod robust_lock;
mod rwlock;
mod scenarios;
mod scheduler;
mod semaphore;
mod shared;
mod shared_semaphore;
mod thread;
mod timer;
mod wait_for;
