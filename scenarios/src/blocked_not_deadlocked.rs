//! More deposits than draws, on an account where the two must take turns.
//!
//! At the end a depositor waits for a draw that never comes. Nobody holds a lock that it waits for: this is
//! not a deadlock, and no order of locks puts it right. The program asks for more than it gives.

use crate::stage::time::Duration;
use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Condition, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "blocked-not-deadlocked",
    about: "two deposits, and each waits until the account is empty",
    seed: "003 §10",
    variants: &[
        Variant {
            name: "no-draw",
            about: "nobody draws: the second deposit waits for ever, and the lock is free",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || story(0, None),
        },
        Variant {
            name: "as-many",
            about: "a draw for the deposit that waits",
            expect: Expect::Holds,
            search: Search::preemptions(3),
            run: || story(1, None),
        },
        Variant {
            name: "limit",
            about: "nobody draws, and the second deposit gives up after a while",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(0, Some(Duration::from_millis(10))),
        },
    ],
};

const AMOUNT: i64 = 800;

// ANCHOR: story
fn story(draws: i64, limit: Option<Duration>) -> Outcome {
    let account = Arc::new((Lock::new(0), Condition::new()));
    name(&account.0, "the account's lock");
    let depositor = {
        let account = account.clone();
        thread::spawn("depositor", move || {
            let (lock, changed) = &*account;
            let mut deposits = 0;
            for _ in 0..2 {
                let mut balance = lock.lock();
                step!("finds {}{}", *balance, if *balance == 0 { "" } else { ", waits" });
                let limit = limit.unwrap_or(Duration::MAX);
                if !changed.wait_while_for(&mut balance, |balance| *balance != 0, limit) {
                    step!("has waited long enough, gives up");
                    break;
                }
                *balance += AMOUNT;
                deposits += 1;
                step!("deposits {AMOUNT}");
                changed.notify_all();
            }
            deposits
        })
    };
    let watcher = {
        let account = account.clone();
        thread::spawn("drawer", move || {
            let (lock, changed) = &*account;
            for _ in 0..draws {
                let mut balance = lock.lock();
                changed.wait_while(&mut balance, |balance| *balance == 0);
                *balance -= AMOUNT;
                step!("draws {AMOUNT}");
                changed.notify_all();
            }
            // Whatever the depositor waits for, it is not the lock.
            let balance = *lock.lock();
            step!("gets the lock, sees {balance}, goes home");
        })
    };
    watcher.join().unwrap();
    let deposits = depositor.join().unwrap();
    let balance = Arc::into_inner(account).unwrap().0.into_inner();
    let holds = balance == (deposits - draws) * AMOUNT;
    Outcome::new(holds, format!("deposits: {deposits}, draws: {draws}, balance {balance}"))
}
// ANCHOR_END: story
