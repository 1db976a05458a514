//! The exercises of the chapter on the event.

use super::{always, not_always, show};
use listings::ch07_event::exercises::{Gate, Kitchen, Letterbox, MadeEvent};
use listings::{every_order, stuck};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::{Ending, Explorer, thread};
use primitives::Event;
use std::sync::Arc;

/// One letter is there, another comes. Who waits for the second takes until it has it.
fn two_letters(take: fn(&Letterbox) -> Vec<u32>) {
    let letterbox = Arc::new(Letterbox::default());
    letterbox.put(1);
    let writer = {
        let letterbox = letterbox.clone();
        thread::spawn("writer", move || letterbox.put(2))
    };
    while !take(&letterbox).contains(&2) {}
    writer.join().unwrap();
}

#[test]
fn a_letter_that_comes_between_the_take_and_the_clear_is_forgotten() {
    let late = Explorer::new().stop_at_failure().explore(|| two_letters(Letterbox::take));
    assert!(late.failures().any(|found| matches!(found.ending, Ending::Stuck(_))), "{late}");
    let first = every_order(|| two_letters(Letterbox::clear_then_take));
    assert_eq!(stuck(&first), 0);
}

/// Two threads pass, and each lets the next pass when it is done. They must not meet.
fn pass<G: Default + Send + Sync + 'static>(pass: fn(&G), open: fn(&G)) {
    let shared = Arc::new((G::default(), AtomicU32::new(0)));
    open(&shared.0);
    let threads = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || {
            let (gate, inside) = &*shared;
            pass(gate);
            assert_eq!(inside.fetch_add(1, Relaxed), 0, "the two meet");
            inside.fetch_sub(1, Relaxed);
            open(gate);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn an_event_that_is_waited_for_and_then_cleared_lets_two_pass_and_a_gate_one() {
    let wait_and_clear = |event: &Event| {
        event.wait();
        event.clear();
    };
    let with_event =
        Explorer::new().stop_at_failure().explore(move || pass(wait_and_clear, Event::set));
    let Some(found) = with_event.failures().next() else { panic!("they never meet") };
    let Ending::Panicked(panic) = &found.ending else { panic!("{found}") };
    assert!(panic.message.contains("the two meet"), "{found}");
    assert_eq!(stuck(&every_order(|| pass(Gate::pass, Gate::open))), 0);
}

#[test]
fn a_waiter_that_looks_again_misses_a_short_set_and_one_that_trusts_the_notify_does_not() {
    for (wait, misses) in [(MadeEvent::wait as fn(&MadeEvent), true), (MadeEvent::wait_once, false)]
    {
        let exploration = every_order(move || {
            let event = Arc::new(MadeEvent::default());
            let ann = {
                let event = event.clone();
                thread::spawn("Ann", move || wait(&event))
            };
            if event.set() > 0 {
                event.clear();
            }
            ann.join().unwrap();
        });
        assert_eq!(stuck(&exploration) > 0, misses);
    }
}

/// What stood on the counter when main had ordered twice.
fn eaten(order: fn(&Kitchen) -> [u32; 2]) -> [u32; 2] {
    let kitchen = Arc::new(Kitchen::default());
    let cook = {
        let kitchen = kitchen.clone();
        thread::spawn("cook", move || kitchen.cook())
    };
    let eaten = order(&kitchen);
    cook.join().unwrap();
    eaten
}

#[test]
fn a_signal_that_is_used_again_is_taken_away_before_it_is_asked_for() {
    show(
        "kitchen",
        [
            not_always("`order_twice`", || eaten(Kitchen::order_twice), &[[1, 2]]),
            not_always("`order_and_clear`", || eaten(Kitchen::order_and_clear), &[[1, 2]]),
            always("`clear_and_order`", || eaten(Kitchen::clear_and_order), &[[1, 2]]),
        ],
    );
}
