//! Deposits and draws in turn, with an event that says whether there is money.
//!
//! One event has two sides, and both wait for the same one: that it is set. The depositor needs to
//! wait for the opposite. And whoever waits after the work, and not for the turn, waits for what
//! may never come.

use crate::stage::atomic::{AtomicI64, Ordering::Relaxed};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "deposit-draw-event",
    about: "an account that holds 800 or nothing, deposits and draws, and an event for the turns",
    seed: "003 §11",
    variants: &[
        Variant {
            name: "one-event",
            about: "looks at the event once, works or not, and then waits for it to be set",
            expect: Expect::BreaksAndSticks,
            search: Search::WHOLE,
            run: || one_event(1),
        },
        Variant {
            name: "one-event-twice",
            about: "the same, with two deposits and two draws",
            expect: Expect::BreaksAndSticks,
            search: Search::WHOLE,
            run: || one_event(2),
        },
        Variant {
            name: "two-events",
            about: "an event for each side; each waits for its own before the work",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || two_events(1),
        },
        Variant {
            name: "two-events-twice",
            about: "the same, with two deposits and two draws",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || two_events(2),
        },
    ],
};

const AMOUNT: i64 = 800;
const BALANCE: &str = "the balance";
const EVENT: &str = "the event";

// ANCHOR: one
struct Account {
    balance: Lock<i64>,
    paid_in: Event,
}

/// Deposits if it is the turn, then waits. Returns whether it deposited.
fn deposit(account: &Account) -> bool {
    let mut balance = account.balance.lock();
    let turn = !account.paid_in.is_set();
    if turn {
        *balance += AMOUNT;
        account.paid_in.set();
        show!(BALANCE, *balance);
        show!(EVENT, "set");
        step!("deposits {AMOUNT}, sets the event");
    } else {
        step!("finds the event set, deposits nothing");
    }
    drop(balance);
    account.paid_in.wait();
    step!("has seen the event set");
    turn
}

/// Draws if it is the turn, then waits. Returns whether it drew.
fn draw(account: &Account) -> bool {
    let mut balance = account.balance.lock();
    let turn = account.paid_in.is_set();
    if turn {
        *balance -= AMOUNT;
        account.paid_in.clear();
        show!(BALANCE, *balance);
        show!(EVENT, "not set");
        step!("draws {AMOUNT}, clears the event");
    } else {
        step!("finds the event not set, draws nothing");
    }
    drop(balance);
    account.paid_in.wait();
    step!("has seen the event set");
    turn
}
// ANCHOR_END: one

fn one_event(rounds: usize) -> Outcome {
    let account = Arc::new(Account { balance: Lock::new(0), paid_in: Event::new() });
    name(&account.balance, "the account's lock");
    name(&account.paid_in, "the event to be set");
    show!(BALANCE, 0);
    show!(EVENT, "not set");
    let [depositor, drawer] =
        [("depositor", deposit as fn(&_) -> _), ("drawer", draw)].map(|(name, work)| {
            let account = account.clone();
            thread::spawn(name, move || (0..rounds).filter(|_| work(&account)).count())
        });
    outcome(rounds, depositor.join().unwrap(), drawer.join().unwrap())
}

// ANCHOR: two
fn two_events(rounds: usize) -> Outcome {
    struct Account {
        /// Only the thread whose turn it is touches it, so it needs no lock.
        balance: AtomicI64,
        empty: Event,
        full: Event,
    }
    let account =
        Arc::new(Account { balance: AtomicI64::new(0), empty: Event::new(), full: Event::new() });
    name(&account.empty, "an empty account");
    name(&account.full, "a full account");
    show!(BALANCE, 0);
    account.empty.set();
    let depositor = {
        let account = account.clone();
        thread::spawn("depositor", move || {
            for _ in 0..rounds {
                account.empty.wait();
                account.empty.clear();
                let balance = account.balance.load(Relaxed) + AMOUNT;
                account.balance.store(balance, Relaxed);
                show!(BALANCE, balance);
                step!("deposits {AMOUNT}, the balance is {balance}");
                account.full.set();
            }
        })
    };
    let drawer = {
        let account = account.clone();
        thread::spawn("drawer", move || {
            for _ in 0..rounds {
                account.full.wait();
                account.full.clear();
                let balance = account.balance.load(Relaxed) - AMOUNT;
                account.balance.store(balance, Relaxed);
                show!(BALANCE, balance);
                step!("draws {AMOUNT}, the balance is {balance}");
                account.empty.set();
            }
        })
    };
    depositor.join().unwrap();
    drawer.join().unwrap();
    let balance = Arc::into_inner(account).unwrap().balance.into_inner();
    Outcome::new(balance == 0, format!("deposits: {rounds}, draws: {rounds}, balance {balance}"))
}
// ANCHOR_END: two

/// No call has come home without its work.
fn outcome(calls: usize, deposits: usize, draws: usize) -> Outcome {
    let text = format!("deposits: {deposits} of {calls}, draws: {draws} of {calls}");
    Outcome::new(deposits == calls && draws == calls, text)
}
