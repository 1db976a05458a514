use super::answer::Event;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann writes a value and sets, Bob waits and reads it", a_value)
        .sleeps("Bob waits, and nobody sets", nobody_sets)
        .holds("Ann sets, Bob and Cleo wait", two_waiters)
}

struct Shared {
    event: Event,
    value: UnsafeCell<u32>,
}

// SAFETY: the search reports two uses of the value that nothing orders.
unsafe impl Sync for Shared {}

fn a_value() {
    let ann: fn(&Shared) -> u32 = |shared| {
        // SAFETY: Bob reads it after the event alone, or the search reports it.
        shared.value.with_mut(|value| unsafe { *value = 7 });
        shared.event.set();
        7
    };
    let bob: fn(&Shared) -> u32 = |shared| {
        shared.event.wait();
        // SAFETY: as above.
        shared.value.with(|value| unsafe { *value })
    };
    let shared = Shared { event: Event::new(), value: UnsafeCell::new(0) };
    let (_, [_, seen]) = together(shared, [("Ann", ann), ("Bob", bob)]);
    assert_eq!(seen, 7, "the value that Bob reads is");
}

fn nobody_sets() {
    together(Event::new(), [("Bob", Event::wait)]);
}

fn two_waiters() {
    let threads = [("Ann", Event::set as fn(&Event)), ("Bob", Event::wait), ("Cleo", Event::wait)];
    together(Event::new(), threads);
}
