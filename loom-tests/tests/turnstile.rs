//! Every interleaving of the turnstile's operations.
//!
//! Searches with two threads are exhaustive, which `loom_tests` demands. Those with three are bounded,
//! and their names say so.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{Operation, answers, check, check_bounded, check_without_spurious, every_pair};
use primitives::Turnstile;
use primitives::platform::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A turnstile, and a list that only who is in it may touch.
struct Gate {
    turnstile: Turnstile,
    passed: UnsafeCell<Vec<u32>>,
}

// SAFETY: the list is used only by who is in the turnstile. That is the claim under check.
unsafe impl Sync for Gate {}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self { turnstile: Turnstile::new(), passed: UnsafeCell::new(Vec::new()) })
    }

    /// Call it in the turnstile.
    fn note(&self, who: u32) {
        // SAFETY: this thread is in the turnstile.
        self.passed.with_mut(|passed| unsafe { (*passed).push(who) });
    }

    fn pass(&self, who: u32) {
        let _turn = self.turnstile.enter();
        self.note(who);
    }

    fn pass_in_time(&self, who: u32) -> bool {
        let turn = self.turnstile.try_enter_for(SOON);
        turn.is_some_and(|_turn| {
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
    assert!(gate.turnstile.try_enter().is_some(), "left taken, with nobody in it");
    (a, b, gate.passed())
}

fn pass_against_pass() {
    assert_eq!(two(|gate| gate.pass(1), |gate| gate.pass(2)).2.len(), 2);
}

#[test]
fn one_passes_at_a_time_and_both_come_through() {
    check(pass_against_pass);
}

#[test]
fn who_passes_again_and_again_keeps_nobody_out_bounded() {
    let twice = |gate: &Gate| (0..2).for_each(|_| gate.pass(1));
    check_bounded(move || assert_eq!(two(twice, twice).2.len(), 4));
}

#[test]
fn threads_pass_in_the_order_in_which_they_came_bounded() {
    check_bounded(|| {
        let gate = Gate::new();
        let turn = gate.turnstile.enter();
        let mut order = Vec::new();
        let others = [1, 2].map(|who| {
            let other = gate.clone();
            let name = ["first", "second"][who as usize - 1];
            let handle = thread::spawn(name, move || other.pass(who));
            let all_before_stand_in_line = order.len() == who as usize - 1;
            let standing = format!("waiting: {who}");
            if all_before_stand_in_line && format!("{:?}", gate.turnstile).contains(&standing) {
                order.push(who);
            }
            handle
        });
        drop(turn);
        others.into_iter().for_each(|other| other.join().unwrap());
        let passed = gate.passed();
        // Whoever was seen to stand in the line passes before who was not, and in that order.
        assert!(passed.starts_with(&order), "{order:?} came, {passed:?} passed");
    });
}

#[test]
fn a_timed_enter_has_its_turn_in_time_or_gives_up_and_costs_nobody_a_turn() {
    let outcomes = answers(|| two(|gate| gate.pass(1), |gate| gate.pass_in_time(2)));
    let expected = [((), false, vec![1]), ((), true, vec![1, 2]), ((), true, vec![2, 1])];
    assert_eq!(outcomes, expected);
}

#[test]
fn nor_does_it_when_the_futex_returns_for_no_reason_bounded() {
    check_bounded(|| {
        let ((), in_time, passed) = two(|gate| gate.pass(1), |gate| gate.pass_in_time(2));
        assert_eq!(passed.len(), 1 + usize::from(in_time));
    });
}

#[test]
fn who_gives_up_is_not_handed_a_turn_that_another_waits_for_bounded() {
    check_bounded(|| {
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
fn try_enter_never_waits_and_never_passes_beside_another() {
    let trying = |gate: &Gate| gate.turnstile.try_enter().map(|_turn| gate.note(2));
    let mut outcomes = answers(move || {
        let (_, entered, passed) = two(|gate| gate.pass(1), trying);
        (entered.is_some(), passed.len())
    });
    outcomes.dedup();
    assert_eq!(outcomes, [(false, 1), (true, 2)]);
}

#[test]
fn a_panic_hands_the_turn_on() {
    check(|| {
        let panicking = |gate: &Gate| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _turn = gate.turnstile.enter();
                gate.note(2);
                panic!("in the turnstile");
            }));
            assert!(panicked.is_err());
        };
        assert_eq!(two(|gate| gate.pass(1), panicking).2.len(), 2);
    });
}

/// Every operation against every other. Nobody may be left in the turnstile.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: &[Operation<'_, Gate>] = &[
        ("enter", |gate| gate.pass(1)),
        ("try_enter", |gate| _ = gate.turnstile.try_enter().map(|_turn| gate.note(1))),
        ("try_enter_for", |gate| _ = gate.pass_in_time(1)),
    ];
    let new = || Gate { turnstile: Turnstile::new(), passed: UnsafeCell::new(Vec::new()) };
    every_pair(new, OPERATIONS, |gate| assert!(gate.turnstile.try_enter().is_some()))
}

#[test]
fn every_operation_against_every_other_comes_through_and_leaves_nobody_in_it() {
    for pair in pairs() {
        check_without_spurious(pair);
    }
}

#[test]
fn and_so_it_does_where_the_futex_returns_for_no_reason_bounded() {
    for pair in pairs() {
        check_bounded(pair);
    }
}

#[test]
fn it_orders_nothing_by_itself_and_needs_the_orderings_of_the_lock_and_the_waiter_under_it() {
    let programs: [(&str, fn()); 1] = [("pass against pass", pass_against_pass)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/turnstile.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
    assert_eq!(loom_tests::every_ordering_is_needed("src/waiter.rs", &programs), 3);
}
