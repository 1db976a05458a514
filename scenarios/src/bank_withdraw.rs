//! Two people draw from one account, which holds enough for one of them.
//!
//! "Is there enough?" and "take it" are two actions. Between them the answer can become wrong.

use crate::stage::atomic::{AtomicI64, Ordering::Relaxed};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, RLock};
use std::cell::Cell;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "bank-withdraw",
    about: "an account with 1000, from which two people draw 800 each",
    seed: "003 §7",
    variants: &[
        Variant {
            name: "unlocked",
            about: "looks at the balance, then draws, with nothing to keep the other out",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: unlocked,
        },
        Variant {
            name: "lock-held-too-briefly",
            about: "looks under the lock, unlocks, and draws under the lock again",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: lock_held_too_briefly,
        },
        Variant {
            name: "locks-itself-out",
            about: "holds the lock, and asks for the balance by a function that locks too",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: locks_itself_out,
        },
        Variant {
            name: "locked",
            about: "holds the account's lock from the look to the draw",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: locked,
        },
        Variant {
            name: "re-entrant",
            about: "the same two functions, over a lock that its holder may lock again",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: re_entrant,
        },
    ],
};

const BALANCE: &str = "the balance";
const LOCK: &str = "the account's lock";
const START: i64 = 1000;
const AMOUNT: i64 = 800;

// ANCHOR: both
/// Ann and Ben draw at the same moment. `draw` says how much it paid.
fn both<A: Send + Sync + 'static>(account: A, called: &str, draw: fn(&A) -> i64) -> (A, i64) {
    let account = Arc::new(account);
    name(&*account, called);
    show!(BALANCE, START);
    let drawers = ["Ann", "Ben"].map(|name| {
        let account = account.clone();
        thread::spawn(name, move || draw(&account))
    });
    let paid = drawers.into_iter().map(|drawer| drawer.join().unwrap()).sum();
    (Arc::into_inner(account).unwrap(), paid)
}
// ANCHOR_END: both

// ANCHOR: unlocked
fn unlocked() -> Outcome {
    let (account, paid) = both(AtomicI64::new(START), BALANCE, |account| {
        let seen = account.load(Relaxed);
        step!("sees {seen}");
        if seen < AMOUNT {
            step!("is refused");
            return 0;
        }
        step!("is paid {AMOUNT}");
        let before = account.load(Relaxed);
        step!("reads {before}");
        account.store(before - AMOUNT, Relaxed);
        show!(BALANCE, before - AMOUNT);
        step!("writes {}", before - AMOUNT);
        AMOUNT
    });
    outcome(account.into_inner(), paid)
}
// ANCHOR_END: unlocked

// ANCHOR: briefly
fn lock_held_too_briefly() -> Outcome {
    let (account, paid) = both(Lock::new(START), LOCK, |account| {
        let seen = *account.lock();
        step!("sees {seen} under the lock");
        if seen < AMOUNT {
            step!("is refused");
            return 0;
        }
        // What it saw may no longer be so.
        let mut balance = account.lock();
        *balance -= AMOUNT;
        show!(BALANCE, *balance);
        step!("has the lock, is paid {AMOUNT}, leaves {}", *balance);
        AMOUNT
    });
    outcome(account.into_inner(), paid)
}
// ANCHOR_END: briefly

// ANCHOR: lockout
fn locks_itself_out() -> Outcome {
    fn is_enough(account: &Lock<i64>) -> bool {
        step!("asks for the lock, to look");
        *account.lock() >= AMOUNT
    }
    let (account, paid) = both(Lock::new(START), LOCK, |account| {
        let mut balance = account.lock();
        step!("has the lock, to draw");
        if !is_enough(account) {
            step!("is refused");
            return 0;
        }
        *balance -= AMOUNT;
        show!(BALANCE, *balance);
        step!("is paid {AMOUNT}, leaves {}", *balance);
        AMOUNT
    });
    outcome(account.into_inner(), paid)
}
// ANCHOR_END: lockout

// ANCHOR: locked
fn locked() -> Outcome {
    let (account, paid) = both(Lock::new(START), LOCK, |account| {
        let mut balance = account.lock();
        step!("has the lock, sees {}", *balance);
        if *balance < AMOUNT {
            step!("is refused");
            return 0;
        }
        *balance -= AMOUNT;
        show!(BALANCE, *balance);
        step!("is paid {AMOUNT}, leaves {}", *balance);
        AMOUNT
    });
    outcome(account.into_inner(), paid)
}
// ANCHOR_END: locked

// ANCHOR: reentrant
fn re_entrant() -> Outcome {
    fn is_enough(account: &RLock<Cell<i64>>) -> bool {
        let balance = account.lock();
        step!("has the lock twice, sees {}", balance.get());
        balance.get() >= AMOUNT
    }
    let (account, paid) = both(RLock::new(Cell::new(START)), LOCK, |account| {
        let balance = account.lock();
        step!("has the lock, to draw");
        if !is_enough(account) {
            step!("is refused");
            return 0;
        }
        balance.set(balance.get() - AMOUNT);
        show!(BALANCE, balance.get());
        step!("is paid {AMOUNT}, leaves {}", balance.get());
        AMOUNT
    });
    outcome(account.into_inner().into_inner(), paid)
}
// ANCHOR_END: reentrant

/// Money is neither made nor lost, and nobody overdraws.
fn outcome(balance: i64, paid: i64) -> Outcome {
    let holds = balance + paid == START && balance >= 0;
    Outcome::new(holds, format!("paid {paid}, balance {balance}"))
}
