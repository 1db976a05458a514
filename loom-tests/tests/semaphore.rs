//! Every interleaving of the semaphore's operations.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for some with three threads, whose
//! names say so.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    Operation, answers, check, check_locks_in_one_step,
    check_locks_in_one_step_without_spurious_and_to, check_spurious_bounded_to,
    check_without_spurious, every_pair,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{BoundedSemaphore, Permit, Semaphore, TooManyPermits};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A semaphore, and a number that its only permit protects.
struct Guarded {
    semaphore: Semaphore,
    number: UnsafeCell<i32>,
}

// SAFETY: the number is used only by the thread with all permits. That is the claim under check.
unsafe impl Sync for Guarded {}

impl Guarded {
    fn new(permits: u32) -> Arc<Self> {
        Arc::new(Self { semaphore: Semaphore::new(permits), number: UnsafeCell::new(0) })
    }

    /// Call it with all permits taken.
    fn add(&self) {
        // SAFETY: this thread has all permits.
        self.number.with_mut(|number| unsafe { *number += 1 });
    }
}

/// Runs the programs as threads that share a semaphore, the first on the main thread.
fn two<A, B: Send + 'static>(
    permits: u32,
    first: impl FnOnce(&Guarded) -> A + Send + 'static,
    second: impl FnOnce(&Guarded) -> B + Send + 'static,
) -> (A, B) {
    let guarded = Guarded::new(permits);
    let other = {
        let guarded = guarded.clone();
        thread::spawn("second", move || second(&guarded))
    };
    let both = (first(&guarded), other.join().unwrap());
    assert_eq!(guarded.semaphore.available(), permits, "a permit was lost or made");
    assert!(!somebody_waits(&guarded.semaphore), "nobody is left to wait");
    both
}

fn add(guarded: &Guarded) {
    let _permit = guarded.semaphore.acquire();
    guarded.add();
}

fn add_with_two(guarded: &Guarded) {
    let permits = guarded.semaphore.acquire_many(2);
    assert_eq!(permits.count(), 2);
    guarded.add();
}

fn add_in_time(guarded: &Guarded) -> bool {
    let permit = guarded.semaphore.try_acquire_for(SOON);
    permit.is_some_and(|_permit| {
        guarded.add();
        true
    })
}

fn acquire_against_acquire() {
    two(1, add, add);
}

/// Whether somebody is known to wait.
fn somebody_waits(semaphore: &Semaphore) -> bool {
    !format!("{semaphore:?}").contains("wanted: 0")
}

#[test]
fn one_permit_lets_one_in_and_the_other_after_it() {
    check(acquire_against_acquire);
}

#[test]
fn many_permits_are_taken_all_at_once() {
    check_without_spurious(|| {
        two(2, add_with_two, add_with_two);
    });
}

#[test]
fn a_big_request_and_a_small_one_both_come_through() {
    check(|| {
        two(2, add_with_two, |guarded| drop(guarded.semaphore.acquire()));
    });
}

fn a_big_request_among_small_ones() {
    let guarded = Guarded::new(2);
    let small = {
        let guarded = guarded.clone();
        thread::spawn_alike(2, "small", move |_| drop(guarded.semaphore.acquire()))
    };
    add_with_two(&guarded);
    small.join();
    assert_eq!(guarded.semaphore.available(), 2);
}

#[test]
fn a_big_request_among_small_ones_comes_through() {
    check_locks_in_one_step_without_spurious_and_to(4, a_big_request_among_small_ones);
}

/// Smaller: `a_big_request_and_a_small_one_both_come_through`.
#[test]
fn a_big_request_among_small_ones_comes_through_with_spurious_wake_ups_bounded() {
    check_spurious_bounded_to(3, a_big_request_among_small_ones);
}

#[test]
fn while_somebody_waits_nobody_takes_permits_that_are_free() {
    let outcomes = answers(|| {
        two(2, add_with_two, |guarded| {
            let one = guarded.semaphore.try_acquire()?;
            if !somebody_waits(&guarded.semaphore) {
                return None;
            }
            // The other one is free, and kept for the thread that wants both.
            assert_eq!(guarded.semaphore.available(), 1);
            assert!(guarded.semaphore.try_acquire().is_none());
            drop(one);
            Some(())
        })
        .1
    });
    assert_eq!(outcomes, [None, Some(())], "the case was never met");
}

#[test]
fn a_thread_that_waits_is_overtaken_only_so_often() {
    let cases = answers(|| {
        let guarded = Guarded::new(0);
        let waiter = {
            let guarded = guarded.clone();
            thread::spawn("waiter", move || guarded.semaphore.acquire().forget())
        };
        let semaphore = &guarded.semaphore;
        // Gives a permit to the waiter, and takes it away again if that can be done.
        let overtakes = || {
            let waits = somebody_waits(semaphore);
            semaphore.release(1).unwrap();
            let taken = semaphore.try_acquire().map(Permit::forget).is_some();
            (waits, taken)
        };
        let (waits, taken) = overtakes();
        let again = taken.then(overtakes);
        if again.is_some_and(|(_, taken)| taken) {
            semaphore.release(1).unwrap();
        }
        waiter.join().unwrap();
        // In the model patience ends with the first time.
        assert_ne!((waits, again), (true, Some((true, true))));
        (waits, again)
    });
    assert!(cases.contains(&(true, Some((true, false)))), "the case was never met");
}

