//! The exercises of the chapter on the condition.

use super::show;
use listings::ch06_condition::exercises::{
    Account, Open, draw_in_time, draw_in_time_after_a_look, notify_and_deposit,
    notify_and_deposit_under_the_lock,
};
use listings::{endings, every_order, few_preemptions, stuck};
use loom_platform::{Exploration, name, thread};
use primitives::{Condition, Lock, LockGuard};
use std::sync::Arc;

/// Depositors that deposit once, and a drawer that draws for each of them.
fn crowd(names: &'static [&'static str]) {
    let account = Arc::new(Account::full());
    let depositors: Vec<_> = names
        .iter()
        .map(|name| {
            let account = account.clone();
            thread::spawn(name, move || account.deposit())
        })
        .collect();
    names.iter().for_each(|_| account.draw());
    depositors.into_iter().for_each(|depositor| depositor.join().unwrap());
}

#[test]
fn with_two_conditions_it_is_enough_to_notify_one() {
    let alone = every_order(|| crowd(&["Ann"]));
    assert_eq!(alone.failures().count(), 0);
}

#[test]
fn with_two_conditions_it_is_enough_to_notify_one_of_two_depositors_bounded() {
    // The bound at which the story's `notify-one` gets stuck.
    let two = few_preemptions(3, || crowd(&["Ann", "Ben"]));
    assert_eq!(two.failures().count(), 0);
}

#[test]
fn a_deposit_without_the_lock_is_missed_and_one_with_it_is_not() {
    for (deposit, missed) in [(Open::deposit as fn(&Open), true), (Open::deposit_locked, false)] {
        let exploration = every_order(move || {
            let account = Arc::new(Open::default());
            name(&*account, "the account");
            let drawer = {
                let account = account.clone();
                thread::spawn("drawer", move || account.draw())
            };
            deposit(&account);
            drawer.join().unwrap();
        });
        assert_eq!(stuck(&exploration) > 0, missed);
    }
}

#[test]
fn a_thread_that_gives_up_without_a_look_may_leave_the_money_and_one_that_looks_does_not() {
    type Draw = fn(&Condition, &mut LockGuard<'_, i64>) -> bool;
    for (draw, leaves) in [(draw_in_time as Draw, true), (draw_in_time_after_a_look, false)] {
        let exploration = every_order(move || {
            let shared = Arc::new((Condition::new(), Lock::new(0)));
            // Its notify would come too late, so there is none.
            let depositor = {
                let shared = shared.clone();
                thread::spawn("depositor", move || *shared.1.lock() += 800)
            };
            let mut balance = shared.1.lock();
            let drew = draw(&shared.0, &mut balance);
            let left = !drew && *balance > 0;
            drop(balance);
            depositor.join().unwrap();
            (drew, left)
        });
        assert_eq!(exploration.failures().count(), 0);
        let mut outcomes: Vec<_> = exploration.returned().map(|(outcome, _)| *outcome).collect();
        outcomes.sort_unstable();
        let expected: &[_] = match leaves {
            true => &[(false, false), (false, true), (true, false)],
            false => &[(false, false), (true, false)],
        };
        assert_eq!(outcomes, expected);
    }
}

/// A drawer waits for what a depositor brings. The balance at the end.
fn drawn(deposit: fn(&Condition, &Lock<i64>)) -> Exploration<i64> {
    every_order(move || {
        let shared = Arc::new((Condition::new(), Lock::new(0)));
        let drawer = {
            let shared = shared.clone();
            thread::spawn("drawer", move || {
                let mut balance = shared.1.lock();
                shared.0.wait_while(&mut balance, |balance| *balance == 0);
                *balance -= 800;
            })
        };
        deposit(&shared.0, &shared.1);
        drawer.join().unwrap();
        *shared.1.lock()
    })
}

#[test]
fn a_notify_may_come_before_the_change_if_both_are_under_the_lock() {
    let (before, under) = (drawn(notify_and_deposit), drawn(notify_and_deposit_under_the_lock));
    assert!(stuck(&before) > 0);
    assert_eq!(stuck(&under), 0);
    show(
        "early",
        [
            endings("`notify_and_deposit`", &before),
            endings("`notify_and_deposit_under_the_lock`", &under),
        ],
    );
}
