//! The fair lock on the real machine: agreement with a plain model and with a peer, and the limits
//! that the model checker cannot reach.

use primitives::FairLock;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_locks_agrees_with_a_flag(
        actions in prop::collection::vec(0..4, 0..60)
    ) {
        let lock = FairLock::new();
        let mut guard = None;
        for action in actions {
            let taken = guard.is_some();
            let locked = match action {
                0 => lock.try_lock(),
                1 => lock.try_lock_for(Duration::ZERO),
                2 => lock.try_lock_until(Instant::now()),
                _ => {
                    guard = None;
                    continue;
                }
            };
            prop_assert_eq!(locked.is_some(), !taken);
            guard = guard.or(locked);
        }
    }
}

/// The order in which ten threads come, one after the other, and the order in which they pass.
#[test]
fn threads_pass_in_the_order_in_which_they_came() {
    let lock = Arc::new(FairLock::new());
    let (passed, order) = channel();
    let guard = lock.lock();
    let threads: Vec<_> = (0..10)
        .map(|number| {
            let (lock_of_thread, passed) = (lock.clone(), passed.clone());
            let thread = thread::spawn(move || {
                let _guard = lock_of_thread.lock();
                passed.send(number).unwrap();
            });
            let standing = format!("waiting: {}", number + 1);
            while !format!("{lock:?}").contains(&standing) {
                thread::yield_now();
            }
            thread
        })
        .collect();
    drop(guard);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(passed);
    assert!(order.iter().eq(0..10));
}

#[test]
fn thousands_of_turns_of_four_threads_exclude_each_other() {
    let shared = Arc::new((FairLock::new(), Mutex::new(0)));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                for _ in 0..2_000 {
                    let _guard = shared.0.lock();
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
    let lock = Arc::new(FairLock::new());
    let guard = lock.lock();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(lock.try_lock_for(timeout).is_none());
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(lock.try_lock_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    let waiter = {
        let lock = lock.clone();
        thread::spawn(move || lock.try_lock_for(Duration::MAX).is_some())
    };
    while !format!("{lock:?}").contains("waiting: 1") {
        thread::yield_now();
    }
    drop(guard);
    assert!(waiter.join().unwrap());
}

#[test]
fn a_panic_hands_the_lock_on_and_a_forgotten_guard_keeps_it() {
    let lock = FairLock::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.lock();
        panic!("in the lock");
    }));
    assert!(panicked.is_err());
    std::mem::forget(lock.lock());
    assert!(lock.try_lock().is_none());
    assert_eq!(format!("{lock:?}"), "FairLock { taken: true, waiting: 0, .. }");
}

#[test]
fn a_fair_lock_can_be_a_static() {
    static LOCK: FairLock = FairLock::new();
    assert!(LOCK.try_lock().is_some());
}
