//! Two transfers between two accounts, in opposite directions.
//!
//! Each transfer needs both accounts' locks. A thread that holds one and waits for the other waits
//! for ever if the holder of the other waits for the first.

use crate::stage::time::Duration;
use crate::stage::{step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::Lock;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "ab-deadlock",
    about: "two threads move money between the accounts A and B, one each way",
    seed: "003 §8",
    variants: &[
        Variant {
            name: "opposite-order",
            about: "each locks the account it takes from, then the other",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: opposite_order,
        },
        Variant {
            name: "same-order",
            about: "both lock A, then B",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: same_order,
        },
        Variant {
            name: "back-off",
            about: "one of them waits a limited time for its second lock, gives up the first, retries",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: back_off,
        },
    ],
};

/// An account's name and its money behind a lock.
struct Account {
    name: &'static str,
    money: Lock<i64>,
}

fn accounts() -> [Arc<Account>; 2] {
    ["A", "B"].map(|name| {
        let account = Arc::new(Account { name, money: Lock::new(100) });
        crate::stage::name(&account.money, &format!("lock {}", account.name));
        account
    })
}

/// Runs a transfer of 10 from A to B beside one of 20 from B to A.
fn transfers(transfer: fn(&Account, &Account, i64) -> bool) -> Outcome {
    let [a, b] = accounts();
    let there = {
        let (a, b) = (a.clone(), b.clone());
        thread::spawn("A to B", move || transfer(&a, &b, 10))
    };
    let back = {
        let (a, b) = (a.clone(), b.clone());
        thread::spawn("B to A", move || transfer(&b, &a, 20))
    };
    let (there, back) = (there.join().unwrap(), back.join().unwrap());
    let [a, b] = [a, b].map(|account| Arc::into_inner(account).unwrap().money.into_inner());
    let expected = 100 - 10 * i64::from(there) + 20 * i64::from(back);
    let holds = a == expected && a + b == 200;
    let done = match (there, back) {
        (true, true) => "both done",
        (true, false) => "B to A gave up",
        (false, true) => "A to B gave up",
        (false, false) => "both gave up",
    };
    Outcome::new(holds, format!("{done}: A has {a}, B has {b}"))
}

// ANCHOR: opposite
fn opposite_order() -> Outcome {
    transfers(lock_own_then_other)
}

fn lock_own_then_other(from: &Account, to: &Account, amount: i64) -> bool {
    step!("locks {}", from.name);
    let mut source = from.money.lock();
    step!("has {}, locks {}", from.name, to.name);
    let mut target = to.money.lock();
    *source -= amount;
    *target += amount;
    step!("moves {amount}, unlocks both");
    true
}
// ANCHOR_END: opposite

// ANCHOR: same
fn same_order() -> Outcome {
    transfers(|from, to, amount| {
        let from_first = from.name < to.name;
        let (first, second) = if from_first { (from, to) } else { (to, from) };
        step!("locks {}", first.name);
        let mut first_money = first.money.lock();
        step!("has {}, locks {}", first.name, second.name);
        let mut second_money = second.money.lock();
        let moved = if from_first { amount } else { -amount };
        *first_money -= moved;
        *second_money += moved;
        step!("moves {amount}, unlocks both");
        true
    })
}
// ANCHOR_END: same

// ANCHOR: backoff
fn back_off() -> Outcome {
    const TRIES: usize = 2;
    transfers(|from, to, amount| {
        // One of the two that is ready to step back is enough to break the circle.
        if from.name < to.name {
            return lock_own_then_other(from, to, amount);
        }
        for _ in 0..TRIES {
            step!("locks {}", from.name);
            let mut source = from.money.lock();
            step!("has {}, tries {}", from.name, to.name);
            if let Some(mut target) = to.money.try_lock_for(Duration::from_millis(10)) {
                *source -= amount;
                *target += amount;
                step!("moves {amount}, unlocks both");
                return true;
            }
            step!("has waited long enough, unlocks {}", from.name);
        }
        step!("gives up");
        false
    })
}
// ANCHOR_END: backoff
