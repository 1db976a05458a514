//! Synchronization primitives, built by hand to be read, copied and trusted.
//!
//! Each primitive is one file that needs [`platform`] and those few others that it is visibly built from, so
//! that you can copy it into a project of your own. The same source is compiled a second time over a modelled
//! platform, where every interleaving of small programs over it is explored.
//!
//! In reading order:
//!
//! | primitive | what it is for |
//! |---|---|
//! | [`Lock`] | one thread at a time (Python: `threading.Lock`) |
//! | [`RLock`] | the same, and the holder may lock again (`threading.RLock`) |
//! | [`Waiter`], [`Line`] | one thread that sleeps until another notifies it, and many in a line |
//! | [`Condition`] | waiting for a change of what a lock guards (`threading.Condition`) |
//! | [`Turnstile`] | one thread at a time, in the order of arrival |
//! | [`Semaphore`], [`BoundedSemaphore`] | so many threads at a time (`threading.Semaphore`) |
//! | [`RwLock`] | many threads that look, or one that changes |
//! | [`Queue`], [`LifoQueue`], [`PriorityQueue`] | handing items from thread to thread (`queue.Queue`) |
//! | [`Event`] | waiting until something has happened (`threading.Event`) |
//! | [`Barrier`] | threads that wait for one another (`threading.Barrier`) |
//! | [`WatchedLock`], [`Detector`] | locks that refuse a request that would close a deadlock |
//! | [`OrderedLock`] | locks with ranks, refused in any order but the rising one |
//! | [`Local`] | a value for each thread (`threading.local`) |
//! | [`Timer`], [`Timers`] | a function that runs later, unless it is cancelled (`threading.Timer`) |
//!
//! [`RawLock`] is the lock without data and without a guard, for those who bring their own.

pub mod platform;

pub mod lock;
pub mod rlock;

pub mod waiter;

pub mod barrier;
pub mod condition;
pub mod event;
pub mod queue;
pub mod rwlock;
pub mod semaphore;
pub mod turnstile;

pub mod deadlock;
pub mod ordered;

pub mod local;
pub mod timer;

pub use barrier::{AbortOnPanic, Arrival, Barrier, BrokenBarrier};
pub use condition::Condition;
pub use deadlock::{Deadlock, Detector, WatchedLock, WatchedLockGuard};
pub use event::Event;
pub use local::Local;
pub use lock::{Lock, LockGuard, RawLock};
pub use ordered::{OrderedLock, OrderedLockGuard, OutOfOrder};
pub use queue::{LifoQueue, PriorityQueue, Queue};
pub use rlock::{RLock, RLockGuard, RawRLock};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore, TooManyPermits};
pub use timer::{Timer, TimerOutcome, Timers};
pub use turnstile::{Turn, Turnstile};
pub use waiter::{Line, Waiter};
