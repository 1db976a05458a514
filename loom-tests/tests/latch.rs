//! Every interleaving of the latch's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{Operation, answers, check, check_without_spurious, every_pair};
use primitives::Latch;
use primitives::platform::time::{Duration, Instant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A latch, and a part that each thread makes before it counts down.
struct Parts {
    latch: Latch,
    parts: [UnsafeCell<u32>; 2],
}

// SAFETY: each part is written by one thread before it counts down, and read when the latch is
// open. That is the claim under check.
unsafe impl Sync for Parts {}

impl Parts {
    fn new(count: u32) -> Arc<Self> {
        let parts = [0, 0].map(UnsafeCell::new);
        Arc::new(Self { latch: Latch::new(count), parts })
    }

    fn make(&self, part: usize) {
        // SAFETY: one thread makes this part, and nobody reads before the latch is open.
        self.parts[part].with_mut(|part| unsafe { *part = 1 });
    }

    fn make_and_count(&self, part: usize) {
        self.make(part);
        self.latch.count_down();
    }

    /// How many parts there are. The latch is open.
    fn sum(&self) -> u32 {
        // SAFETY: the latch is open, and nobody writes after that.
        self.parts.iter().map(|part| part.with(|part| unsafe { *part })).sum()
    }
}

/// Two threads count down, while a third does something else.
fn against_two_counts<A>(third: impl FnOnce(&Parts) -> A) -> A {
    let parts = Parts::new(2);
    let others = {
        let parts = parts.clone();
        thread::spawn_alike(2, "counter", move |part| parts.make_and_count(part))
    };
    let answer = third(&parts);
    others.join();
    answer
}

fn wait_for_both() {
    let sum = against_two_counts(|parts| {
        parts.latch.wait();
        parts.sum()
    });
    assert_eq!(sum, 2);
}

fn look_at_both() {
    let seen = against_two_counts(|parts| parts.latch.try_wait().then(|| parts.sum()));
    assert!(matches!(seen, None | Some(2)));
}

#[test]
fn a_wait_ends_after_the_last_count_and_sees_what_was_done_before_each() {
    check(wait_for_both);
}

#[test]
fn a_try_does_not_wait_and_is_true_only_when_all_is_done() {
    check(look_at_both);
    let seen = answers(|| against_two_counts(|parts| parts.latch.try_wait()));
    assert_eq!(seen, [false, true]);
}

#[test]
fn a_timed_wait_is_told_that_the_latch_is_open_or_that_it_is_not() {
    let timed = |parts: &Parts| parts.latch.wait_for(SOON).then(|| parts.sum());
    assert_eq!(answers(move || against_two_counts(timed)), [None, Some(2)]);
    check(move || assert_ne!(against_two_counts(timed), Some(1)));
    let until = |parts: &Parts| parts.latch.wait_until(Instant::now() + SOON);
    assert_eq!(answers(move || against_two_counts(until)), [false, true]);
}

#[test]
fn a_waiter_that_gives_up_does_not_keep_another_from_being_woken() {
    check(|| {
        let parts = Parts::new(1);
        let waiters = [true, false].map(|in_time| {
            let parts = parts.clone();
            thread::spawn(if in_time { "timed" } else { "plain" }, move || match in_time {
                true => _ = parts.latch.wait_for(SOON),
                false => parts.latch.wait(),
            })
        });
        parts.latch.count_down();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    });
}

#[test]
fn threads_that_arrive_and_wait_go_on_when_all_have_arrived() {
    check(|| {
        let parts = Parts::new(2);
        let other = {
            let parts = parts.clone();
            thread::spawn("second", move || {
                parts.make(1);
                parts.latch.arrive_and_wait();
                parts.sum()
            })
        };
        parts.make(0);
        parts.latch.arrive_and_wait();
        assert_eq!((parts.sum(), other.join().unwrap()), (2, 2));
    });
}

#[test]
fn of_two_counts_for_one_thing_one_panics_and_the_latch_is_open() {
    check(|| {
        let latch = Arc::new(Latch::new(1));
        let count = |latch: &Latch| catch_unwind(AssertUnwindSafe(|| latch.count_down())).is_ok();
        let other = {
            let latch = latch.clone();
            thread::spawn("second", move || count(&latch))
        };
        let counted = [count(&latch), other.join().unwrap()];
        assert_eq!(counted.into_iter().filter(|&counted| counted).count(), 1);
        latch.wait();
        assert_eq!(latch.count(), 0);
    });
}

const OPERATIONS: &[Operation<'_, Latch>] = &[
    ("count_down", Latch::count_down),
    ("count", |latch| _ = latch.count()),
    ("try_wait", |latch| _ = latch.try_wait()),
    ("wait_for", |latch| _ = latch.wait_for(SOON)),
];

#[test]
fn every_operation_that_ends_by_itself_against_every_other_comes_through() {
    for pair in every_pair(|| Latch::new(2), OPERATIONS, |latch| assert!(latch.count() <= 2)) {
        check(pair);
    }
}

#[test]
fn an_arrival_and_a_wait_against_every_other_operation_come_through() {
    for &(name, operation) in OPERATIONS {
        println!("arrive_and_wait against {name}, and wait against both:");
        check_without_spurious(move || {
            let counts = if name == "count_down" { 2 } else { 1 };
            let latch = Arc::new(Latch::new(counts));
            let others = [operation, Latch::wait].map(|operation| {
                let latch = latch.clone();
                thread::spawn("another", move || operation(&latch))
            });
            latch.arrive_and_wait();
            others.into_iter().for_each(|other| other.join().unwrap());
            assert_eq!(latch.count(), 0);
        });
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] =
        [("wait for both", wait_for_both), ("look at both", look_at_both)];
    // Counting, and the two looks of a waiter.
    assert_eq!(loom_tests::every_ordering_is_needed("src/latch.rs", &programs), 3);
}
