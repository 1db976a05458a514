use super::answer::Event;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .holds("Ann writes a value and sets, Ben waits and reads it", a_value)
        .sleeps("Ben waits, and nobody sets", nobody_sets)
        .holds("Ann sets, Ben and Cleo wait", two_waiters)
}

struct Shared {
    event: Event,
    value: UnsafeCell<u32>,
}

// SAFETY: the search reports two uses of the value that nothing orders.
unsafe impl Sync for Shared {}

fn a_value() {
    let ann: fn(&Shared) -> u32 = |shared| {
        // SAFETY: Ben reads it after the event alone, or the search reports it.
        shared.value.with_mut(|value| unsafe { *value = 7 });
        shared.event.set();
        7
    };
    let ben: fn(&Shared) -> u32 = |shared| {
        shared.event.wait();
        // SAFETY: as above.
        shared.value.with(|value| unsafe { *value })
    };
    let shared = Shared { event: Event::new(), value: UnsafeCell::new(0) };
    let (_, [_, seen]) = together(shared, [("Ann", ann), ("Ben", ben)]);
    assert_eq!(seen, 7, "the value that Ben reads is");
}

fn nobody_sets() {
    together(Event::new(), [("Ben", Event::wait)]);
}

fn two_waiters() {
    let threads = [("Ann", Event::set as fn(&Event)), ("Ben", Event::wait), ("Cleo", Event::wait)];
    together(Event::new(), threads);
}