fn timed_against_plain() -> (bool, bool) {
    let ((), in_time) = two(1, add, add_in_time);
    (in_time, true)
}

#[test]
fn a_timed_acquire_has_its_permit_in_time_or_gives_up() {
    assert_eq!(answers(timed_against_plain), [(false, true), (true, true)]);
}

#[test]
fn a_timed_acquire_that_is_woken_for_no_reason_loses_no_permit() {
    check(|| {
        timed_against_plain();
    });
}

#[test]
fn two_timed_acquires_never_both_give_up() {
    let outcomes = answers(|| two(1, add_in_time, add_in_time));
    assert_eq!(outcomes, [(false, true), (true, false), (true, true)]);
}

#[test]
fn a_thread_that_wants_more_than_there_is_and_gives_up_stands_in_the_way_of_none() {
    check(|| {
        two(
            1,
            |guarded| assert!(guarded.semaphore.try_acquire_many_for(2, SOON).is_none()),
            |guarded| drop(guarded.semaphore.acquire()),
        );
    });
}

fn a_big_request_gives_up_before_two_small_ones() {
    let guarded = Guarded::new(1);
    let small = {
        let guarded = guarded.clone();
        thread::spawn_alike(2, "small", move |_| add(&guarded))
    };
    assert!(guarded.semaphore.try_acquire_many_for(2, SOON).is_none());
    small.join();
    assert_eq!(guarded.semaphore.available(), 1);
}

#[test]
fn a_thread_that_gives_up_lets_those_behind_it_go_on() {
    check_locks_in_one_step_without_spurious_and_to(
        4,
        a_big_request_gives_up_before_two_small_ones,
    );
}

/// Smaller: `a_thread_that_wants_more_than_there_is_and_gives_up_stands_in_the_way_of_none`.
#[test]
fn a_thread_that_gives_up_lets_those_behind_it_go_on_with_spurious_wake_ups_bounded() {
    check_spurious_bounded_to(3, a_big_request_gives_up_before_two_small_ones);
}

#[test]
fn a_deadline_in_the_past_takes_what_is_free_and_no_more() {
    check(|| {
        let semaphore = Semaphore::new(2);
        let past = Instant::now();
        let one = semaphore.try_acquire_until(past).expect("two are free");
        assert!(semaphore.try_acquire_many_until(2, past).is_none());
        assert_eq!(semaphore.available(), 1);
        drop(one);
        assert!(semaphore.try_acquire_many_until(2, past).is_some());
    });
}

#[test]
fn try_acquire_never_waits_and_never_enters_beside_another() {
    let outcomes = answers(|| {
        two(1, add, |guarded| guarded.semaphore.try_acquire().map(|_permit| guarded.add())).1
    });
    assert_eq!(outcomes, [None, Some(())]);
}

/// What was done before a release by another thread is seen by the thread that acquires.
fn release_by_another_thread() {
    let guarded = Guarded::new(0);
    let releaser = {
        let guarded = guarded.clone();
        thread::spawn("releaser", move || {
            guarded.add();
            guarded.semaphore.release(1).unwrap();
        })
    };
    guarded.semaphore.acquire().forget();
    guarded.add();
    releaser.join().unwrap();
    assert_eq!(guarded.semaphore.available(), 0);
}

#[test]
fn a_permit_may_be_released_by_another_thread_than_the_one_that_takes_it() {
    check(release_by_another_thread);
}

#[test]
fn a_release_of_two_lets_two_go_on() {
    check(|| {
        let guarded = Guarded::new(0);
        let waiters = {
            let guarded = guarded.clone();
            thread::spawn_alike(2, "waiter", move |_| guarded.semaphore.acquire().forget())
        };
        guarded.semaphore.release(2).unwrap();
        waiters.join();
        assert_eq!(guarded.semaphore.available(), 0);
    });
}

#[test]
fn a_release_too_many_changes_nothing_whoever_acquires_meanwhile() {
    let outcomes = answers(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        let other = {
            let semaphore = semaphore.clone();
            thread::spawn("second", move || semaphore.acquire().forget())
        };
        let released = semaphore.release(1);
        other.join().unwrap();
        (released.is_ok(), semaphore.available())
    });
    assert_eq!(outcomes, [(false, 0), (true, 1)]);
    check(|| {
        let semaphore = Semaphore::new(u32::MAX);
        assert_eq!(semaphore.release(1), Err(TooManyPermits));
        assert_eq!(semaphore.available(), u32::MAX);
    });
}

#[test]
fn a_panic_gives_the_permit_back() {
    check_without_spurious(|| {
        two(1, add, |guarded| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _permit = guarded.semaphore.acquire();
                guarded.add();
                panic!("with the permit");
            }));
            assert!(panicked.is_err());
        });
    });
}

