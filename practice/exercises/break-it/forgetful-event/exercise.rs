//! Break it: an event that forgets a thread that waits.
//!
//! `set` wakes the threads that wait, and lets all pass that come later, until `clear` takes the
//! event back. It is said that a thread that waits may be forgotten, though the event is set
//! afterwards and stays so. Write the test that shows it: over the wrong event it must fail in some
//! execution, and over the right one it must hold in every execution.

use practice::prelude::*;

pub trait Events: Send + Sync + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
}

pub fn test<E: Events>() {
    todo!()
}
