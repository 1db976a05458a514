// missed: a thread that gave up and goes away meets nobody.

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
    let ann: fn(&(L, Guarded)) = |(lock, value)| {
        lock.lock();
        value.change();
        lock.unlock();
    };
    let ben: fn(&(L, Guarded)) = |(lock, value)| {
        if !lock.lock_for(SOON) {
            return;
        }
        value.change();
        lock.unlock();
    };
    together((L::new(), Guarded::new()), [("Ann", ann), ("Ben", ben)]);
}
