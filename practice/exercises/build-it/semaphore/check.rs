use super::answer::MySemaphore;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a thread takes two permits of one", too_many)
        .holds("one permit: Ann and Ben are inside, once each", one_permit::<MySemaphore>)
        .as_library(one_permit::<Semaphore>)
        .holds("no permit: Ann takes one, Ben prepares a value and gives one", given::<MySemaphore>)
        .as_library(given::<Semaphore>)
        .holds("two permits: Ann and Ben meet inside", two_permits::<MySemaphore>)
        .as_library(two_permits::<Semaphore>)
        .holds_when_woken("no permit: Ann and Ben take one each, Cat gives two", two_wait)
}

trait Semaphores: Send + Sync + 'static {
    fn new(permits: u32) -> Self;
    fn acquire(&self);
    fn release(&self);
}

impl Semaphores for MySemaphore {
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) {
        self.acquire();
    }
    fn release(&self) {
        self.release();
    }
}

impl Semaphores for Semaphore {
    fn new(permits: u32) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) {
        self.acquire().forget();
    }
    fn release(&self) {
        self.release(1).expect("few permits");
    }
}

type Shared<S> = (S, Guarded);

fn too_many() {
    let semaphore = MySemaphore::new(1);
    semaphore.acquire();
    semaphore.acquire();
}

fn one_permit<S: Semaphores>() {
    let enter: fn(&Shared<S>) = |(semaphore, value)| {
        semaphore.acquire();
        value.change();
        semaphore.release();
    };
    together((S::new(1), Guarded::new()), [("Ann", enter), ("Ben", enter)]);
}

fn given<S: Semaphores>() {
    let take: fn(&Shared<S>) = |(semaphore, prepared)| {
        semaphore.acquire();
        assert_eq!(prepared.look(), 1, "Ann has a permit, and what Ben prepared is");
    };
    let give: fn(&Shared<S>) = |(semaphore, prepared)| {
        prepared.change();
        semaphore.release();
    };
    together((S::new(0), Guarded::new()), [("Ann", take), ("Ben", give)]);
}

fn two_permits<S: Semaphores>() {
    fn meet<S: Semaphores>((semaphore, met): &(S, [Event; 2]), me: usize) {
        semaphore.acquire();
        met[me].set();
        met[1 - me].wait();
        semaphore.release();
    }
    let ann: fn(&(S, [Event; 2])) = |shared| meet(shared, 0);
    let ben: fn(&(S, [Event; 2])) = |shared| meet(shared, 1);
    together((S::new(2), [Event::new(), Event::new()]), [("Ann", ann), ("Ben", ben)]);
}

fn two_wait() {
    let take: fn(&MySemaphore) = MySemaphore::acquire;
    let give: fn(&MySemaphore) = |semaphore| (0..2).for_each(|_| semaphore.release());
    together(MySemaphore::new(0), [("Ann", take), ("Ben", take), ("Cat", give)]);
}
