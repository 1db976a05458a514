//! Break it: a semaphore whose time-outs are suspect.
//!
//! `acquire_for` takes a permit and returns `true`, or gives up after a time and returns `false`.
//! It is said that a permit gets lost now and then when a thread gives up. Write the test that
//! shows it: over the wrong semaphore it must fail in some execution, by an assertion or because
//! nobody can go on. Over the right one it must hold in every execution.
//!
//! `together` starts threads over one value, and returns what they returned. In the model no time
//! passes by itself: a time-out may come at any moment, or not at all.

use practice::prelude::*;

pub trait Semaphores: Send + Sync + 'static {
    fn new(permits: u32) -> Self;
    fn acquire(&self);
    /// Whether it has a permit.
    fn acquire_for(&self, timeout: Duration) -> bool;
    fn release(&self);
}

pub const SOON: Duration = Duration::from_millis(10);

pub fn test<S: Semaphores>() {
    todo!()
}
