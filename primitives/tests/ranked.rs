//! Locks with ranks on the real machine: agreement with a plain list, thousands of rounds, and the
//! limits that the model checker cannot reach.

use primitives::{RankedLock, RankedLockGuard};
use proptest::prelude::*;
use std::cell::RefCell;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Ranks 0, 0, 1, 1 and so on.
fn locks() -> [RankedLock<usize>; 6] {
    std::array::from_fn(|number| RankedLock::new(number as u32 / 2, "a lock", number))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_requests_agrees_with_a_list_of_what_is_held(
        actions in prop::collection::vec((0..6, 0..6_usize), 0..80)
    ) {
        let locks = locks();
        let mut held: Vec<RankedLockGuard<'_, usize>> = Vec::new();
        for (action, number) in actions {
            let lock = &locks[number];
            let ranks = held.iter().map(|guard| **guard as u32 / 2);
            let refused = ranks.max().is_some_and(|highest| highest >= number as u32 / 2);
            let mine = held.iter().position(|guard| **guard == number);
            match (action, mine) {
                (0, _) => match lock.try_lock() {
                    Some(guard) => {
                        prop_assert_eq!(mine, None);
                        held.push(guard);
                    }
                    None => prop_assert!(mine.is_some()),
                },
                (1, _) => {
                    let answer = lock.lock();
                    prop_assert_eq!(answer.is_err(), refused);
                    held.extend(answer);
                }
                (2, _) => {
                    let answer = lock.try_lock_for(Duration::ZERO);
                    prop_assert_eq!(answer.is_err(), refused);
                    held.extend(answer.ok().flatten());
                }
                (3, _) => {
                    let answer = lock.try_lock_until(Instant::now());
                    prop_assert_eq!(answer.is_err(), refused);
                    held.extend(answer.ok().flatten());
                }
                (_, Some(place)) => drop(held.remove(place)),
                (_, None) => {}
            }
        }
    }
}

#[test]
fn thousands_of_rounds_by_rising_rank_come_to_an_end() {
    const ROUNDS: u64 = 2_000;
    let locks: [RankedLock<u64>; 4] =
        std::array::from_fn(|number| RankedLock::new(number as u32, "a lock", 0));
    thread::scope(|scope| {
        for number in 1..5_u64 {
            let locks = &locks;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    // Some two to four of the locks, another choice each time.
                    let wanted = (0..4).filter(|lock| (round * number) >> lock & 1 == 0);
                    let mut held: Vec<_> =
                        wanted.map(|lock: usize| locks[lock].lock().unwrap()).collect();
                    held.iter_mut().for_each(|value| **value += 1);
                }
            });
        }
    });
    let expected: u64 = (1..5)
        .flat_map(|number| (0..ROUNDS).map(move |round| round * number))
        .map(|bits| 4 - u64::from((bits & 15).count_ones()))
        .sum();
    assert_eq!(locks.map(RankedLock::into_inner).iter().sum::<u64>(), expected);
}

#[test]
fn timed_forms_take_at_least_their_time() {
    let lock = RankedLock::new(1, "lock A", 0);
    let _guard = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let timeout = Duration::from_millis(20);
            let start = Instant::now();
            assert!(lock.try_lock_for(timeout).unwrap().is_none());
            assert!(start.elapsed() >= timeout);
            let deadline = Instant::now() + timeout;
            assert!(lock.try_lock_until(deadline).unwrap().is_none());
            assert!(Instant::now() >= deadline);
        });
    });
}

#[test]
fn a_panic_takes_the_rank_back_and_a_forgotten_guard_keeps_it() {
    let (low, high) = (RankedLock::new(1, "low", 0), RankedLock::new(2, "high", 0));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = high.lock().unwrap();
        panic!("with the lock held");
    }));
    assert!(panicked.is_err());
    assert!(low.lock().is_ok());
    forget(high.lock());
    let error = low.lock().unwrap_err();
    assert_eq!(error.to_string(), "asks for low (rank 1) and holds high (rank 2)");
    assert_eq!((error.asked.number, error.held.number), (1, 2));
}

/// Takes both locks when its thread ends.
struct TakesBoth(&'static [RankedLock<u32>; 2], Sender<u32>);

impl Drop for TakesBoth {
    fn drop(&mut self) {
        let [low, high] = self.0;
        let mut sum = 0;
        for locks in [[low, high], [high, low]] {
            let held = locks.map(RankedLock::lock);
            sum += held.iter().flatten().map(|value| **value).sum::<u32>();
        }
        self.1.send(sum).unwrap();
    }
}

#[test]
fn a_thread_that_ends_can_take_locks_also_when_its_list_is_gone() {
    static LOCKS: [RankedLock<u32>; 2] =
        [RankedLock::new(1, "low", 1), RankedLock::new(2, "high", 2)];
    std::thread_local!(static LAST: RefCell<Option<TakesBoth>> = const { RefCell::new(None) });
    let (say, said) = channel();
    // A destructor that is registered before the list's runs after it.
    let thread = thread::spawn(move || {
        LAST.with_borrow_mut(|last| *last = Some(TakesBoth(&LOCKS, say)));
        drop(LOCKS[0].lock());
    });
    thread.join().unwrap();
    let sum = said.recv().unwrap();
    // With its list the second order is refused, and without it nothing is compared.
    assert!(sum == 5 || sum == 6, "{sum}");
    assert!(LOCKS.iter().all(|lock| !lock.is_locked()));
}

#[test]
fn locks_can_be_statics_and_show_themselves() {
    static LOCK: RankedLock<i32> = RankedLock::new(7, "lock A", 1);
    assert_eq!(format!("{LOCK:?}"), r#"RankedLock { rank: 7, name: "lock A", value: 1 }"#);
    let guard = LOCK.lock().unwrap();
    assert_eq!(format!("{guard} {guard:?}"), "1 1");
    assert_eq!(format!("{LOCK:?}"), r#"RankedLock { rank: 7, name: "lock A", value: <locked> }"#);
    assert!(LOCK.is_locked());
    drop(guard);
    let mut own = RankedLock::new(1, "own", 1);
    *own.get_mut() += 1;
    assert_eq!(own.into_inner(), 2);
}
