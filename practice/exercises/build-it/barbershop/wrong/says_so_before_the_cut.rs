// race: the customer may go while the barber still cuts.

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
        let mut inside = self.inside.lock();
        if *inside == self.places {
            return false;
        }
        *inside += 1;
        drop(inside);
        self.waiting.release(1).expect("fewer than the most permits");
        self.cut.acquire().forget();
        *self.inside.lock() -= 1;
        true
    }

    pub fn serve(&self, cut: impl FnOnce()) {
        self.waiting.acquire().forget();
        self.cut.release(1).expect("fewer than the most permits");
        cut();
    }

    pub fn is_full(&self) -> bool {
        *self.inside.lock() == self.places
    }
}
