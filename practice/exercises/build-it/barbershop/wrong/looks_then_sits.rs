// stuck: two may see the last place, and nobody is sent away.

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
        if *self.inside.lock() == self.places {
            return false;
        }
        *self.inside.lock() += 1;
        self.waiting.release(1).expect("fewer than the most permits");
        self.cut.acquire().forget();
        *self.inside.lock() -= 1;
        true
    }

    pub fn serve(&self, cut: impl FnOnce()) {
        self.waiting.acquire().forget();
        cut();
        self.cut.release(1).expect("fewer than the most permits");
    }

    pub fn is_full(&self) -> bool {
        *self.inside.lock() == self.places
    }
}
