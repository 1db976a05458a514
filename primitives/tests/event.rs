//! The event on the real machine: agreement with a plain model and with its peers, and the limits
//! that the model checker cannot reach.

use primitives::Event;
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_sets_and_clears_agrees_with_a_flag(
        sets in prop::collection::vec(any::<bool>(), 0..60)
    ) {
        let event = Event::new();
        prop_assert!(!event.is_set());
        for set in sets {
            if set {
                event.set();
                event.wait();
            } else {
                event.clear();
            }
            prop_assert_eq!(event.is_set(), set);
            prop_assert_eq!(event.try_wait(), set);
            prop_assert_eq!(event.wait_for(Duration::ZERO), set);
            prop_assert_eq!(event.wait_until(Instant::now()), set);
            let shown = format!("Event {{ set: {set}, waiters: ");
            let debug = format!("{event:?}");
            prop_assert!(debug.starts_with(&shown));
        }
    }
}

/// Eight threads wait, one sets: how many go on.
fn wake_eight<E: Send + Sync + 'static>(event: E, wait: fn(&E), set: fn(&E)) -> usize {
    let event = Arc::new(event);
    let gone_on = Arc::new(AtomicUsize::new(0));
    let waiters: Vec<_> = (0..8)
        .map(|_| {
            let (event, gone_on) = (event.clone(), gone_on.clone());
            thread::spawn(move || {
                wait(&event);
                gone_on.fetch_add(1, Relaxed);
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(5));
    assert_eq!(gone_on.load(Relaxed), 0);
    set(&event);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    gone_on.load(Relaxed)
}

#[test]
fn one_set_lets_all_go_on_as_a_flag_with_a_condition_variable_does() {
    let ours = wake_eight(Event::new(), Event::wait, Event::set);
    let parking_lot = wake_eight(
        (parking_lot::Mutex::new(false), parking_lot::Condvar::new()),
        |(flag, condition)| condition.wait_while(&mut flag.lock(), |flag| !*flag),
        |(flag, condition)| {
            *flag.lock() = true;
            condition.notify_all();
        },
    );
    assert_eq!((ours, parking_lot), (8, 8));
}

#[test]
fn a_timed_wait_takes_at_least_its_time_and_no_deadline_is_early() {
    let event = Event::new();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(!event.wait_for(timeout));
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(!event.wait_until(deadline));
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_event_is_set() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let event = Arc::new(Event::new());
        let waiter = {
            let event = event.clone();
            thread::spawn(move || event.wait_for(timeout))
        };
        while !format!("{event:?}").contains("waiters: true") {
            thread::yield_now();
        }
        event.set();
        assert!(waiter.join().unwrap());
    }
}

#[test]
fn thousands_of_rounds_between_two_threads_lose_no_signal() {
    let events = Arc::new((Event::new(), Event::new()));
    let start = Arc::new(Barrier::new(2));
    let other = {
        let (events, start) = (events.clone(), start.clone());
        thread::spawn(move || {
            start.wait();
            for _ in 0..5_000 {
                events.0.wait();
                events.0.clear();
                events.1.set();
            }
        })
    };
    start.wait();
    for _ in 0..5_000 {
        events.0.set();
        events.1.wait();
        events.1.clear();
    }
    other.join().unwrap();
    assert!(!events.0.is_set() && !events.1.is_set());
}

#[test]
fn an_event_is_one_word_and_can_be_a_static() {
    static EVENT: Event = Event::new();
    assert_eq!(size_of::<Event>(), 4);
    EVENT.set();
    EVENT.wait();
    assert_eq!(format!("{EVENT:?}"), "Event { set: true, waiters: false }");
    assert!(!Event::default().is_set());
}

#[test]
fn an_event_that_was_cleared_holds_all_that_come_until_it_is_set_again() {
    let shared = Arc::new((Event::new(), AtomicUsize::new(0)));
    for _ in 0..3 {
        let waiters = [(); 5].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.0.wait();
                shared.1.fetch_add(1, Relaxed);
                // It stays set, and lets through those that come again.
                shared.0.wait();
            })
        });
        let gone_on = || shared.1.load(Relaxed);
        while !format!("{:?}", shared.0).contains("waiters: true") && gone_on() == 0 {
            thread::yield_now();
        }
        assert_eq!(gone_on(), 0);
        shared.0.set();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        assert_eq!(shared.1.swap(0, Relaxed), 5);
        shared.0.clear();
    }
}
