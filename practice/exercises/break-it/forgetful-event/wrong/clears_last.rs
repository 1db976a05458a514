// false-alarm: Ann may come after the clear, and then waits for good reason.

use practice::prelude::*;

pub trait Events: Send + Sync + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
}

pub fn test<E: Events>() {
    let ben: fn(&E) = |event| {
        event.set();
        event.clear();
    };
    together(E::new(), [("Ann", E::wait), ("Ben", ben)]);
}
