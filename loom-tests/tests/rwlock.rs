//! Every interleaving of the reader-writer lock's operations.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for some with three threads, whose
//! names say so.

use loom_platform::thread;
use loom_tests::{
    Operation, answers, calls_of_the_system, check, check_spurious_bounded_to,
    check_without_spurious, every_pair, waits_of_ann,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{RwLock, RwLockWriteGuard};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// Runs `first` and `second` as two threads that share a lock around a number.
fn two<A, B: Send + 'static>(
    first: impl FnOnce(&RwLock<i32>) -> A + Send + 'static,
    second: impl FnOnce(&RwLock<i32>) -> B + Send + 'static,
) -> (A, B, i32) {
    let lock = Arc::new(RwLock::new(0));
    let other = {
        let lock = lock.clone();
        thread::spawn("second", move || second(&lock))
    };
    let (a, b) = (first(&lock), other.join().unwrap());
    assert!(lock.try_write().is_some(), "somebody is left inside, or in the line");
    (a, b, Arc::into_inner(lock).expect("both threads are done").into_inner())
}

/// Adds one, in two accesses that loom checks for races.
fn add(lock: &RwLock<i32>) {
    let mut guard = lock.write();
    let seen = *guard;
    *guard = seen + 1;
}

/// Looks twice. Nobody may change the value in between.
fn look(lock: &RwLock<i32>) -> i32 {
    let guard = lock.read();
    let seen = *guard;
    assert_eq!(*guard, seen);
    seen
}

fn write_against_write() {
    assert_eq!(two(add, add).2, 2);
}

fn read_against_write() {
    two(look, add);
}

fn downgrade_against_read() {
    two(look, |lock| {
        let mut guard = lock.write();
        *guard = 1;
        let guard = RwLockWriteGuard::downgrade(guard);
        assert_eq!(*guard, 1);
    });
}

#[test]
fn writers_exclude_each_other_and_both_come_through() {
    check(write_against_write);
}

#[test]
fn a_reader_sees_the_value_before_a_change_or_after_it_and_both_come_through() {
    assert_eq!(answers(|| two(look, add).0), [0, 1]);
    check(read_against_write);
}

#[test]
fn a_writer_between_two_reads_comes_through() {
    check(|| {
        let (looks, (), _) = two(|lock| (look(lock), look(lock)), add);
        assert!(looks.0 <= looks.1);
    });
}

#[test]
fn readers_do_not_wait_for_each_other() {
    check(|| {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.read();
        let other = {
            let lock = lock.clone();
            thread::spawn("second", move || look(&lock))
        };
        // It would be stuck here if the other had to wait for this guard.
        other.join().unwrap();
        drop(guard);
    });
}

fn two_readers_and_a_writer() {
    let lock = Arc::new(RwLock::new(0));
    let readers = {
        let lock = lock.clone();
        thread::spawn_alike(2, "reader", move |_| _ = look(&lock))
    };
    add(&lock);
    readers.join();
    assert!(lock.try_write().is_some());
}

#[test]
fn two_readers_and_a_writer_all_come_through() {
    check_without_spurious(two_readers_and_a_writer);
}

/// Smaller: `a_reader_sees_the_value_before_a_change_or_after_it_and_both_come_through`.
#[test]
fn two_readers_and_a_writer_all_come_through_with_spurious_wake_ups_bounded() {
    check_spurious_bounded_to(3, two_readers_and_a_writer);
}

fn two_writers_and_a_reader() {
    let lock = Arc::new(RwLock::new(0));
    let writers = {
        let lock = lock.clone();
        thread::spawn_alike(2, "writer", move |_| add(&lock))
    };
    look(&lock);
    writers.join();
    assert_eq!(*lock.try_write().expect("all are done"), 2);
}

#[test]
fn two_writers_and_a_reader_all_come_through() {
    check_without_spurious(two_writers_and_a_reader);
}

/// Smaller: `writers_exclude_each_other_and_both_come_through`.
#[test]
fn two_writers_and_a_reader_all_come_through_with_spurious_wake_ups_bounded() {
    check_spurious_bounded_to(3, two_writers_and_a_reader);
}

