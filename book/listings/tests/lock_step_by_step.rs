//! What each step of the lock does, and what the step before lacks. The chapter on the lock prints
//! what is found here.

use crate::support::{
    SPIN, Step, THREE_STATE, TWO_STATE, every_order_of, source_of, three_threads, two_threads_twice,
};
use listings::ch03_lock::s3_forgetful::ForgetfulLock;
use listings::{page, table, told_in_full};
use loom_platform::picture::{End, svg};
use loom_platform::{Ending, weakenings};
use primitives::Lock as ThreeStateLock;

const STEPS: [Step; 3] = [SPIN, TWO_STATE, THREE_STATE];

/// The one way in which all executions of a program go.
fn only_way(program: fn()) -> (Ending<()>, String, Vec<String>) {
    let exploration = every_order_of(program);
    let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
    let moves = found.trace.moves.iter().map(|one| one.text.clone()).collect();
    (found.ending.clone(), told_in_full(found), moves)
}

#[test]
fn every_step_excludes() {
    let rows = STEPS.map(|step| {
        let exploration = every_order_of(step.excludes);
        assert_eq!(exploration.failures().count(), 0, "{}", step.name);
        let program = if step.name == SPIN.name {
            "Ann and Ben try to lock, twice each"
        } else {
            "Ann and Ben lock, add one and unlock, twice each"
        };
        [step.name.to_owned(), program.to_owned(), exploration.to_string(), "none".to_owned()]
    });
    page("lock-excludes.md", &table(["lock", "program", "search", "failures"], rows));
}

#[test]
fn a_waiter_of_the_spin_lock_never_sleeps() {
    let (ending, trace, moves) = only_way(SPIN.kept);
    let Ending::Panicked(panic) = ending else { panic!("{trace}") };
    assert_eq!(panic.thread, "Ben");
    assert!(panic.message.starts_with("a loop goes round for ever"), "{}", panic.message);
    assert!(moves.iter().all(|text| !text.contains("sleeps")));
    page("spin-lock-kept.txt", &trace);
}

#[test]
fn a_waiter_of_either_futex_lock_sleeps() {
    for (step, name) in [(TWO_STATE, "two-state-lock-kept.txt"), (THREE_STATE, "lock-kept.txt")] {
        let (ending, trace, moves) = only_way(step.kept);
        let Ending::Stuck(waiting) = ending else { panic!("{trace}") };
        assert!(waiting.iter().any(|one| one.thread == "Ben" && one.waits_for == "the lock"));
        assert_eq!(moves.last().unwrap(), "sleeps on the lock");
        page(name, &trace);
    }
}

#[test]
fn the_two_state_lock_wakes_nobody_and_pays_for_it_and_the_three_state_lock_does_not() {
    let (_, two, moves) = only_way(TWO_STATE.alone);
    assert_eq!(moves.last().unwrap(), "wakes on the lock: nobody");
    let (_, three, moves) = only_way(THREE_STATE.alone);
    assert!(moves.iter().all(|text| !text.contains("wakes")), "{three}");
    page("two-state-lock-alone.txt", &two);
    page("lock-alone.txt", &three);
}

#[test]
fn two_threads_do_not_show_what_the_forgetful_lock_forgets_and_three_do() {
    let two = every_order_of(two_threads_twice::<ForgetfulLock<i32>>);
    assert_eq!(two.failures().count(), 0);
    let three = every_order_of(three_threads::<ForgetfulLock<i32>>);
    let stuck: u64 = three.failures().map(|found| found.executions).sum();
    for found in three.failures() {
        let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
        assert!(waiting.iter().any(|one| one.waits_for == "the lock"));
    }
    let first = three.failures().next().expect("a waiter that sleeps for ever");
    let Ending::Stuck(waiting) = &first.ending else { panic!("{first}") };
    let title = "The forgetful lock: 0 unlocked, 1 locked, 2 locked and somebody sleeps";
    page("forgetful-lock-stuck.svg", &svg(&first.trace, title, End::Stuck(waiting)));
    let row = |program: &str, search: &dyn ToString, stuck: u64| {
        [program.to_owned(), search.to_string(), stuck.to_string()]
    };
    let rows = [
        row("Ann and Ben, twice each", &two, 0),
        row("Ann, Ben and Cat, once each", &three, stuck),
    ];
    page("forgetful-lock.md", &table(["program", "search", "executions that get stuck"], rows));
}

#[test]
fn three_threads_all_come_through_the_three_state_lock() {
    let two = every_order_of(two_threads_twice::<ThreeStateLock<i32>>);
    let three = every_order_of(three_threads::<ThreeStateLock<i32>>);
    assert_eq!(two.failures().count() + three.failures().count(), 0);
    let rows = [
        ["Ann and Ben, twice each".to_owned(), two.to_string(), "0".to_owned()],
        ["Ann, Ben and Cat, once each".to_owned(), three.to_string(), "0".to_owned()],
    ];
    page("lock.md", &table(["program", "search", "executions that get stuck"], rows));
}

#[test]
fn every_ordering_of_the_first_two_steps_is_needed() {
    let mut rows = Vec::new();
    // Those of the library's own lock are weakened in `loom-tests/tests/lock.rs`.
    for step in [SPIN, TWO_STATE] {
        for weakening in weakenings(&[step.model()]) {
            let (_, in_execution) = weakening.caught.expect("caught");
            let site = weakening.weakened.site;
            let to = weakening.weakened.to.expect("not a fence");
            rows.push([
                step.name.to_owned(),
                format!("`{}`", source_of(site.at)),
                format!("`{:?}` → `{to:?}`", site.ordering),
                format!("execution {in_execution}"),
                weakening.failure,
            ]);
        }
    }
    // To take and to release.
    assert_eq!(rows.len(), 2 + 2);
    let head = ["lock", "operation", "weakened", "caught in", "what the model objects to"];
    page("orderings.md", &table(head, rows));
}
