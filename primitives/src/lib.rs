//! Synchronization primitives, built by hand to be read, copied and trusted.
//!
//! Each primitive is one file that needs [`platform`] and those few others that it is visibly built
//! from, so that you can copy it into a project of your own. The same source is compiled a second
//! time over a modelled platform, where every interleaving of small programs over it is explored.
//!
//! In reading order:
//!
//! | primitive | what it is for |
//! |---|---|
//! | [`Thread`] | a thread with a name, that can be asked and joined (`threading.Thread`) |
//! | [`Lock`] | one thread at a time (Python: `threading.Lock`) |
//! | [`RLock`] | the same, and the holder may lock again (`threading.RLock`) |
//! | [`Parker`], [`WaitQueue`] | one thread that sleeps until another wakes it, and many in a queue |
//! | [`Condition`] | waiting for a change of what a lock guards (`threading.Condition`) |
//! | [`FairLock`] | one thread at a time, in the order of arrival |
//! | [`Semaphore`], [`BoundedSemaphore`] | so many threads at a time (`threading.Semaphore`) |
//! | [`RwLock`] | many threads that look, or one that changes |
//! | [`Queue`], [`LifoQueue`], [`PriorityQueue`] | handing items from thread to thread (`queue.Queue`) |
//! | [`Event`] | waiting until something has happened (`threading.Event`) |
//! | [`Latch`] | waiting until so many things are done |
//! | [`Once`], [`OnceCell`], [`Lazy`] | something that the first thread to need it makes |
//! | [`Barrier`] | threads that wait for one another (`threading.Barrier`) |
//! | [`WatchedLock`], [`Detector`] | locks that refuse a request that would close a deadlock |
//! | [`RankedLock`] | locks with ranks, refused in any order but the rising one |
//! | [`Arc`], [`Weak`] | a value with several owners, which goes with the last of them |
//! | [`Local`] | a value for each thread (`threading.local`) |
//! | [`Gil`] | an interpreter lock, which threads take by turns, to see what it does |
//! | [`Future`], [`Promise`] | a result that another thread brings (`concurrent.futures.Future`) |
//! | [`ThreadPool`] | threads that run tasks (`concurrent.futures.ThreadPoolExecutor`) |
//! | [`Timer`], [`Timers`] | a function that runs later, unless it is cancelled (`threading.Timer`) |
//! | [`Scheduler`] | actions that one thread runs, each when its time has come (`sched.scheduler`) |
//!
//! [`RawLock`] is the lock without data and without a guard, for code that brings its own.
//!
//! # What they need
//!
//! The standard library, and a system with threads. On Linux they sleep on the kernel's futex,
//! elsewhere on that of `parking_lot_core`. [`rlock`], [`condition`], [`semaphore`], [`once`],
//! [`arc`] and [`deadlock`] need 64-bit atomics, which some 32-bit machines lack. There this crate
//! does not build as a whole, but copies of the others do.
//!
//! # What is not here
//!
//! - Guards of a part of a value, and guards or permits that own an `Arc`: here they are a
//!   reference to the lock or the semaphore and nothing else. Pass a closure inwards where others
//!   map a guard outwards. A permit that must outlive its scope can be forgotten, and released
//!   where its work ends.
//! - Reads of an [`RwLock`] that can become writes. Two such readers that both want to write wait
//!   for each other; with a single one at a time it is a lock of its own. Take [`RwLock::write`],
//!   and [`RwLockWriteGuard::downgrade`] when the writing is over.
//! - Closing a [`Semaphore`]: what its waiters should hear of is an [`Event`], or the end of a
//!   [`Queue`].
//! - A [`Barrier`]'s action that fails with an error: let it panic, or call [`Barrier::abort`] and
//!   leave the error where the others look.
//!
//! # After `fork`
//!
//! A child made by `fork` has one thread: the one that forked. All else is as the other threads
//! left it. What they held stays held for ever: locks, permits, places in a barrier. No [`Thread`]
//! but that one runs, though the others count as alive, and a join waits for ever. There is no
//! driver for timers that were armed, or that are armed through the same [`Timers`] or
//! [`Timer::after`], and nobody is told. So fork before there are threads, or use in the child only
//! what is made there. The story `fork-with-a-lock` shows it.
//!
//! # Which thread touches the memory last
//!
//! Safe code cannot drop a primitive that is in use. Unsafe code can: a thread takes the lock that
//! is inside an object, finds that it is the last, and frees the object. That is sound only if the
//! thread that has let it in is done with the object's memory.
//!
//! | primitive | the thread that lets another in |
//! |---|---|
//! | [`RawLock`], [`Lock`], [`RLock`], [`RankedLock`], [`FairLock`], [`Event`], [`Latch`], [`Once`] | does not touch it afterwards, but may pass its address to the system, to wake a thread that sleeps there |
//! | [`WatchedLock`] | does not touch the lock afterwards, but may touch the [`Detector`] |
//! | [`Parker`] | the same, and so it is shared through an [`Arc`](std::sync::Arc): the address stays its own |
//! | [`Condition`] | does not touch it after the last wake that it was asked for; `notify` of several and `notify_all` may look once more |
//! | [`Gil`] | may touch it, to wake a thread that waits |
//! | [`Scheduler`] | may touch it, to wake threads that run it: it has let go of the schedule before |
//! | [`Semaphore`], [`RwLock`] | may touch it: a release writes once more to wake the first in the line |
//! | [`Barrier`] | may touch it until its own wait has returned |
//! | [`Queue`] and its kin | may touch it, if it had to wait: it then looks whether the next has to be woken |
//!
//! [`Thread`], [`Timers`], [`Local`], [`Future`] and [`ThreadPool`] hold what they share with other
//! threads through an `Arc` of std.

pub mod platform;

pub mod thread;

pub mod lock;
pub mod rlock;

pub mod parker;

pub mod barrier;
pub mod condition;
pub mod event;
pub mod fair_lock;
pub mod latch;
pub mod once;
pub mod queue;
pub mod rwlock;
pub mod semaphore;

pub mod deadlock;
pub mod ranked;

pub mod arc;

pub mod future;
pub mod pool;

pub mod gil;
pub mod local;
pub mod scheduler;
pub mod timer;

pub use arc::{Arc, Weak};
pub use barrier::{AbortOnPanic, Arrival, Barrier, BrokenBarrier};
pub use condition::Condition;
pub use deadlock::{Deadlock, Detector, WatchedLock, WatchedLockGuard};
pub use event::Event;
pub use fair_lock::{FairLock, FairLockGuard};
pub use future::{Future, FutureError, Promise, as_completed};
pub use gil::{Gil, GilGuard};
pub use latch::Latch;
pub use local::Local;
pub use lock::{Lock, LockGuard, RawLock};
pub use once::{Lazy, Once, OnceCell};
pub use parker::{Parker, WaitQueue};
pub use pool::{BrokenPool, SubmitError, ThreadPool};
pub use queue::{LifoQueue, PriorityQueue, Queue};
pub use ranked::{OutOfOrder, RankedLock, RankedLockGuard};
pub use rlock::{RLock, RLockGuard, RawRLock};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use scheduler::{NotScheduled, Scheduled, Scheduler};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore, TooManyPermits};
pub use thread::{Run, Thread, ThreadError, ThreadOutcome, ThreadState};
pub use timer::{DueTimer, Timer, TimerOutcome, Timers};