#[test]
fn while_a_writer_waits_no_reader_comes_in() {
    let outcomes = answers(|| {
        two(add, |lock| {
            let guard = lock.try_read()?;
            // A reader is inside and another is refused: then it is because the writer waits.
            let refused = lock.try_read().is_none();
            drop(guard);
            Some(refused)
        })
        .1
    });
    assert_eq!(outcomes, [None, Some(false), Some(true)]);
}

#[test]
fn a_writer_that_waits_is_overtaken_only_so_often() {
    let cases = answers(|| {
        let lock = Arc::new(RwLock::new(0));
        let first = lock.read();
        let writer = {
            let lock = lock.clone();
            thread::spawn("writer", move || add(&lock))
        };
        // Leaves, and comes in again if it can. Whether the writer waited, and was overtaken.
        let waits = lock.try_read().is_none();
        drop(first);
        let again = lock.try_read().map(|guard| {
            let waits = lock.try_read().is_none();
            drop(guard);
            (waits, lock.try_read().is_some_and(|guard| *guard == 0))
        });
        writer.join().unwrap();
        // In the model patience ends with the first time.
        assert_ne!((waits, again), (true, Some((true, true))));
        (waits, again)
    });
    assert!(cases.contains(&(true, Some((true, false)))), "the case was never met");
}

#[test]
fn a_timed_write_is_had_in_time_or_given_up() {
    let timed = |lock: &RwLock<i32>| lock.try_write_for(SOON).map(|mut guard| *guard += 10);
    let outcomes = answers(move || two(add, timed));
    assert_eq!(outcomes, [((), None, 1), ((), Some(()), 11)]);
    let outcomes = answers(move || two(look, timed));
    assert_eq!(outcomes, [(0, None, 0), (0, Some(()), 10), (10, Some(()), 10)]);
    check(move || {
        let ((), in_time, value) = two(add, timed);
        assert_eq!(value, if in_time.is_some() { 11 } else { 1 });
    });
}

#[test]
fn a_timed_read_is_had_in_time_or_given_up() {
    let timed = |lock: &RwLock<i32>| lock.try_read_for(SOON).map(|guard| *guard);
    assert_eq!(answers(move || two(add, timed).1), [None, Some(0), Some(1)]);
    assert_eq!(answers(move || two(timed, timed)), [(Some(0), Some(0), 0)]);
    check(move || {
        two(add, timed);
    });
}

