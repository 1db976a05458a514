//! Every interleaving of the fair lock's operations.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for some with three threads, whose
//! names say so.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    Operation, answers, check, check_locks_in_one_step, check_spurious_locks_in_one_step_and_to,
    check_without_spurious, every_pair,
};
use primitives::FairLock;
use primitives::platform::time::{Duration, Instant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A fair lock, and a list that only the thread that holds it may touch.
struct Gate {
    lock: FairLock,
    passed: UnsafeCell<Vec<u32>>,
}

// SAFETY: the list is used only by the thread that holds the lock. That is the claim under check.
unsafe impl Sync for Gate {}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { lock: FairLock::new(), passed: UnsafeCell::new(Vec::new()) })
    }

    /// Call it with the lock held.
    fn note(&self, who: u32) {
        // SAFETY: this thread holds the lock.
        self.passed.with_mut(|passed| unsafe { (*passed).push(who) });
    }

    fn pass(&self, who: u32) {
        let _guard = self.lock.lock();
        self.note(who);
    }

    fn pass_in_time(&self, who: u32) -> bool {
        let guard = self.lock.try_lock_for(SOON);
        guard.is_some_and(|_guard| {
            self.note(who);
            true
        })
    }

    fn passed(self: Arc<Self>) -> Vec<u32> {
        Arc::into_inner(self).expect("all threads are done").passed.into_inner()
    }
}

/// Runs `first` and `second` as two threads that share a gate, and returns who passed, in order.
fn two<A, B: Send + 'static>(
    first: impl FnOnce(&Gate) -> A + Send + 'static,
    second: impl FnOnce(&Gate) -> B + Send + 'static,
) -> (A, B, Vec<u32>) {
    let gate = Gate::new();
    let other = {
        let gate = gate.clone();
        thread::spawn("second", move || second(&gate))
    };
    let (a, b) = (first(&gate), other.join().unwrap());
    assert!(gate.lock.try_lock().is_some(), "left taken, and held by no thread");
    (a, b, gate.passed())
}

fn pass_against_pass() {
    assert_eq!(two(|gate| gate.pass(1), |gate| gate.pass(2)).2.len(), 2);
}

#[test]
fn one_passes_at_a_time_and_both_come_through() {
    check(pass_against_pass);
}

fn twice_against_twice() {
    let gate = Gate::new();
    let passing = gate.clone();
    let twice = move |_| (0..2).for_each(|_| passing.pass(1));
    thread::spawn_alike(2, "thread", twice).join();
    assert!(gate.lock.try_lock().is_some(), "left taken, and held by no thread");
    assert_eq!(gate.passed().len(), 4);
}

#[test]
fn a_thread_that_passes_again_and_again_keeps_no_other_out() {
    check_without_spurious(twice_against_twice);
}

#[test]
fn a_thread_that_passes_again_and_again_keeps_no_other_out_with_spurious_wake_ups() {
    check_spurious_locks_in_one_step_and_to(3, twice_against_twice);
}

fn in_the_order_in_which_they_came() {
    let gate = Gate::new();
    let guard = gate.lock.lock();
    let mut order = Vec::new();
    let others = [1, 2].map(|who| {
        let other = gate.clone();
        let name = ["first", "second"][who as usize - 1];
        let handle = thread::spawn(name, move || other.pass(who));
        let all_before_stand_in_the_queue = order.len() == who as usize - 1;
        let standing = format!("waiting: {who}");
        if all_before_stand_in_the_queue && format!("{:?}", gate.lock).contains(&standing) {
            order.push(who);
        }
        handle
    });
    drop(guard);
    others.into_iter().for_each(|other| other.join().unwrap());
    let passed = gate.passed();
    // Those that were seen in the queue pass before the others, and in that order.
    assert!(passed.starts_with(&order), "{order:?} came, {passed:?} passed");
}

