//! The test: a clear of an event that is not set must do nothing to those that wait.

use practice::prelude::*;

pub trait Events: Send + Sync + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
}

pub fn test<E: Events>() {
    let ben: fn(&E) = |event| {
        // Nothing is set, but Ann may be asleep already.
        event.clear();
        event.set();
    };
    together(E::new(), [("Ann", E::wait), ("Ben", ben)]);
}
