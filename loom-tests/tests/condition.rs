//! Every interleaving of the condition's operations.
//!
//! Searches with two threads are exhaustive, which `loom_tests` demands. Of those with three some
//! are bounded, and their names say so.

use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::{Ending, Explorer, UnsafeCell, thread};
use loom_tests::{
    answers, check, check_locks_in_one_step, check_without_spurious, explore_by_both, recorded,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{Condition, Lock, LockGuard, RLock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// Some data under a lock, and a condition for it.
#[derive(Default)]
struct Monitor<T> {
    data: Lock<T>,
    changed: Condition,
}

/// Runs the programs as threads that share a monitor, the first on the main thread.
fn two<T: Default + Send + 'static, A, B: Send + 'static>(
    first: impl FnOnce(&Monitor<T>) -> A + Send + 'static,
    second: impl FnOnce(&Monitor<T>) -> B + Send + 'static,
) -> (A, B) {
    let monitor = Arc::new(Monitor::default());
    let other = {
        let monitor = monitor.clone();
        thread::spawn("second", move || second(&monitor))
    };
    (first(&monitor), other.join().unwrap())
}

fn wait_for_one(monitor: &Monitor<i32>) {
    let mut number = monitor.data.lock();
    monitor.changed.wait_while(&mut number, |number| *number == 0);
    *number -= 1;
}

fn add_one(monitor: &Monitor<i32>) {
    *monitor.data.lock() += 1;
    monitor.changed.notify_one();
}

fn wait_against_notify() {
    two(wait_for_one, add_one);
}

#[test]
fn no_notify_is_missed_of_a_change_made_under_the_lock() {
    check(wait_against_notify);
}

#[test]
fn no_notify_is_missed_that_is_made_while_the_lock_is_still_held() {
    check(|| {
        two(wait_for_one, |monitor| {
            let mut number = monitor.data.lock();
            *number += 1;
            monitor.changed.notify_one();
        });
    });
}

#[test]
fn a_change_made_without_the_lock_may_be_missed() {
    let exploration = recorded(explore_by_both(Explorer::new(), || {
        let shared = Arc::new((AtomicU32::new(0), Lock::new(()), Condition::new()));
        let waiter = {
            let shared = shared.clone();
            thread::spawn("waiter", move || {
                let (number, lock, changed) = &*shared;
                let mut guard = lock.lock();
                if number.load(Relaxed) == 0 {
                    changed.wait(&mut guard);
                }
            })
        };
        shared.0.store(1, Relaxed);
        shared.2.notify_one();
        waiter.join().unwrap();
    }));
    assert!(exploration.failures().all(|found| matches!(found.ending, Ending::Stuck(_))));
    assert!(exploration.failures().next().is_some(), "the docs ask for the lock without need");
}

#[test]
fn a_wait_returns_only_when_it_was_notified_also_where_the_futex_returns_for_no_reason() {
    check(|| {
        two(
            |monitor: &Monitor<i32>| {
                let mut number = monitor.data.lock();
                if *number == 0 {
                    monitor.changed.wait(&mut number);
                    assert_eq!(*number, 1);
                }
            },
            |monitor| {
                // An invitation to return too early: taken by a wait that trusts its sleep.
                drop(monitor.data.lock());
                add_one(monitor);
            },
        );
    });
}

/// A timed wait, and whether somebody was notified. The two must agree.
fn timed_against_notify() -> (Option<bool>, bool) {
    two(
        |monitor: &Monitor<bool>| {
            let mut too_late = monitor.data.lock();
            (!*too_late).then(|| monitor.changed.wait_for(&mut too_late, SOON))
        },
        |monitor| {
            *monitor.data.lock() = true;
            monitor.changed.notify_one()
        },
    )
}

#[test]
fn a_timed_wait_says_that_it_was_notified_exactly_if_the_notifier_says_so() {
    let expected = [(None, false), (Some(false), false), (Some(true), true)];
    assert_eq!(answers(timed_against_notify), expected);
}

#[test]
fn a_timed_wait_says_that_it_was_notified_with_spurious_wake_ups() {
    check(|| {
        let (waited, notified) = timed_against_notify();
        assert_eq!(waited.unwrap_or(false), notified);
    });
}

#[test]
fn a_timed_wait_for_a_change_says_whether_there_is_still_a_reason_to_wait() {
    let timed = |monitor: &Monitor<i32>| {
        let mut number = monitor.data.lock();
        let deadline = Instant::now() + SOON;
        let seen = monitor.changed.wait_while_until(&mut number, |number| *number == 0, deadline);
        assert_eq!(seen, *number == 1);
        seen
    };
    assert_eq!(answers(move || two(timed, add_one).0), [false, true]);
}

/// One puts what the other takes, `items` times, through a slot for one.
fn hand_over(items: u32) {
    let shared = Arc::new((Lock::new(None), Condition::new(), Condition::new()));
    let producer = {
        let shared = shared.clone();
        thread::spawn("producer", move || {
            let (slot, not_full, not_empty) = &*shared;
            for item in 0..items {
                let mut slot = slot.lock();
                not_full.wait_while(&mut slot, Option::is_some);
                *slot = Some(item);
                drop(slot);
                not_empty.notify_one();
            }
        })
    };
    let (slot, not_full, not_empty) = &*shared;
    for expected in 0..items {
        let mut slot = slot.lock();
        not_empty.wait_while(&mut slot, Option::is_none);
        assert_eq!(slot.take(), Some(expected));
        drop(slot);
        not_full.notify_one();
    }
    producer.join().unwrap();
}

#[test]
fn one_lock_may_have_two_conditions() {
    check(|| hand_over(1));
}

#[test]
fn two_that_wait_for_each_other_by_turns_never_stop() {
    check_locks_in_one_step(|| hand_over(3));
}

/// The threads that wait, in the order of arrival, and those that may go on.
#[derive(Default)]
struct Order {
    arrived: Vec<u32>,
    may_go: Vec<u32>,
    closed: bool,
}

fn arrive(monitor: &Monitor<Order>, number: u32) {
    let mut order = monitor.data.lock();
    if !order.closed {
        order.arrived.push(number);
        monitor.changed.wait(&mut order);
        assert!(
            order.may_go.contains(&number),
            "a later waiter went on in place of an earlier one"
        );
    }
}

/// Lets one go, if anybody waits.
fn let_one_go(monitor: &Monitor<Order>, order: &mut LockGuard<'_, Order>) {
    if !order.arrived.is_empty() {
        let first = order.arrived.remove(0);
        order.may_go.push(first);
    }
    let waited = !order.may_go.is_empty();
    assert!(monitor.changed.notify_one() <= waited);
}

/// Two threads wait, or come too late to wait; `notify` lets go those that wait.
fn two_waiters(notify: fn(&Monitor<Order>)) {
    let monitor = Arc::new(Monitor::default());
    let waiters = [1, 2].map(|number| {
        let monitor = monitor.clone();
        thread::spawn(["first", "second"][number as usize - 1], move || arrive(&monitor, number))
    });
    notify(&monitor);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
}

#[test]
fn notify_one_takes_the_thread_that_has_waited_longest() {
    check_locks_in_one_step(|| {
        two_waiters(|monitor| {
            let_one_go(monitor, &mut monitor.data.lock());
            let mut order = monitor.data.lock();
            order.closed = true;
            while !order.arrived.is_empty() {
                let_one_go(monitor, &mut order);
            }
        });
    });
}

/// Lets all go at once that wait, up to `most`; the rest one by one.
fn let_go(monitor: &Monitor<Order>, most: usize) {
    let mut order = monitor.data.lock();
    order.closed = true;
    let waiting = order.arrived.len();
    let first: Vec<u32> = order.arrived.drain(..most.min(waiting)).collect();
    order.may_go.extend(first);
    assert_eq!(monitor.changed.notify(most), most.min(waiting));
    while !order.arrived.is_empty() {
        let_one_go(monitor, &mut order);
    }
}

#[test]
fn notify_n_takes_that_many_and_all_takes_all() {
    check_locks_in_one_step(|| two_waiters(|monitor| let_go(monitor, 1)));
    check_locks_in_one_step(|| two_waiters(|monitor| let_go(monitor, 2)));
    check_locks_in_one_step(|| two_waiters(|monitor| let_go(monitor, usize::MAX)));
}

#[test]
fn a_thread_that_times_out_takes_no_notify_from_another() {
    check_locks_in_one_step(|| {
        let monitor = Arc::new(Monitor::<(bool, usize)>::default());
        let wait = |timeout: Option<Duration>| {
            let monitor = monitor.clone();
            move || {
                let mut data = monitor.data.lock();
                if data.0 {
                    return false;
                }
                data.1 += 1;
                let notified = match timeout {
                    Some(timeout) => monitor.changed.wait_for(&mut data, timeout),
                    None => {
                        monitor.changed.wait(&mut data);
                        true
                    }
                };
                if !notified && !data.0 {
                    data.1 -= 1;
                }
                notified
            }
        };
        let timed = thread::spawn("timed", wait(Some(SOON)));
        let plain = thread::spawn("plain", wait(None));
        let notified = {
            let mut data = monitor.data.lock();
            data.0 = true;
            monitor.changed.notify_all()
        };
        let returned = usize::from(timed.join().unwrap()) + usize::from(plain.join().unwrap());
        assert_eq!(notified, returned);
    });
}

#[test]
fn waiting_with_two_locks_at_once_panics_and_leaves_the_lock_held() {
    // Whether the wait panicked. A wait without an end would be found as stuck.
    let wait = |condition: &Condition| {
        let lock = Lock::new(());
        let mut guard = lock.lock();
        let waited = catch_unwind(AssertUnwindSafe(|| condition.wait_for(&mut guard, SOON)));
        assert!(lock.is_locked());
        waited.is_err()
    };
    let outcomes = answers(move || {
        let condition = Arc::new(Condition::new());
        let other = {
            let condition = condition.clone();
            thread::spawn("second", move || wait(&condition))
        };
        (wait(&condition), other.join().unwrap())
    });
    // Never both: a thread that panics has not waited.
    assert_eq!(outcomes, [(false, false), (false, true), (true, false)]);
}

/// What a lock guards, checked for races. [`Sync`], as what a re-entrant lock guards must be.
struct Number(UnsafeCell<i32>);

// SAFETY: used only under the lock. That is the claim under check.
unsafe impl Sync for Number {}

#[test]
fn waiting_gives_up_every_level_of_a_re_entrant_lock_and_takes_them_all_again() {
    check_without_spurious(|| {
        let shared = Arc::new((RLock::new(Number(UnsafeCell::new(0))), Condition::new()));
        let other = {
            let shared = shared.clone();
            thread::spawn("second", move || {
                let (lock, changed) = &*shared;
                // SAFETY: the lock is held.
                lock.lock().0.with_mut(|number| unsafe { *number = 1 });
                changed.notify_one();
            })
        };
        let (lock, changed) = &*shared;
        let outer = lock.lock();
        let mut inner = lock.lock();
        // SAFETY: the lock is held.
        let is_zero = |number: &Number| number.0.with(|number| unsafe { *number == 0 });
        changed.wait_while(&mut inner, is_zero);
        assert!(lock.depth() == 2 && !is_zero(&outer));
        drop(inner);
        assert_eq!(lock.depth(), 1);
        drop(outer);
        other.join().unwrap();
    });
}

#[test]
fn a_panic_in_the_reason_to_wait_releases_the_lock_and_harms_nobody() {
    check(|| {
        two(wait_for_one, |monitor| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let mut number = monitor.data.lock();
                monitor.changed.wait_while(&mut number, |_| panic!("while looking"));
            }));
            assert!(panicked.is_err());
            add_one(monitor);
        });
    });
}