#[test]
fn threads_pass_in_the_order_in_which_they_came() {
    check_without_spurious(in_the_order_in_which_they_came);
}

#[test]
fn threads_pass_in_the_order_in_which_they_came_with_spurious_wake_ups() {
    check_spurious_locks_in_one_step_and_to(3, in_the_order_in_which_they_came);
}

#[test]
fn a_timed_lock_has_its_turn_in_time_or_gives_up_and_costs_no_other_its_turn() {
    let outcomes = answers(|| two(|gate| gate.pass(1), |gate| gate.pass_in_time(2)));
    let expected = [((), false, vec![1]), ((), true, vec![1, 2]), ((), true, vec![2, 1])];
    assert_eq!(outcomes, expected);
}

#[test]
fn a_timed_lock_costs_no_other_its_turn_with_spurious_wake_ups() {
    check(|| {
        let ((), in_time, passed) = two(|gate| gate.pass(1), |gate| gate.pass_in_time(2));
        assert_eq!(passed.len(), 1 + usize::from(in_time));
    });
}

#[test]
fn a_thread_that_gives_up_is_not_handed_a_turn_that_another_waits_for() {
    check_locks_in_one_step(|| {
        let gate = Gate::new();
        let timed = {
            let gate = gate.clone();
            thread::spawn("timed", move || gate.pass_in_time(1))
        };
        let plain = {
            let gate = gate.clone();
            thread::spawn("plain", move || gate.pass(2))
        };
        gate.pass(3);
        plain.join().unwrap();
        let count = 2 + usize::from(timed.join().unwrap());
        assert_eq!(gate.passed().len(), count);
    });
}

#[test]
fn try_lock_never_waits_and_never_passes_beside_another() {
    let trying = |gate: &Gate| gate.lock.try_lock().map(|_guard| gate.note(2));
    let mut outcomes = answers(move || {
        let (_, entered, passed) = two(|gate| gate.pass(1), trying);
        (entered.is_some(), passed.len())
    });
    outcomes.dedup();
    assert_eq!(outcomes, [(false, 1), (true, 2)]);
}

#[test]
fn a_panic_hands_the_lock_on() {
    check(|| {
        let panicking = |gate: &Gate| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _guard = gate.lock.lock();
                gate.note(2);
                panic!("with the lock held");
            }));
            assert!(panicked.is_err());
        };
        assert_eq!(two(|gate| gate.pass(1), panicking).2.len(), 2);
    });
}

/// Every operation against every other. No thread may be left with the lock.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: &[Operation<'_, Gate>] = &[
        ("lock", |gate| gate.pass(1)),
        ("try_lock", |gate| _ = gate.lock.try_lock().map(|_guard| gate.note(1))),
        ("try_lock_for", |gate| _ = gate.pass_in_time(1)),
    ];
    let new = || Gate { lock: FairLock::new(), passed: UnsafeCell::new(Vec::new()) };
    every_pair(new, OPERATIONS, |gate| assert!(gate.lock.try_lock().is_some()))
}

#[test]
fn every_operation_against_every_other_comes_through_and_leaves_the_lock_free() {
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
fn it_orders_nothing_by_itself_and_needs_the_orderings_of_the_lock_and_the_parker_under_it() {
    let programs: [(&str, fn()); 1] = [("pass against pass", pass_against_pass)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/fair_lock.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
    assert_eq!(loom_tests::every_ordering_is_needed("src/parker.rs", &programs), 3);
}

#[test]
fn a_lock_until_a_moment_is_had_in_time_or_not() {
    let answers = answers(|| {
        let in_time = |gate: &Gate| {
            let guard = gate.lock.try_lock_until(Instant::now() + SOON);
            guard.is_some_and(|_guard| {
                gate.note(2);
                true
            })
        };
        let ((), had, passed) = two(|gate| gate.pass(1), in_time);
        assert_eq!(passed.len(), 1 + usize::from(had));
        had
    });
    assert_eq!(answers, [false, true]);
}