#[test]
fn a_writer_that_gives_up_lets_readers_in_again() {
    check(|| {
        let lock = Arc::new(RwLock::new(0));
        let first = lock.read();
        let writer = {
            let lock = lock.clone();
            thread::spawn("writer", move || lock.try_write_for(SOON).is_some())
        };
        let reader = {
            let lock = lock.clone();
            thread::spawn("reader", move || look(&lock))
        };
        // The reader cannot wait for this guard, only for the writer, which gives up.
        reader.join().unwrap();
        drop(first);
        writer.join().unwrap();
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn try_read_and_try_write_never_wait_and_never_enter_beside_another() {
    let trying_to_read = |lock: &RwLock<i32>| lock.try_read().map(|guard| *guard);
    assert_eq!(answers(move || two(add, trying_to_read).1), [None, Some(0), Some(1)]);
    let trying_to_write = |lock: &RwLock<i32>| lock.try_write().map(|mut guard| *guard += 10);
    assert_eq!(answers(move || two(add, trying_to_write).2), [1, 11]);
    assert_eq!(answers(move || two(look, trying_to_write).2), [0, 10]);
}

#[test]
fn a_deadline_in_the_past_takes_what_is_free_and_no_more() {
    check(|| {
        let lock = RwLock::new(0);
        let past = Instant::now();
        let guard = lock.try_read_until(past).expect("free");
        assert!(lock.try_write_until(past).is_none());
        assert!(lock.try_read_until(past).is_some());
        drop(guard);
        let guard = lock.try_write_until(past).expect("free");
        assert!(lock.try_read_until(past).is_none());
        drop(guard);
    });
}

#[test]
fn a_downgrade_lets_readers_in_and_no_writer_between() {
    check(downgrade_against_read);
    check_without_spurious(|| {
        two(add, |lock| {
            let mut guard = lock.write();
            *guard += 10;
            let seen = *guard;
            assert_eq!(*RwLockWriteGuard::downgrade(guard), seen);
        });
    });
}

#[test]
fn a_downgrade_wakes_the_reader_that_waits_first() {
    check(|| {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.write();
        let reader = {
            let lock = lock.clone();
            thread::spawn("reader", move || look(&lock))
        };
        let guard = RwLockWriteGuard::downgrade(guard);
        // It would be stuck here if the reader had to wait for this guard.
        reader.join().unwrap();
        drop(guard);
    });
}

#[test]
fn a_lock_that_nobody_waits_for_does_not_call_the_system() {
    let calls = calls_of_the_system(|| {
        let lock = RwLock::new(0);
        drop(RwLockWriteGuard::downgrade(lock.write()));
        let first = lock.read();
        drop(lock.read());
        drop(first);
        drop(lock.write());
    });
    assert_eq!(calls, 0);
}

#[test]
fn a_panic_releases_the_lock_read_or_written() {
    check_without_spurious(|| {
        let panicking = |lock: &RwLock<i32>| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let mut guard = lock.write();
                *guard += 10;
                panic!("while changing");
            }));
            assert!(panicked.is_err());
        };
        assert_eq!(two(add, panicking).2, 11);
    });
    check_without_spurious(|| {
        let panicking = |lock: &RwLock<i32>| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _guard = lock.read();
                panic!("while looking");
            }));
            assert!(panicked.is_err());
        };
        assert_eq!(two(add, panicking).2, 1);
    });
}

#[test]
fn every_operation_against_every_other_comes_through_and_leaves_the_lock_free() {
    let downgrade = |lock: &RwLock<i32>| {
        let mut guard = lock.write();
        *guard += 1;
        let seen = *guard;
        assert_eq!(*RwLockWriteGuard::downgrade(guard), seen);
    };
    let operations: [Operation<'_, RwLock<i32>>; 7] = [
        ("read", |lock| _ = look(lock)),
        ("write", add),
        ("try_read", |lock| _ = lock.try_read().map(|guard| *guard)),
        ("try_write", |lock| _ = lock.try_write().map(|mut guard| *guard += 1)),
        ("try_read_for", |lock| _ = lock.try_read_for(SOON).map(|guard| *guard)),
        ("try_write_for", |lock| _ = lock.try_write_for(SOON).map(|mut guard| *guard += 1)),
        ("downgrade", downgrade),
    ];
    let free = |lock: &RwLock<i32>| assert!(lock.try_write().is_some());
    for pair in every_pair(|| RwLock::new(0), &operations, free) {
        check(pair);
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 3] = [
        ("write against write", write_against_write),
        ("read against write", read_against_write),
        ("downgrade against read", downgrade_against_read),
    ];
    // Entering to read, to write, and as the first in the line; leaving both ways, and the
    // downgrade.
    assert_eq!(loom_tests::every_ordering_is_needed("src/rwlock.rs", &programs), 6);
}

#[test]
fn a_lock_says_of_each_moment_whether_it_is_held_and_how() {
    let asks = |lock: &RwLock<i32>| (lock.is_locked_to_write(), lock.is_locked());
    let answers = answers(move || two(|lock| drop(lock.write()), asks).1);
    // The two looks are not one: the writer may come or go between them.
    assert_eq!(answers, [(false, false), (false, true), (true, false), (true, true)]);
}

#[test]
fn where_nobody_can_go_on_the_holder_is_named() {
    let new = || RwLock::new(0);
    let write_twice = waits_of_ann("the lock", new, |lock| {
        let _once = lock.write();
        drop(lock.write());
    });
    let read_and_write = waits_of_ann("the lock", new, |lock| {
        let _reader = lock.read();
        drop(lock.write());
    });
    for waits in [write_twice, read_and_write] {
        assert_eq!(waits, ["Ann holds the lock and waits for it"]);
    }
}
