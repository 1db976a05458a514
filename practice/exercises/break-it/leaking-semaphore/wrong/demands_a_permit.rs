// false-alarm: a thread may give up before the permit comes: that is what a time-out is for.

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
    assert!(had, "Ann got no permit");
}
