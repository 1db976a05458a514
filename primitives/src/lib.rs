//! Synchronization primitives, built by hand to be read, copied and trusted.
//!
//! Each primitive is one file that needs [`platform`] and at most one other primitive, so that you can
//! copy it into a project of your own. The same source is compiled a second time over a modelled platform, where
//! every interleaving of small programs over it is explored.
//!
//! In reading order:
//!
//! | primitive | what it is for |
//! |---|---|
//! | [`Lock`] | one thread at a time (Python: `threading.Lock`) |
//! | [`RLock`] | the same, and the holder may lock again (`threading.RLock`) |
//! | [`Event`] | waiting until something has happened (`threading.Event`) |
//! | [`Barrier`] | threads that wait for one another (`threading.Barrier`) |
//!
//! [`RawLock`] is the lock without data and without a guard, for those who bring their own.

pub mod platform;

pub mod lock;
pub mod rlock;

pub mod barrier;
pub mod event;

pub use barrier::{AbortOnPanic, Arrival, Barrier, BrokenBarrier};
pub use event::Event;
pub use lock::{Lock, LockGuard, RawLock};
pub use rlock::{RLock, RLockGuard, RawRLock};
