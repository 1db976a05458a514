//! The reader-writer lock on the real machine: agreement with a plain model and with its peers, and
//! the limits that the model checker cannot reach.

use primitives::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use proptest::prelude::*;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Which of the forms that do not wait for ever.
#[derive(Clone, Copy, Debug)]
enum Form {
    Try,
    ForZero,
    UntilThePast,
}

/// What one thread can do with the lock.
#[derive(Clone, Copy, Debug)]
enum Action {
    Read(Form),
    Write(Form),
    Downgrade,
    Drop(usize),
}

fn action() -> impl Strategy<Value = Action> {
    let form = || prop_oneof![Just(Form::Try), Just(Form::ForZero), Just(Form::UntilThePast)];
    prop_oneof![
        3 => form().prop_map(Action::Read),
        2 => form().prop_map(Action::Write),
        1 => Just(Action::Downgrade),
        4 => any::<usize>().prop_map(Action::Drop),
    ]
}

enum Guard<'a> {
    Read(RwLockReadGuard<'a, i32>),
    Write(RwLockWriteGuard<'a, i32>),
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_ref_cell(
        actions in prop::collection::vec(action(), 0..60)
    ) {
        let lock = RwLock::new(0);
        let model = RefCell::new(0);
        let mut held = Vec::new();
        let mut held_by_model = (Vec::new(), None);
        for action in actions {
            match action {
                Action::Read(form) => {
                    let guard = match form {
                        Form::Try => lock.try_read(),
                        Form::ForZero => lock.try_read_for(Duration::ZERO),
                        Form::UntilThePast => lock.try_read_until(Instant::now()),
                    };
                    let expected = model.try_borrow().ok();
                    prop_assert_eq!(guard.is_some(), expected.is_some());
                    if let (Some(guard), Some(expected)) = (guard, expected) {
                        prop_assert_eq!(*guard, *expected);
                        held.push(Guard::Read(guard));
                        held_by_model.0.push(expected);
                    }
                }
                Action::Write(form) => {
                    let guard = match form {
                        Form::Try => lock.try_write(),
                        Form::ForZero => lock.try_write_for(Duration::ZERO),
                        Form::UntilThePast => lock.try_write_until(Instant::now()),
                    };
                    let expected = model.try_borrow_mut().ok();
                    prop_assert_eq!(guard.is_some(), expected.is_some());
                    if let (Some(mut guard), Some(mut expected)) = (guard, expected) {
                        *guard += 1;
                        *expected += 1;
                        held.push(Guard::Write(guard));
                        held_by_model.1 = Some(expected);
                    }
                }
                Action::Downgrade => match held.pop() {
                    Some(Guard::Write(guard)) => {
                        let guard = RwLockWriteGuard::downgrade(guard);
                        held_by_model.1 = None;
                        let expected = model.borrow();
                        prop_assert_eq!(*guard, *expected);
                        held.push(Guard::Read(guard));
                        held_by_model.0.push(expected);
                    }
                    other => held.extend(other),
                },
                Action::Drop(which) if !held.is_empty() => {
                    match held.swap_remove(which % held.len()) {
                        Guard::Read(guard) => {
                            let expected = held_by_model.0.pop().expect("as many readers");
                            prop_assert_eq!(*guard, *expected);
                        }
                        Guard::Write(_) => held_by_model.1 = None,
                    }
                }
                Action::Drop(_) => {}
            }
        }
    }
}

/// Four threads add to both of two numbers and four look; whether the two were ever seen to differ,
/// and what they come to.
fn tally<L: Send + Sync + 'static>(
    lock: L,
    add: fn(&L),
    look: fn(&L) -> (u32, u32),
) -> (bool, (u32, u32)) {
    let lock = Arc::new(lock);
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let lock = lock.clone();
            thread::spawn(move || (0..2_000).for_each(|_| add(&lock)))
        })
        .collect();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let lock = lock.clone();
            thread::spawn(move || (0..2_000).map(|_| look(&lock)).any(|(a, b)| a != b))
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let differed: Vec<bool> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    (differed.contains(&true), look(&lock))
}

