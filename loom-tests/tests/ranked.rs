//! Every interleaving of the operations of locks with ranks.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::thread;
use loom_tests::{Operation, answers, check, every_pair};
use primitives::platform::time::{Duration, Instant};
use primitives::{OutOfOrder, RankedLock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

type Locks = [RankedLock<i32>; 3];

fn locks() -> Locks {
    [(1, "lock A"), (2, "lock B"), (3, "lock C")].map(|(rank, name)| RankedLock::new(rank, name, 0))
}

/// Runs the bodies as threads that share the locks, and returns what they return. Afterwards nobody
/// holds one.
fn together<R: Send + 'static, const N: usize>(bodies: [fn(&Locks) -> R; N]) -> [R; N] {
    let locks = Arc::new(locks());
    let mut names = ["Ann", "Ben", "Cat"].into_iter();
    let threads = bodies.map(|body| {
        let locks = locks.clone();
        thread::spawn(names.next().expect("at most three"), move || body(&locks))
    });
    let results = threads.map(|thread| thread.join().unwrap());
    assert!(!locks.iter().any(|lock| lock.is_locked()), "left locked");
    results
}

/// Takes `first`, then `second`, and adds one to both. The error, if there was one.
fn both(first: &RankedLock<i32>, second: &RankedLock<i32>) -> Option<String> {
    let add = || -> Result<(), OutOfOrder> {
        let mut first = first.lock()?;
        let mut second = second.lock()?;
        *first += 1;
        *second += 1;
        Ok(())
    };
    add().err().map(|error| error.to_string())
}

#[test]
fn by_rising_rank_nobody_is_refused_and_all_come_through() {
    check(|| assert_eq!(together([|[a, b, _]| both(a, b); 2]), [None, None]));
}

#[test]
fn in_a_ring_of_three_the_one_that_closes_it_is_refused_in_every_execution() {
    check(|| {
        let refused = Some("asks for lock A (rank 1) and holds lock C (rank 3)".to_owned());
        let answers =
            together([|[a, b, _]| both(a, b), |[_, b, c]| both(b, c), |[a, _, c]| both(c, a)]);
        assert_eq!(answers, [None, None, refused]);
    });
}

#[test]
fn a_falling_rank_is_refused_whether_or_not_the_lock_is_free() {
    let refused = Some("asks for lock A (rank 1) and holds lock B (rank 2)".to_owned());
    let answers = answers(|| together([|[a, b, _]| both(a, b), |[a, b, _]| both(b, a)]));
    assert_eq!(answers, [[None, refused]]);
}

#[test]
fn a_thread_that_only_tries_may_take_any_rank_and_is_held_to_the_highest_from_then_on() {
    check(|| {
        let [a, b, c] = locks();
        let _b = b.lock().unwrap();
        let lower = a.try_lock().expect("it is free");
        assert!(b.try_lock().is_none(), "this thread holds it");
        drop(lower);
        let higher = c.try_lock().expect("it is free");
        assert_eq!(a.lock().unwrap_err().held.name, "lock C");
        drop(higher);
        assert_eq!(a.lock().unwrap_err().held.name, "lock B");
    });
}

#[test]
fn the_forms_that_can_wait_are_refused_alike_also_for_the_same_lock() {
    check(|| {
        let [a, b, _] = locks();
        let guard = b.lock().unwrap();
        for lock in [&a, &b] {
            let error = lock.lock().unwrap_err();
            assert_eq!(lock.try_lock_for(SOON).unwrap_err(), error);
            assert_eq!(lock.try_lock_until(Instant::now() + SOON).unwrap_err(), error);
        }
        drop(guard);
        assert!(a.try_lock_for(Duration::ZERO).unwrap().is_some());
        assert!(b.try_lock_until(Instant::now()).unwrap().is_some());
    });
}

#[test]
fn a_refused_thread_lets_go_and_takes_the_locks_by_rank_and_so_do_all() {
    let either_way = |[a, b, _]: &Locks| match both(b, a) {
        Some(_) => both(a, b),
        None => unreachable!("lock A is below lock B"),
    };
    assert_eq!(answers(move || together([either_way; 2])), [[None, None]]);
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    check(|| {
        let [a, b, c] = locks();
        let (first, second, third) = (a.lock().unwrap(), b.lock().unwrap(), c.lock().unwrap());
        drop(first);
        assert_eq!(a.lock().unwrap_err().held.name, "lock C");
        drop(third);
        assert_eq!(a.lock().unwrap_err().held.name, "lock B");
        drop(second);
        assert_eq!(*a.lock().unwrap(), 0);
    });
}

#[test]
fn what_another_thread_holds_does_not_count() {
    check(|| {
        let locks = Arc::new(locks());
        let _c = locks[2].lock().unwrap();
        let other = {
            let locks = locks.clone();
            thread::spawn("other", move || drop(locks[0].lock().unwrap()))
        };
        other.join().unwrap();
    });
}

#[test]
fn a_thread_that_gives_up_holds_nothing_more_and_one_that_is_in_time_is_compared() {
    let timed = |[a, b, _]: &Locks| {
        let b = b.try_lock_for(SOON).unwrap();
        (b.is_some(), a.lock().is_err())
    };
    let plain = |[_, b, _]: &Locks| (b.lock().is_ok(), false);
    let program = move || {
        let [timed, _] = together([timed, plain]);
        timed
    };
    // In time, lock B is held and lock A refused. Given up, it is not.
    assert_eq!(answers(program), [(false, false), (true, true)]);
}

#[test]
fn a_panic_releases_the_lock_and_its_rank() {
    check(|| {
        let panics = |[a, b, _]: &Locks| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _b = b.lock().unwrap();
                panic!("with the lock held");
            }));
            assert!(panicked.is_err());
            both(a, b)
        };
        assert_eq!(together([panics, |[a, b, _]| both(a, b)]), [None, None]);
    });
}

#[test]
fn every_operation_against_every_other_comes_through_and_leaves_the_lock_free() {
    let operations: [Operation<'_, RankedLock<i32>>; 3] = [
        ("lock", |lock| *lock.lock().unwrap() += 1),
        ("try_lock", |lock| _ = lock.try_lock().map(|mut value| *value += 1)),
        ("try_lock_for", |lock| _ = lock.try_lock_for(SOON).unwrap().map(|mut value| *value += 1)),
    ];
    let new = || RankedLock::new(1, "lock A", 0);
    for pair in every_pair(new, &operations, |lock| assert!(lock.lock().is_ok())) {
        check(pair);
    }
}

#[test]
fn it_orders_nothing_by_itself_and_needs_the_orderings_of_the_lock_under_it() {
    let one_round_each = || {
        let add = |[a, _, _]: &Locks| *a.lock().unwrap() += 1;
        together([add; 2]);
    };
    let programs: [(&str, fn()); 1] = [("one round each", one_round_each)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/ranked.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
}
