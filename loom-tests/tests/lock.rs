//! Every interleaving of the lock's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{Ending, Explorer, UnsafeCell, thread};
use loom_tests::{
    Operation, answers, check, check_without_spurious, every_pair, explore_by_both,
    explore_locks_in_one_step, recorded, unlisted, waits_of_ann,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{Lock, LockGuard, Queue, RawLock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// Runs `first` and `second` as two threads that share a lock around a number.
fn two(
    first: impl FnOnce(&Lock<i32>) + Send + 'static,
    second: impl FnOnce(&Lock<i32>) + Send + 'static,
) -> i32 {
    let lock = Arc::new(Lock::new(0));
    let other = {
        let lock = lock.clone();
        thread::spawn("second", move || second(&lock))
    };
    first(&lock);
    other.join().unwrap();
    Arc::into_inner(lock).expect("both threads are done").into_inner()
}

/// Adds one, in two accesses that loom checks for races.
fn add(lock: &Lock<i32>) {
    let mut guard = lock.lock();
    let seen = *guard;
    *guard = seen + 1;
}

/// As [`add`], if the lock can be had in time. Says whether it could.
fn add_in_time(lock: &Lock<i32>) -> bool {
    let Some(mut guard) = lock.try_lock_for(SOON) else {
        return false;
    };
    *guard += 1;
    true
}

fn two_threads_with_two_rounds() {
    let twice = |lock: &Lock<i32>| (0..2).for_each(|_| add(lock));
    assert_eq!(two(twice, twice), 4);
}

#[test]
fn two_threads_with_two_rounds_each_exclude_each_other_and_both_come_through() {
    check(two_threads_with_two_rounds);
}

#[test]
fn three_threads_with_one_round_each_exclude_each_other_and_all_come_through() {
    check_without_spurious(|| {
        let lock = Arc::new(Lock::new(0));
        let adding = lock.clone();
        thread::spawn_alike(3, "thread", move |_| add(&adding)).join();
        assert_eq!(Arc::into_inner(lock).unwrap().into_inner(), 3);
    });
}

fn timed_against_plain() -> (bool, i32) {
    let lock = Arc::new(Lock::new(0));
    let other = {
        let lock = lock.clone();
        thread::spawn("timed", move || add_in_time(&lock))
    };
    add(&lock);
    let in_time = other.join().unwrap();
    // Given up or not, the lock works on.
    add(&lock);
    (in_time, Arc::into_inner(lock).unwrap().into_inner())
}

#[test]
fn a_timed_lock_is_had_in_time_or_given_up_and_the_lock_works_on() {
    assert_eq!(answers(timed_against_plain), [(false, 2), (true, 3)]);
}

#[test]
fn a_timed_lock_survives_spurious_wake_ups() {
    check(|| {
        let (in_time, count) = timed_against_plain();
        assert_eq!(count, 2 + i32::from(in_time));
    });
}

#[test]
fn two_timed_locks_each_add_one_if_and_only_if_they_had_the_lock() {
    check(|| {
        let lock = Arc::new(Lock::new(0));
        let other = {
            let lock = lock.clone();
            thread::spawn("second", move || i32::from(add_in_time(&lock)))
        };
        let mine = i32::from(add_in_time(&lock));
        let theirs = other.join().unwrap();
        assert!(mine + theirs > 0, "somebody had it");
        assert_eq!(Arc::into_inner(lock).unwrap().into_inner(), mine + theirs);
    });
}

#[test]
fn a_waiter_that_gives_up_does_not_take_a_wake_up_away_from_another() {
    // The holder wakes one of two waiters. If that one has just given up, the other must not sleep
    // on: without a further unlock nobody would ever wake it.
    check_without_spurious(|| {
        let lock = Arc::new(Lock::new(0));
        let plain = {
            let lock = lock.clone();
            thread::spawn("plain", move || add(&lock))
        };
        let timed = {
            let lock = lock.clone();
            thread::spawn("timed", move || i32::from(lock.try_lock_for(SOON).is_some()))
        };
        add(&lock);
        plain.join().unwrap();
        timed.join().unwrap();
        assert_eq!(Arc::into_inner(lock).unwrap().into_inner(), 2);
    });
}

#[test]
fn try_lock_never_waits_and_never_enters_beside_another() {
    check(|| {
        let count = two(add, |lock| {
            if let Some(mut guard) = lock.try_lock() {
                *guard += 10;
            }
        });
        assert!(count == 1 || count == 11, "{count}");
    });
}

#[test]
fn time_outs_of_zero_and_deadlines_in_the_past_still_take_a_free_lock() {
    check(|| {
        let lock = Lock::new(());
        assert!(lock.try_lock_for(Duration::ZERO).is_some());
        assert!(lock.try_lock_until(Instant::now()).is_some());
        let guard = lock.lock();
        assert!(lock.is_locked());
        assert!(lock.try_lock_for(Duration::ZERO).is_none());
        assert!(lock.try_lock_until(Instant::now()).is_none());
        drop(guard);
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_time_out_too_long_for_the_clock_never_runs_out() {
    assert_eq!(answers(|| two(add, |lock| *lock.try_lock_for(Duration::MAX).unwrap() += 1)), [2]);
}

#[test]
fn a_panic_releases_the_lock_and_wakes_the_next() {
    check(|| {
        let count = two(add, |lock| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let mut guard = lock.lock();
                *guard += 10;
                panic!("with the lock held");
            }));
            assert!(panicked.is_err());
        });
        assert_eq!(count, 11);
    });
}

#[test]
fn a_thread_that_locks_twice_waits_for_itself_for_ever() {
    let exploration = recorded(explore_by_both(Explorer::new(), || {
        let lock = Lock::new(());
        let _once = lock.lock();
        let _twice = lock.lock();
    }));
    assert!(exploration.outcomes.iter().all(|found| matches!(found.ending, Ending::Stuck(_))));
}

#[test]
fn the_raw_lock_excludes_too() {
    check(|| {
        struct Counter(RawLock, UnsafeCell<i32>);
        // SAFETY: the cell is used only while the lock is held. That is the claim under check.
        unsafe impl Sync for Counter {}
        let counter = Arc::new(Counter(RawLock::new(), UnsafeCell::new(0)));
        let add = |counter: &Counter| {
            counter.0.lock();
            // SAFETY: the lock is held.
            counter.1.with_mut(|value| unsafe { *value += 1 });
            // SAFETY: locked above.
            unsafe { counter.0.unlock() };
        };
        let other = {
            let counter = counter.clone();
            thread::spawn("second", move || add(&counter))
        };
        add(&counter);
        other.join().unwrap();
        assert!(counter.0.try_lock());
        assert_eq!(Arc::into_inner(counter).unwrap().1.into_inner(), 2);
    });
}

#[test]
fn every_operation_against_every_other_comes_through_and_leaves_the_lock_free() {
    let operations: [Operation<'_, Lock<i32>>; 3] = [
        ("lock", add),
        ("try_lock", |lock| _ = lock.try_lock().map(|mut guard| *guard += 1)),
        ("try_lock_for", |lock| _ = add_in_time(lock)),
    ];
    let free = |lock: &Lock<i32>| assert!(lock.try_lock().is_some());
    for pair in every_pair(|| Lock::new(0), &operations, free) {
        check(pair);
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 1] = [("two threads, two rounds", two_threads_with_two_rounds)];
    // Taking the lock at once, taking it after a wait, and releasing it.
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
}

#[test]
fn where_nobody_can_go_on_the_holder_is_named() {
    let waits = waits_of_ann("the lock", RawLock::new, |lock| {
        lock.lock();
        lock.lock();
    });
    assert_eq!(waits, ["Ann holds the lock and waits for it"]);
}

#[test]
fn with_locks_in_one_step_there_is_an_execution_for_each_order_in_which_they_are_taken() {
    unlisted();
    let queue = || {
        let queue = Arc::new(Queue::unbounded());
        let putter = {
            let queue = queue.clone();
            thread::spawn("putter", move || queue.put(1))
        };
        let _ = queue.try_get();
        putter.join().unwrap().unwrap();
    };
    let executions = |program: fn()| explore_locks_in_one_step(Explorer::new(), program).executions;
    assert_eq!([executions(two_threads_with_two_rounds), executions(queue)], [6, 2]);
}

#[test]
fn unlocked_lets_another_in_and_takes_the_lock_back() {
    let answers = answers(|| {
        let lock = Arc::new(Lock::new(0));
        let other = {
            let lock = lock.clone();
            thread::spawn("second", move || add(&lock))
        };
        let mut guard = lock.lock();
        let before = *guard;
        LockGuard::unlocked(&mut guard, || ());
        let after = *guard;
        *guard += 1;
        drop(guard);
        other.join().unwrap();
        assert_eq!(*lock.lock(), 2);
        (before, after)
    });
    assert_eq!(answers, [(0, 0), (0, 1), (1, 1)]);
}