#[test]
fn the_same_program_over_parking_lot_and_std_comes_out_the_same() {
    let ours = tally(
        RwLock::new((0, 0)),
        |lock| {
            let mut pair = lock.write();
            pair.0 += 1;
            pair.1 += 1;
        },
        |lock| *lock.read(),
    );
    let parking_lot = tally(
        parking_lot::RwLock::new((0, 0)),
        |lock| {
            let mut pair = lock.write();
            pair.0 += 1;
            pair.1 += 1;
        },
        |lock| *lock.read(),
    );
    let std = tally(
        std::sync::RwLock::new((0, 0)),
        |lock| {
            let mut pair = lock.write().unwrap();
            pair.0 += 1;
            pair.1 += 1;
        },
        |lock| *lock.read().unwrap(),
    );
    assert_eq!(ours, (false, (8_000, 8_000)));
    assert_eq!((&ours, &ours), (&parking_lot, &std));
}

#[test]
fn a_writer_comes_through_a_stream_of_readers_that_never_lets_the_lock_be_free() {
    let lock = Arc::new(RwLock::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    // Each takes the lock anew before it gives up the old guard, as long as it is let in.
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (lock, stop) = (lock.clone(), stop.clone());
            thread::spawn(move || {
                while !stop.load(Relaxed) {
                    let mut guard = lock.read();
                    while let Some(next) = lock.try_read() {
                        guard = next;
                        if stop.load(Relaxed) {
                            break;
                        }
                    }
                    drop(guard);
                }
            })
        })
        .collect();
    // It would hang here if the readers kept it out.
    for _ in 0..100 {
        *lock.write() += 1;
    }
    stop.store(true, Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(*lock.read(), 100);
}

#[test]
fn timed_forms_take_at_least_their_time_and_no_deadline_is_early() {
    let lock = Arc::new(RwLock::new(0));
    let timeout = Duration::from_millis(20);
    let guard = lock.write();
    let start = Instant::now();
    assert!(lock.try_read_for(timeout).is_none());
    assert!(lock.try_write_for(timeout).is_none());
    assert!(start.elapsed() >= 2 * timeout);
    let deadline = Instant::now() + timeout;
    assert!(lock.try_read_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    assert!(lock.try_write_until(deadline).is_none());
    drop(guard);
    assert!(lock.try_write_until(deadline).is_some() && lock.try_read_until(deadline).is_some());
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_lock_is_free() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.write();
        let waiters = [
            {
                let lock = lock.clone();
                thread::spawn(move || lock.try_read_for(timeout).is_some())
            },
            {
                let lock = lock.clone();
                thread::spawn(move || lock.try_write_for(timeout).is_some())
            },
        ];
        thread::sleep(Duration::from_millis(5));
        drop(guard);
        waiters.into_iter().for_each(|waiter| assert!(waiter.join().unwrap()));
    }
}

#[test]
fn a_forgotten_reader_keeps_writers_out_and_a_forgotten_writer_everybody() {
    let lock = RwLock::new(0);
    std::mem::forget(lock.read());
    assert!(lock.try_write().is_none() && lock.try_read().is_some());
    let lock = RwLock::new(0);
    std::mem::forget(lock.write());
    assert!(lock.try_write().is_none() && lock.try_read().is_none());
    assert_eq!(format!("{lock:?}"), "RwLock { value: <locked> }");
}

#[test]
fn a_panic_releases_the_lock_and_leaves_the_value_as_it_was() {
    let lock = RwLock::new(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = lock.write();
        *guard = 2;
        panic!("while changing");
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.read();
        panic!("while looking");
    }));
    assert!(panicked.is_err());
    assert_eq!(lock.try_write().as_deref(), Some(&2));
}

#[test]
fn a_lock_can_be_a_static_and_hold_a_value_without_a_size() {
    static PRICE: RwLock<u32> = RwLock::new(3);
    *PRICE.write() += 1;
    assert_eq!(format!("{PRICE:?} {} {:?}", PRICE.read(), PRICE.read()), "RwLock { value: 4 } 4 4");
    assert_eq!(format!("{}", PRICE.write()), format!("{:?}", PRICE.write()));
    let mut lock = RwLock::from(1);
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 2);
    let slice: Box<RwLock<[i32]>> = Box::new(RwLock::new([1, 2, 3]));
    assert_eq!(slice.read().len() + RwLock::<[i32; 2]>::default().read().len(), 5);
}

#[test]
fn a_lock_says_whether_it_is_held_and_how() {
    let lock = RwLock::new(1);
    assert!(!lock.is_locked() && !lock.is_locked_to_write());
    let reader = lock.read();
    assert!(lock.is_locked() && !lock.is_locked_to_write());
    drop(reader);
    let writer = lock.write();
    assert!(lock.is_locked() && lock.is_locked_to_write());
    let reader = RwLockWriteGuard::downgrade(writer);
    assert!(lock.is_locked() && !lock.is_locked_to_write());
    drop(reader);
    assert!(!lock.is_locked());
}
