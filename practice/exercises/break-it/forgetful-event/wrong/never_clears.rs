// missed: only a clear forgets.

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
    };
    together(E::new(), [("Ann", E::wait), ("Ben", ben)]);
}