fn nobody_is_left(monitor: &Monitor<bool>) {
    assert_eq!(monitor.changed.notify_all(), 0);
    assert!(!monitor.data.is_locked());
}

#[test]
fn a_timed_wait_against_each_notify_leaves_nobody_in_the_line() {
    let notifies: [fn(&Condition); 2] =
        [|changed| _ = changed.notify_one(), |changed| _ = changed.notify_all()];
    for notify in notifies {
        check_without_spurious(move || {
            let monitor = Arc::new(Monitor::default());
            let notifier = {
                let monitor = monitor.clone();
                thread::spawn("notifier", move || notify(&monitor.changed))
            };
            // Notified or late: either may come first.
            let _ = monitor.changed.wait_for(&mut monitor.data.lock(), SOON);
            notifier.join().unwrap();
            nobody_is_left(&monitor);
        });
    }
}

#[test]
fn two_timed_waits_both_come_to_their_end() {
    check(|| {
        let monitor = Arc::new(Monitor::default());
        let waiting = monitor.clone();
        let wait = move |_| waiting.changed.wait_for(&mut waiting.data.lock(), SOON);
        assert_eq!(thread::spawn_alike(2, "thread", wait).join(), [false, false]);
        nobody_is_left(&monitor);
    });
}

#[test]
fn its_own_orderings_are_all_relaxed_and_those_of_the_lock_under_it_needed() {
    let programs: [(&str, fn()); 1] = [("wait against notify", wait_against_notify)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/condition.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
}

#[test]
fn each_timed_form_of_a_wait_says_whether_it_was_in_time() {
    let until = |monitor: &Monitor<i32>| {
        let mut number = monitor.data.lock();
        (*number == 0).then(|| monitor.changed.wait_until(&mut number, Instant::now() + SOON))
    };
    assert_eq!(answers(move || two(until, add_one).0), [None, Some(false), Some(true)]);
    let while_for = |monitor: &Monitor<i32>| {
        let mut number = monitor.data.lock();
        monitor.changed.wait_while_for(&mut number, |number| *number == 0, SOON)
    };
    assert_eq!(answers(move || two(while_for, add_one).0), [false, true]);
}
