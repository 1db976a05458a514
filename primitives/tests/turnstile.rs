//! The turnstile and the waiter on the real machine: agreement with a plain model and with a peer, and
//! the limits that the model checker cannot reach.

use primitives::{Turnstile, Waiter};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_entries_agrees_with_a_flag(
        actions in prop::collection::vec(0..4, 0..60)
    ) {
        let turnstile = Turnstile::new();
        let mut turn = None;
        for action in actions {
            let taken = turn.is_some();
            let entered = match action {
                0 => turnstile.try_enter(),
                1 => turnstile.try_enter_for(Duration::ZERO),
                2 => turnstile.try_enter_until(Instant::now()),
                _ => {
                    turn = None;
                    continue;
                }
            };
            prop_assert_eq!(entered.is_some(), !taken);
            turn = turn.or(entered);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_notifications_and_waits_agrees_with_a_flag(
        actions in prop::collection::vec(0..4, 0..20)
    ) {
        let waiter = Waiter::new();
        let mut notified = false;
        for action in actions {
            match action {
                0 => prop_assert_eq!(waiter.try_wait(), notified),
                1 => prop_assert_eq!(waiter.wait_for(Duration::ZERO), notified),
                2 => prop_assert_eq!(waiter.wait_until(Instant::now()), notified),
                _ => {
                    waiter.notify();
                    notified = true;
                    waiter.wait();
                    prop_assert!(waiter.wait_for(Duration::MAX));
                }
            }
        }
    }
}

/// The order in which ten threads come, one after the other, and the order in which they pass.
#[test]
fn threads_pass_in_the_order_in_which_they_came() {
    let turnstile = Arc::new(Turnstile::new());
    let (passed, order) = channel();
    let turn = turnstile.enter();
    let threads: Vec<_> = (0..10)
        .map(|number| {
            let (turnstile_of_thread, passed) = (turnstile.clone(), passed.clone());
            let thread = thread::spawn(move || {
                let _turn = turnstile_of_thread.enter();
                passed.send(number).unwrap();
            });
            let standing = format!("waiting: {}", number + 1);
            while !format!("{turnstile:?}").contains(&standing) {
                thread::yield_now();
            }
            thread
        })
        .collect();
    drop(turn);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(passed);
    assert!(order.iter().eq(0..10));
}

#[test]
fn thousands_of_turns_of_four_threads_exclude_each_other() {
    let shared = Arc::new((Turnstile::new(), Mutex::new(0)));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                for _ in 0..2_000 {
                    let _turn = shared.0.enter();
                    // Nobody else can have it, so the peer's lock never has to wait.
                    *shared.1.try_lock().unwrap() += 1;
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*shared.1.lock().unwrap(), 8_000);
}

#[test]
fn timed_forms_take_at_least_their_time_and_one_too_long_for_the_clock_waits_for_its_turn() {
    let turnstile = Arc::new(Turnstile::new());
    let turn = turnstile.enter();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(turnstile.try_enter_for(timeout).is_none());
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(turnstile.try_enter_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    let waiter = {
        let turnstile = turnstile.clone();
        thread::spawn(move || turnstile.try_enter_for(Duration::MAX).is_some())
    };
    while !format!("{turnstile:?}").contains("waiting: 1") {
        thread::yield_now();
    }
    drop(turn);
    assert!(waiter.join().unwrap());
}

#[test]
fn a_panic_hands_the_turn_on_and_a_forgotten_turn_keeps_it() {
    let turnstile = Turnstile::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _turn = turnstile.enter();
        panic!("in the turnstile");
    }));
    assert!(panicked.is_err());
    std::mem::forget(turnstile.enter());
    assert!(turnstile.try_enter().is_none());
    assert_eq!(format!("{turnstile:?}"), "Turnstile { taken: true, waiting: 0, .. }");
}

#[test]
fn turnstiles_and_waiters_can_be_statics() {
    static TURNSTILE: Turnstile = Turnstile::new();
    static WAITER: Waiter = Waiter::new();
    assert!(TURNSTILE.try_enter().is_some());
    assert!(!WAITER.wait_until(Instant::now()));
    WAITER.notify();
    WAITER.wait();
    assert_eq!(format!("{WAITER:?}"), "Waiter { state: \"notified\" }");
    assert_eq!(format!("{:?}", Waiter::default()), "Waiter { state: \"awake\" }");
}
