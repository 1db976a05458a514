//! The lock on the real machine: agreement with a plain model and with its peers, and the limits
//! that the model checker cannot reach.

use primitives::{Lock, LockGuard, RawLock};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What one thread can do with a lock, guards kept in hand included.
#[derive(Clone, Copy, Debug)]
enum Action {
    TryLock,
    TryLockForZero,
    TryLockForAMoment,
    TryLockUntilThePast,
    Add(i32),
    Unlock,
    ForgetGuard,
    GetMut(i32),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::TryLock),
        Just(Action::TryLockForZero),
        Just(Action::TryLockForAMoment),
        Just(Action::TryLockUntilThePast),
        any::<i32>().prop_map(Action::Add),
        Just(Action::Unlock),
        Just(Action::ForgetGuard),
        any::<i32>().prop_map(Action::GetMut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_flag_and_a_number(
        actions in prop::collection::vec(action(), 0..40)
    ) {
        let mut lock = Lock::new(0_i32);
        let (mut locked, mut value) = (false, 0_i32);
        for action in actions {
            // The guard cannot be kept across `get_mut`, so each action gets the one it needs.
            match action {
                Action::TryLock
                | Action::TryLockForZero
                | Action::TryLockForAMoment
                | Action::TryLockUntilThePast => {
                    let guard = match action {
                        Action::TryLock => lock.try_lock(),
                        Action::TryLockForZero => lock.try_lock_for(Duration::ZERO),
                        Action::TryLockForAMoment => lock.try_lock_for(Duration::from_micros(1)),
                        _ => lock.try_lock_until(Instant::now()),
                    };
                    prop_assert_eq!(guard.is_some(), !locked);
                    drop(guard);
                }
                Action::Add(amount) => {
                    if let Some(mut guard) = lock.try_lock() {
                        *guard = guard.wrapping_add(amount);
                        value = value.wrapping_add(amount);
                        prop_assert_eq!(*guard, value);
                    }
                }
                Action::ForgetGuard => {
                    if let Some(guard) = lock.try_lock() {
                        std::mem::forget(guard);
                        locked = true;
                    }
                }
                Action::Unlock => {
                    if locked {
                        lock = Lock::new(lock.into_inner());
                        locked = false;
                    }
                }
                Action::GetMut(new) => {
                    *lock.get_mut() = new;
                    value = new;
                }
            }
            prop_assert_eq!(lock.is_locked(), locked);
            let shown = if locked { "<locked>".to_owned() } else { value.to_string() };
            prop_assert_eq!(format!("{lock:?}"), format!("Lock {{ value: {shown} }}"));
        }
        prop_assert_eq!(lock.into_inner(), value);
    }
}

