// missed: nobody sleeps yet when the event is cleared.

use practice::prelude::*;

pub trait Events: Send + Sync + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
}

pub fn test<E: Events>() {
    let event = E::new();
    event.clear();
    together(event, [("Ann", E::wait), ("Ben", E::set)]);
}