/// Every operation against every other. No permit may be lost.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: [Operation<'_, Guarded>; 6] = [
        ("acquire", |guarded| drop(guarded.semaphore.acquire())),
        ("acquire_many", add_with_two),
        ("try_acquire", |guarded| drop(guarded.semaphore.try_acquire())),
        ("try_acquire_for", |guarded| drop(guarded.semaphore.try_acquire_for(SOON))),
        ("try_acquire_many", |guarded| {
            let both = guarded.semaphore.try_acquire_many(2);
            both.iter().for_each(|_| guarded.add());
        }),
        ("release", |guarded| {
            // One more, and away again: it may be another that is taken.
            guarded.semaphore.release(1).unwrap();
            guarded.semaphore.acquire().forget();
        }),
    ];
    let afterwards = |guarded: &Guarded| {
        assert!(guarded.semaphore.try_acquire_many(2).is_some(), "lost, or kept for nobody");
        assert_eq!(guarded.semaphore.available(), 2);
    };
    let new = || Guarded { semaphore: Semaphore::new(2), number: UnsafeCell::new(0) };
    // Three permits may be free for a moment, so the number is not protected by two.
    const WITHOUT_NUMBER: [Operation<'_, Guarded>; 4] =
        [OPERATIONS[5], OPERATIONS[0], OPERATIONS[2], OPERATIONS[3]];
    every_pair(new, &OPERATIONS[..5], afterwards).chain(every_pair(
        new,
        &WITHOUT_NUMBER,
        afterwards,
    ))
}

#[test]
fn every_operation_against_every_other_comes_through_and_loses_no_permit() {
    for pair in pairs() {
        check_without_spurious(pair);
    }
}

#[test]
fn every_operation_against_every_other_comes_through_with_spurious_wake_ups() {
    for pair in pairs() {
        check(pair);
    }
}

#[test]
fn of_two_releases_into_the_last_place_one_is_refused() {
    check(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        semaphore.acquire().forget();
        let other = {
            let semaphore = semaphore.clone();
            thread::spawn("second", move || semaphore.release(1).is_ok())
        };
        let mine = semaphore.release(1).is_ok();
        assert_ne!(mine, other.join().unwrap());
        assert_eq!(semaphore.available(), 1);
    });
}

/// Threads that acquire two permits in time, and one.
fn big_in_time_and_small(guarded: &Arc<Guarded>) -> [thread::JoinHandle<bool>; 2] {
    let big = {
        let guarded = guarded.clone();
        let acquire = move || guarded.semaphore.try_acquire_many_for(2, SOON).map(Permit::forget);
        thread::spawn("big", move || acquire().is_some())
    };
    let small = {
        let guarded = guarded.clone();
        thread::spawn("small", move || {
            guarded.semaphore.acquire().forget();
            true
        })
    };
    [big, small]
}

fn releases_while_a_big_request_times_out() {
    let guarded = Guarded::new(0);
    let [big, small] = big_in_time_and_small(&guarded);
    guarded.semaphore.release(1).unwrap();
    guarded.semaphore.release(2).unwrap();
    small.join().unwrap();
    let left = if big.join().unwrap() { 0 } else { 2 };
    assert_eq!(guarded.semaphore.available(), left);
    assert!(!somebody_waits(&guarded.semaphore));
}

#[test]
fn releases_while_a_big_request_times_out_let_the_small_one_behind_it_go_on() {
    check_without_spurious(releases_while_a_big_request_times_out);
}

#[test]
fn a_release_while_a_big_request_times_out_lets_the_small_one_behind_it_go_on() {
    check_locks_in_one_step(|| {
        let guarded = Guarded::new(1);
        let [big, small] = big_in_time_and_small(&guarded);
        guarded.semaphore.release(2).unwrap();
        small.join().unwrap();
        let left = if big.join().unwrap() { 0 } else { 2 };
        assert_eq!(guarded.semaphore.available(), left);
        assert!(!somebody_waits(&guarded.semaphore));
    });
}

/// Smaller: `a_release_while_a_big_request_times_out_lets_the_small_one_behind_it_go_on`.
#[test]
fn releases_while_a_big_one_times_out_let_a_small_one_go_on_with_spurious_wake_ups_bounded() {
    check_spurious_bounded_to(3, releases_while_a_big_request_times_out);
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [
        ("acquire against acquire", acquire_against_acquire),
        ("release by another thread", release_by_another_thread),
    ];
    assert_eq!(loom_tests::every_ordering_is_needed("src/semaphore.rs", &programs), 5);
}

#[test]
fn permits_that_are_split_and_merged_come_back_once() {
    check(|| {
        let both = |guarded: &Guarded| {
            let mut permits = guarded.semaphore.acquire_many(2);
            let one = permits.split(1).expect("there are two");
            drop(permits);
            let mut other = guarded.semaphore.acquire();
            other.merge(one);
            assert_eq!(other.count(), 2);
            guarded.add();
        };
        two(2, both, |guarded| drop(guarded.semaphore.try_acquire()));
    });
}