/// Eight threads append their number; returns how often each occurs.
fn tally<L: Send + Sync + 'static>(
    lock: L,
    push: fn(&L, usize),
    all: fn(L) -> Vec<usize>,
) -> Vec<usize> {
    let lock = Arc::new(lock);
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let lock = lock.clone();
            thread::spawn(move || (0..2_000).for_each(|_| push(&lock, number)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let all = all(Arc::into_inner(lock).unwrap());
    (0..8).map(|number| all.iter().filter(|&&one| one == number).count()).collect()
}

#[test]
fn the_same_program_over_std_and_parking_lot_comes_out_the_same() {
    let ours = tally(Lock::new(vec![]), |lock, number| lock.lock().push(number), Lock::into_inner);
    let std = tally(
        std::sync::Mutex::new(vec![]),
        |lock, number| lock.lock().unwrap().push(number),
        |lock| lock.into_inner().unwrap(),
    );
    let parking_lot = tally(
        parking_lot::Mutex::new(vec![]),
        |lock, number| lock.lock().push(number),
        parking_lot::Mutex::into_inner,
    );
    assert_eq!(ours, [2_000; 8]);
    assert_eq!(ours, std);
    assert_eq!(ours, parking_lot);
}

#[test]
fn plain_timed_and_trying_threads_share_one_lock_and_lose_nothing() {
    let lock = Arc::new(Lock::new(0_u64));
    let threads: Vec<_> = (0..6)
        .map(|number| {
            let lock = lock.clone();
            thread::spawn(move || {
                let mut added = 0;
                for _ in 0..5_000 {
                    let guard = match number % 3 {
                        0 => Some(lock.lock()),
                        1 => lock.try_lock_for(Duration::from_micros(50)),
                        _ => lock.try_lock(),
                    };
                    if let Some(mut guard) = guard {
                        *guard += 1;
                        added += 1;
                    }
                }
                added
            })
        })
        .collect();
    let added: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(*lock.lock(), added);
    assert!(added >= 10_000, "the plain threads always add");
}

#[test]
fn a_timed_lock_waits_at_least_its_time_and_no_deadline_is_early() {
    let lock = Lock::new(());
    let guard = lock.lock();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(lock.try_lock_for(timeout).is_none());
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(lock.try_lock_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    drop(guard);
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_lock_is_free() {
    let lock = Arc::new(Lock::new(0));
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX / 4), Duration::from_secs(1 << 40)]
    {
        let guard = lock.lock();
        let waiter = {
            let lock = lock.clone();
            thread::spawn(move || *lock.try_lock_for(timeout).expect("no time-out") += 1)
        };
        thread::sleep(Duration::from_millis(5));
        drop(guard);
        waiter.join().unwrap();
    }
    assert_eq!(*lock.lock(), 3);
}

#[test]
fn a_sleeping_waiter_is_woken_by_an_unlock() {
    let lock = Arc::new(Lock::new(()));
    let entered = Arc::new(AtomicBool::new(false));
    let guard = lock.lock();
    let waiter = {
        let (lock, entered) = (lock.clone(), entered.clone());
        thread::spawn(move || {
            let _guard = lock.lock();
            entered.store(true, Relaxed);
        })
    };
    // Long enough for the waiter to be asleep on almost every run; right on every run.
    thread::sleep(Duration::from_millis(20));
    assert!(!entered.load(Relaxed));
    drop(guard);
    waiter.join().unwrap();
    assert!(entered.load(Relaxed));
}

#[test]
fn a_panic_releases_the_lock_and_keeps_what_was_written() {
    let lock = Arc::new(Lock::new(0));
    let panics = {
        let lock = lock.clone();
        thread::spawn(move || {
            let mut guard = lock.lock();
            *guard = 1;
            std::panic::resume_unwind(Box::new("on purpose"));
        })
    };
    assert!(panics.join().is_err());
    assert_eq!(lock.try_lock().map(|guard| *guard), Some(1));
}

#[test]
fn a_lock_is_one_word_beside_its_value_and_can_be_a_static() {
    static LOCK: Lock<u32> = Lock::new(7);
    static RAW: RawLock = RawLock::new();
    assert_eq!(size_of::<RawLock>(), 4);
    assert_eq!(size_of::<Lock<u32>>(), 8);
    assert_eq!(*LOCK.lock(), 7);
    assert!(RAW.try_lock_for(Duration::ZERO));
    assert_eq!(format!("{RAW:?}"), "RawLock { locked: true }");
}

#[test]
fn a_lock_may_hold_a_value_without_a_size() {
    let lock: Box<Lock<[i32]>> = Box::new(Lock::new([1, 2, 3]));
    lock.lock()[1] = 5;
    assert_eq!(format!("{:?} {}", lock.lock(), Lock::from("text").lock()), "[1, 5, 3] text");
    assert_eq!(*Lock::<i32>::default().lock(), 0);
}

#[test]
fn unlocked_lets_others_in_and_takes_the_lock_back_also_when_it_panics() {
    let lock = Lock::new(1);
    let mut guard = lock.lock();
    LockGuard::unlocked(&mut guard, || *lock.try_lock().unwrap() += 1);
    assert_eq!(*guard, 2);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        LockGuard::unlocked(&mut guard, || panic!("while unlocked"));
    }));
    assert!(panicked.is_err() && lock.is_locked());
    assert!(std::ptr::eq(LockGuard::lock(&guard), &lock));
    drop(guard);
    assert!(!lock.is_locked());
}

#[test]
fn a_raw_lock_that_is_unlocked_can_be_had_again() {
    let raw = RawLock::new();
    raw.lock();
    assert!(!raw.try_lock());
    // SAFETY: this thread holds it.
    unsafe { raw.unlock() };
    assert!(raw.try_lock() && raw.is_locked());
}

#[test]
fn all_that_wait_come_through_after_one_release_and_none_before() {
    let shared = Arc::new((Lock::new(0), AtomicUsize::new(0)));
    let guard = shared.0.lock();
    let waiters = [(); 5].map(|()| {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.1.fetch_add(1, Relaxed);
            *shared.0.lock() += 1;
        })
    });
    while shared.1.load(Relaxed) < 5 {
        thread::yield_now();
    }
    // Long enough for them to be asleep on almost every run; right on every run.
    thread::sleep(Duration::from_millis(20));
    assert_eq!(*guard, 0);
    drop(guard);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    assert_eq!(*shared.0.lock(), 5);
}

#[test]
fn a_raw_lock_is_unlocked_by_another_thread_also_for_one_that_locks_twice() {
    let shared = Arc::new((RawLock::new(), AtomicUsize::new(0)));
    let twice = {
        let shared = shared.clone();
        thread::spawn(move || {
            for times in 1..=2 {
                shared.0.lock();
                shared.1.store(times, Relaxed);
            }
        })
    };
    while shared.1.load(Relaxed) == 0 {
        thread::yield_now();
    }
    // Long enough for it to be asleep on almost every run; right on every run.
    thread::sleep(Duration::from_millis(20));
    assert_eq!(shared.1.load(Relaxed), 1);
    // SAFETY: its holder does nothing under it but ask for it again.
    unsafe { shared.0.unlock() };
    twice.join().unwrap();
    assert!(shared.1.load(Relaxed) == 2 && shared.0.is_locked());
    // SAFETY: its holder has ended.
    unsafe { shared.0.unlock() };
    assert!(shared.0.try_lock());
}
