//! Break it: a lock that lets a second thread in.
//!
//! `lock_for` takes the lock and returns `true`, or gives up after a time and returns `false`. It
//! is said that two threads can be between `lock` and `unlock` at once. Write the test that shows
//! it: over the wrong lock it must fail in some execution, and over the right one it must hold in
//! every execution.
//!
//! `Guarded` is a number whose `change` fails where another thread uses it and nothing orders the
//! two.

use practice::prelude::*;

pub trait Locks: Send + Sync + 'static {
    fn new() -> Self;
    fn lock(&self);
    /// Whether it has the lock.
    fn lock_for(&self, timeout: Duration) -> bool;
    fn unlock(&self);
}

pub const SOON: Duration = Duration::from_millis(10);

pub fn test<L: Locks>() {
    todo!()
}
