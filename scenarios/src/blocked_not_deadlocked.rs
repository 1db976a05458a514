//! More deposits than draws, on an account where the two must take turns.
//!
//! At the end depositors wait for a draw that never comes. Nobody holds a lock that they wait for:
//! this is not a deadlock, and no order of locks puts it right. The program asks for more than it
//! gives, and the thread that knows that no draw will come has to say so.

use crate::stage::time::Duration;
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Condition, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "blocked-not-deadlocked",
    about: "deposits that wait until the account is empty, and too few draws to empty it",
    seed: "003 §9",
    variants: &[
        Variant {
            name: "three-against-one",
            about: "three depositors with two deposits each, one drawer with two draws",
            expect: Expect::Stuck,
            search: Search::locks_in_one_step(1),
            run: || story(&THREE, 2, Drawer { draws: 2, closes: false }, FOR_EVER),
        },
        Variant {
            name: "no-draw",
            about: "one deposit, and nobody draws: it waits for ever, and the lock is free",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || story(&ONE, 1, Drawer { draws: 0, closes: false }, FOR_EVER),
        },
        Variant {
            name: "as-many",
            about: "a draw for the deposit that waits",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(&ONE, 1, Drawer { draws: 1, closes: false }, FOR_EVER),
        },
        Variant {
            name: "limit",
            about: "nobody draws, and the deposit gives up after a while",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(&ONE, 1, Drawer { draws: 0, closes: false }, Duration::from_millis(10)),
        },
        Variant {
            name: "closed",
            about: "nobody draws, and the drawer says so when it goes home",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(&ONE, 1, Drawer { draws: 0, closes: true }, FOR_EVER),
        },
        Variant {
            name: "three-closed",
            about: "three depositors, two draws, and the drawer says that there will be no more",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(1),
            run: || story(&THREE, 2, Drawer { draws: 2, closes: true }, FOR_EVER),
        },
    ],
};

const AMOUNT: i64 = 800;
const BALANCE: &str = "the balance";
const ONE: [&str; 1] = ["Ann"];
const THREE: [&str; 3] = ["Ann", "Ben", "Cat"];
const FOR_EVER: Duration = Duration::MAX;

struct Account {
    state: Lock<State>,
    changed: Condition,
}

struct State {
    balance: i64,
    /// Nobody will draw any more.
    closed: bool,
}

// ANCHOR: deposit
/// Deposits so many times, each time when the account is empty. Returns how often it could.
fn deposit(account: &Account, times: i64, limit: Duration) -> i64 {
    for done in 0..times {
        let mut state = account.state.lock();
        step!("finds {}", state.balance);
        let full = |state: &State| state.balance != 0 && !state.closed;
        if !account.changed.wait_while_for(&mut state, full, limit) {
            step!("has waited long enough, gives up");
            return done;
        }
        if state.closed {
            step!("finds the account closed, goes home");
            return done;
        }
        state.balance += AMOUNT;
        show!(BALANCE, state.balance);
        step!("deposits {AMOUNT}");
        account.changed.notify_all();
    }
    times
}
// ANCHOR_END: deposit

// ANCHOR: draw
#[derive(Clone, Copy)]
struct Drawer {
    draws: i64,
    /// Whether it says so when it goes home.
    closes: bool,
}

fn draw(account: &Account, drawer: Drawer) {
    let mut state = account.state.lock();
    for _ in 0..drawer.draws {
        account.changed.wait_while(&mut state, |state| state.balance == 0);
        state.balance -= AMOUNT;
        show!(BALANCE, state.balance);
        step!("draws {AMOUNT}");
        account.changed.notify_all();
    }
    if drawer.closes {
        state.closed = true;
        account.changed.notify_all();
        step!("has the lock, closes the account, goes home");
    } else {
        step!("has the lock, sees {}, goes home", state.balance);
    }
}
// ANCHOR_END: draw

/// The account is full at first.
fn story(names: &[&str], times: i64, drawer: Drawer, limit: Duration) -> Outcome {
    let state = Lock::new(State { balance: AMOUNT, closed: false });
    let account = Arc::new(Account { state, changed: Condition::new() });
    name(&account.state, "the account's lock");
    show!(BALANCE, AMOUNT);
    let depositors: Vec<_> = names
        .iter()
        .map(|name| {
            let account = account.clone();
            thread::spawn(name, move || deposit(&account, times, limit))
        })
        .collect();
    let drawing = {
        let account = account.clone();
        thread::spawn("drawer", move || draw(&account, drawer))
    };
    drawing.join().unwrap();
    let deposits: i64 = depositors.into_iter().map(|one| one.join().unwrap()).sum();
    let balance = Arc::into_inner(account).unwrap().state.into_inner().balance;
    let draws = drawer.draws;
    let holds = balance == AMOUNT + (deposits - draws) * AMOUNT;
    Outcome::new(holds, format!("deposits: {deposits}, draws: {draws}, balance {balance}"))
}
