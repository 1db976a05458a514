//! The test: a permit that a thread did not get must still be there.

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
    let ann: fn(&S) -> bool = |semaphore| semaphore.acquire_for(SOON);
    let ben: fn(&S) -> bool = |semaphore| {
        semaphore.release();
        true
    };
    let (semaphore, [had, _]) = together(S::new(0), [("Ann", ann), ("Ben", ben)]);
    if !had {
        // One permit was given, and Ann says that she has not got it.
        semaphore.acquire();
    }
}
