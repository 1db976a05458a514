//! Every interleaving of the re-entrant lock's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::thread;
use loom_tests::{answers, check};
use primitives::platform::time::{Duration, Instant};
use primitives::{RLock, RLockGuard, RawRLock};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

type Counter = RLock<Cell<i32>>;

/// Runs `first` and `second` as two threads that share a lock around a number.
fn two<A, B: Send + 'static>(
    first: impl FnOnce(&Counter) -> A + Send + 'static,
    second: impl FnOnce(&Counter) -> B + Send + 'static,
) -> (A, B, i32) {
    let lock = Arc::new(RLock::new(Cell::new(0)));
    let other = {
        let lock = lock.clone();
        thread::spawn("second", move || second(&lock))
    };
    let a = first(&lock);
    let b = other.join().unwrap();
    (a, b, Arc::into_inner(lock).expect("both threads are done").into_inner().get())
}

/// Adds one through the inner of two guards, the outer one held around it.
fn add_nested(lock: &Counter) {
    let outer = lock.lock();
    let seen = outer.get();
    {
        let inner = lock.lock();
        assert_eq!(lock.depth(), 2);
        inner.set(seen + 1);
    }
    assert_eq!(outer.get(), seen + 1, "somebody else was let in by the inner release");
}

fn nested_against_nested() {
    assert_eq!(two(add_nested, add_nested).2, 2);
}

#[test]
fn only_the_last_release_lets_another_thread_in() {
    check(nested_against_nested);
}

#[test]
fn a_timed_lock_is_had_in_time_or_given_up_and_never_half_taken() {
    let timed = |lock: &Counter| {
        let Some(guard) = lock.try_lock_for(SOON) else {
            assert_eq!(lock.depth(), 0);
            return false;
        };
        // The holder need not wait for itself, whatever form it uses.
        let again = lock.try_lock_for(Duration::ZERO).expect("this thread holds it");
        again.set(guard.get() + 1);
        true
    };
    let outcomes = answers(move || two(add_nested, timed));
    assert_eq!(outcomes, [((), false, 1), ((), true, 2)]);
    check(move || {
        let (one, other, count) = two(timed, timed);
        assert_eq!(count, i32::from(one) + i32::from(other));
        assert!(one || other);
    });
}

#[test]
fn try_lock_never_waits_and_never_enters_beside_another() {
    let trying = |lock: &Counter| {
        let guard = lock.try_lock()?;
        let again = lock.try_lock().expect("this thread holds it");
        again.set(guard.get() + 10);
        Some(())
    };
    assert_eq!(answers(move || two(add_nested, trying)), [((), None, 1), ((), Some(()), 11)]);
}

#[test]
fn a_panic_releases_every_level() {
    let panicking = |lock: &Counter| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _outer = lock.lock();
            let inner = lock.lock();
            inner.set(inner.get() + 10);
            panic!("with the lock held twice");
        }));
        assert!(panicked.is_err());
        assert_eq!(lock.depth(), 0);
    };
    check(move || assert_eq!(two(add_nested, panicking).2, 11));
}

#[test]
fn a_thread_that_does_not_hold_the_lock_cannot_release_it() {
    check(|| {
        let lock = Arc::new(RawRLock::new());
        let holder = {
            let lock = lock.clone();
            thread::spawn("holder", move || {
                lock.lock();
                assert_eq!(lock.depth(), 1, "nobody else changed it");
                lock.unlock();
            })
        };
        assert!(!lock.is_mine());
        assert!(catch_unwind(AssertUnwindSafe(|| lock.unlock())).is_err());
        holder.join().unwrap();
        assert!(!lock.is_locked());
    });
}

#[test]
fn its_own_orderings_are_all_relaxed_and_those_of_the_lock_under_it_needed() {
    let programs: [(&str, fn()); 1] = [("nested against nested", nested_against_nested)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/rlock.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
}

#[test]
fn unlocked_lets_another_in_at_depth_two_and_takes_both_levels_back() {
    let answers = answers(|| {
        let shared = Arc::new((RLock::new(()), AtomicU32::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn("second", move || {
                let _guard = shared.0.lock();
                shared.1.store(1, Relaxed);
            })
        };
        let (lock, number) = &*shared;
        let outer = lock.lock();
        let mut inner = lock.lock();
        let before = number.load(Relaxed);
        RLockGuard::unlocked(&mut inner, || assert_eq!(lock.depth(), 0));
        assert_eq!(lock.depth(), 2);
        let after = number.load(Relaxed);
        drop((inner, outer));
        other.join().unwrap();
        (before, after)
    });
    assert_eq!(answers, [(0, 0), (0, 1), (1, 1)]);
}

#[test]
fn a_raw_lock_lets_all_levels_go_at_once_and_takes_as_many_in_time_or_not_at_all() {
    let answers = answers(|| {
        let lock = Arc::new(RawRLock::new());
        let other = {
            let lock = lock.clone();
            thread::spawn("second", move || {
                let got = lock.try_lock_until(Instant::now() + SOON);
                if got {
                    lock.unlock();
                }
                got
            })
        };
        lock.lock_many(2);
        assert_eq!(lock.unlock_all(), 2);
        assert_eq!(lock.depth(), 0);
        other.join().unwrap()
    });
    assert_eq!(answers, [false, true]);
}
