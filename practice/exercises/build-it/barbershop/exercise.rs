//! Build it: a barbershop with few places.
//!
//! A customer calls `visit`. If all places are taken, it goes away at once: `false`. Else it waits
//! until its hair is cut, leaves, and returns `true`. Its place is free again when it returns. The
//! barber calls `serve` for each customer. It sleeps until one is there, and calls `cut`. A
//! customer sees what `cut` has done. `is_full` is given. A permit of a `Semaphore` goes back when
//! it is dropped, unless you call `forget` on it; `release(1)` adds one.

use practice::prelude::*;

pub struct Barbershop {
    places: u32,
    /// How many customers are inside, the one under the scissors included.
    inside: Lock<u32>,
    /// A permit for each customer that has come in and was not called yet.
    waiting: Semaphore,
    /// A permit for each that has been cut and has not gone yet.
    cut: Semaphore,
}

impl Barbershop {
    pub fn new(places: u32) -> Self {
        Self { places, inside: Lock::new(0), waiting: Semaphore::new(0), cut: Semaphore::new(0) }
    }

    pub fn visit(&self) -> bool {
        todo!()
    }

    pub fn serve(&self, cut: impl FnOnce()) {
        todo!()
    }

    pub fn is_full(&self) -> bool {
        *self.inside.lock() == self.places
    }
}
