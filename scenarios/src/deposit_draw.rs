//! An account that holds 800 or nothing: deposits and draws of 800 must take turns.
//!
//! A thread that comes out of turn waits on a condition. What a thread finds when it wakes is not
//! always what it was woken for, and who is woken is not always the one that can go on.

use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Condition, Lock, LockGuard};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "deposit-draw",
    about: "an account that holds 800 or nothing, deposits and draws of 800 that wait their turn",
    seed: "003 §9",
    variants: &[
        Variant {
            name: "if",
            about: "whoever must wait takes the end of the wait for the end of the work",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: with_if,
        },
        Variant {
            name: "notify-one",
            about: "two depositors and one who draws on one condition, each wakes only one other",
            expect: Expect::Stuck,
            search: Search::locks_in_one_step(3),
            run: || crowd(&TWO, notify_one),
        },
        Variant {
            name: "notify-one-alone",
            about: "the same with one depositor: whoever is woken is always the right one",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || crowd(&ONE, notify_one),
        },
        Variant {
            name: "loop",
            about: "one depositor, one drawer: whoever wakes looks again",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: with_loop,
        },
        Variant {
            name: "notify-all",
            about: "two depositors and one who draws on one condition, each wakes all others",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(3),
            run: || crowd(&TWO, notify_all),
        },
        Variant {
            name: "notify-all-alone",
            about: "the same with one depositor",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || crowd(&ONE, notify_all),
        },
    ],
};

const ONE: [&str; 1] = ["Ann"];
const TWO: [&str; 2] = ["Ann", "Ben"];

const AMOUNT: i64 = 800;
const BALANCE: &str = "the balance";

struct Account {
    balance: Lock<i64>,
    /// The balance has changed.
    changed: Condition,
}

fn account(balance: i64) -> Arc<Account> {
    let account = Arc::new(Account { balance: Lock::new(balance), changed: Condition::new() });
    name(&account.balance, "the account's lock");
    show!(BALANCE, balance);
    account
}

// ANCHOR: if
fn with_if() -> Outcome {
    let account = account(0);
    let depositor = {
        let account = account.clone();
        thread::spawn("depositor", move || {
            let mut balance = account.balance.lock();
            if *balance != 0 {
                step!("finds {} there, asks to be woken", *balance);
                account.changed.wait(&mut balance);
                step!("is awake, goes home without a deposit");
            } else {
                deposit(&mut balance);
                account.changed.notify_all();
            }
        })
    };
    let drawer = {
        let account = account.clone();
        thread::spawn("drawer", move || {
            let mut balance = account.balance.lock();
            if *balance == 0 {
                step!("finds nothing there, asks to be woken");
                account.changed.wait(&mut balance);
                step!("is awake, goes home without the money");
            } else {
                draw(&mut balance);
                account.changed.notify_all();
            }
        })
    };
    depositor.join().unwrap();
    drawer.join().unwrap();
    outcome(account, 0)
}
// ANCHOR_END: if

fn deposit(balance: &mut LockGuard<'_, i64>) {
    **balance += AMOUNT;
    show!(BALANCE, **balance);
    step!("deposits {AMOUNT}, the balance is {}", **balance);
}

fn draw(balance: &mut LockGuard<'_, i64>) {
    **balance -= AMOUNT;
    show!(BALANCE, **balance);
    step!("draws {AMOUNT}, the balance is {}", **balance);
}

// ANCHOR: loop
fn wait_while(account: &Account, balance: &mut LockGuard<'_, i64>, wrong: fn(i64) -> bool) {
    while wrong(**balance) {
        step!("finds {}, asks to be woken", **balance);
        account.changed.wait(balance);
        step!("is awake");
    }
}

fn with_loop() -> Outcome {
    let account = account(0);
    let depositor = {
        let account = account.clone();
        thread::spawn("depositor", move || {
            let mut balance = account.balance.lock();
            wait_while(&account, &mut balance, |balance| balance != 0);
            deposit(&mut balance);
            account.changed.notify_all();
        })
    };
    let drawer = {
        let account = account.clone();
        thread::spawn("drawer", move || {
            let mut balance = account.balance.lock();
            wait_while(&account, &mut balance, |balance| balance == 0);
            draw(&mut balance);
            account.changed.notify_all();
        })
    };
    depositor.join().unwrap();
    drawer.join().unwrap();
    outcome(account, 0)
}
// ANCHOR_END: loop

// ANCHOR: notify
/// The account holds 800. Each depositor brings 800 once; the main thread draws as often as there
/// are depositors.
fn crowd(names: &[&str], notify: fn(&Condition)) -> Outcome {
    let account = account(AMOUNT);
    let start = |name: &&str| {
        let account = account.clone();
        thread::spawn(name, move || {
            let mut balance = account.balance.lock();
            wait_while(&account, &mut balance, |balance| balance != 0);
            deposit(&mut balance);
            notify(&account.changed);
        })
    };
    let depositors: Vec<_> = names.iter().map(start).collect();
    for _ in &depositors {
        let mut balance = account.balance.lock();
        wait_while(&account, &mut balance, |balance| balance == 0);
        draw(&mut balance);
        notify(&account.changed);
    }
    depositors.into_iter().for_each(|depositor| depositor.join().unwrap());
    outcome(account, AMOUNT)
}

fn notify_one(changed: &Condition) {
    changed.notify_one();
}

fn notify_all(changed: &Condition) {
    changed.notify_all();
}
// ANCHOR_END: notify

/// Nobody's work is lost.
fn outcome(account: Arc<Account>, expected: i64) -> Outcome {
    let balance = Arc::into_inner(account).unwrap().balance.into_inner();
    Outcome::new(balance == expected, format!("all have gone home, balance {balance}"))
}
