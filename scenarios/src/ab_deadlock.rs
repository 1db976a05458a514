//! Transfers between accounts, in directions that make a ring.
//!
//! Each transfer needs both accounts' locks. A thread that holds one and waits for the other waits
//! for ever if the holder of the other waits, over however many more, for the first.

use crate::stage::time::Duration;
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Detector, Lock, RankedLock, WatchedLock};
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
            name: "ring",
            about: "the same with three accounts and three transfers: A to B, B to C, C to A",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: ring,
        },
        Variant {
            name: "timed",
            about: "each waits a limited time for its second lock, and then gives up",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || transfers::<_, 2>(plain, Lock::into_inner, timed::<1>),
        },
        Variant {
            name: "timed-again",
            about: "as timed, but asks once more, and keeps its first lock meanwhile",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || transfers::<_, 2>(plain, Lock::into_inner, timed::<2>),
        },
        Variant {
            name: "back-off",
            about: "one of them waits a limited time for its second lock, gives up the first, \
                   retries",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: back_off,
        },
        Variant {
            name: "same-order",
            about: "both lock A, then B",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: same_order,
        },
        Variant {
            name: "one-lock",
            about: "one lock for both accounts",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_lock,
        },
        Variant {
            name: "detected",
            about: "the request that would close the cycle is refused, and whoever is refused \
                   gives up",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: detected,
        },
        Variant {
            name: "detected-one",
            about: "a transfer from A to A: the thread would wait for itself, and is refused",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: detected_one,
        },
        Variant {
            name: "ranked",
            about: "lock A ranks below lock B, so B to A is refused, whether or not A is locked",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: ranked,
        },
    ],
};

const NAMES: [&str; 3] = ["A", "B", "C"];
const LOCKS: [&str; 3] = ["lock A", "lock B", "lock C"];
const START: i64 = 100;

/// Shows what the thread holds.
fn holds(what: &str) {
    show!(&format!("{} holds", thread::name()), what);
}

/// An account's name, and its money behind a lock of some kind.
struct Account<L> {
    name: &'static str,
    money: L,
}

/// Runs a transfer of 10 from the first account to the second, beside one of 20 from there to the
/// next, and so on until the last, which is to the first.
fn transfers<L: Send + Sync + 'static, const N: usize>(
    money: impl Fn(usize) -> L,
    inside: fn(L) -> i64,
    transfer: fn(&Account<L>, &Account<L>, i64) -> bool,
) -> Outcome {
    let accounts: [_; N] = std::array::from_fn(|number| {
        let account = Arc::new(Account { name: NAMES[number], money: money(number) });
        name(&account.money, LOCKS[number]);
        account
    });
    let amount = |number: usize| 10 * (number as i64 + 1);
    let threads: [_; N] = std::array::from_fn(|number| {
        let (from, to) = (accounts[number].clone(), accounts[(number + 1) % N].clone());
        let name = format!("{} to {}", from.name, to.name);
        thread::spawn(&name, move || {
            let done = transfer(&from, &to, amount(number));
            holds("nothing");
            done
        })
    });
    let done = threads.map(|thread| thread.join().unwrap());
    let money = accounts.map(|account| inside(Arc::into_inner(account).unwrap().money));
    let moved = |number: usize| if done[number] { amount(number) } else { 0 };
    let right = |number: usize| START - moved(number) + moved((number + N - 1) % N);
    // A thread that gives up moves nothing, but one must come through.
    let holds = (0..N).all(|number| money[number] == right(number)) && done.contains(&true);
    let all = if N == 2 { "both" } else { "all" };
    let gave_up: Vec<usize> = (0..N).filter(|&number| !done[number]).collect();
    let result = match gave_up[..] {
        [] => format!("{all} done"),
        [one] => format!("{} to {} gave up", NAMES[one], NAMES[(one + 1) % N]),
        _ => format!("{all} gave up"),
    };
    let has = |number: usize| format!("{} has {}", NAMES[number], money[number]);
    Outcome::new(holds, format!("{result}: {}", std::array::from_fn::<_, N, _>(has).join(", ")))
}

fn plain(_: usize) -> Lock<i64> {
    Lock::new(START)
}

type Plain = Account<Lock<i64>>;

// ANCHOR: opposite
fn opposite_order() -> Outcome {
    transfers::<_, 2>(plain, Lock::into_inner, lock_own_then_other)
}

fn lock_own_then_other(from: &Plain, to: &Plain, amount: i64) -> bool {
    step!("asks for {}", from.name);
    let mut source = from.money.lock();
    holds(from.name);
    step!("has {}, asks for {}", from.name, to.name);
    let mut target = to.money.lock();
    holds("both");
    *source -= amount;
    *target += amount;
    step!("has both, moves {amount}");
    true
}
// ANCHOR_END: opposite

fn ring() -> Outcome {
    transfers::<_, 3>(plain, Lock::into_inner, lock_own_then_other)
}

const SOON: Duration = Duration::from_millis(10);

// ANCHOR: timed
fn timed<const TRIES: usize>(from: &Plain, to: &Plain, amount: i64) -> bool {
    step!("asks for {}", from.name);
    let mut source = from.money.lock();
    holds(from.name);
    for _ in 0..TRIES {
        step!("has {}, asks for {} for a while", from.name, to.name);
        if let Some(mut target) = to.money.try_lock_for(SOON) {
            holds("both");
            *source -= amount;
            *target += amount;
            step!("has both, moves {amount}");
            return true;
        }
    }
    drop(source);
    holds("nothing");
    step!("gives up, has unlocked {}", from.name);
    false
}
// ANCHOR_END: timed

// ANCHOR: backoff
fn back_off() -> Outcome {
    const TRIES: usize = 2;
    transfers::<_, 2>(plain, Lock::into_inner, |from, to, amount| {
        // One of the two that is ready to step back is enough to break the cycle.
        if from.name < to.name {
            return lock_own_then_other(from, to, amount);
        }
        for _ in 0..TRIES {
            step!("asks for {}", from.name);
            let mut source = from.money.lock();
            holds(from.name);
            step!("has {}, asks for {} for a while", from.name, to.name);
            if let Some(mut target) = to.money.try_lock_for(SOON) {
                holds("both");
                *source -= amount;
                *target += amount;
                step!("has both, moves {amount}");
                return true;
            }
            drop(source);
            holds("nothing");
            step!("has waited long enough, has unlocked {}", from.name);
        }
        step!("gives up");
        false
    })
}
// ANCHOR_END: backoff

// ANCHOR: same
fn same_order() -> Outcome {
    transfers::<_, 2>(plain, Lock::into_inner, |from, to, amount| {
        let from_first = from.name < to.name;
        let (first, second) = if from_first { (from, to) } else { (to, from) };
        step!("asks for {}", first.name);
        let mut first_money = first.money.lock();
        holds(first.name);
        step!("has {}, asks for {}", first.name, second.name);
        let mut second_money = second.money.lock();
        holds("both");
        let moved = if from_first { amount } else { -amount };
        *first_money -= moved;
        *second_money += moved;
        step!("has both, moves {amount}");
        true
    })
}
// ANCHOR_END: same

/// A place in a bank whose accounts have one lock.
struct Place {
    bank: Arc<Lock<[i64; 2]>>,
    number: usize,
}

// ANCHOR: one
fn one_lock() -> Outcome {
    let bank = Arc::new(Lock::new([START; 2]));
    let money = move |number| Place { bank: bank.clone(), number };
    let inside = |place: Place| place.bank.lock()[place.number];
    transfers::<_, 2>(money, inside, |from, to, amount| {
        step!("asks for the bank");
        let mut accounts = from.money.bank.lock();
        holds("the bank");
        accounts[from.money.number] -= amount;
        accounts[to.money.number] += amount;
        step!("has the bank, moves {amount}");
        true
    })
}
// ANCHOR_END: one

// ANCHOR: detected
fn detected() -> Outcome {
    let detector = Arc::new(Detector::new());
    let money = |number| WatchedLock::new(LOCKS[number], detector.clone(), START);
    transfers::<_, 2>(money, WatchedLock::into_inner, |from, to, amount| {
        step!("asks for {}", from.name);
        let mut source = from.money.lock().expect("a thread without locks is not refused");
        holds(from.name);
        step!("has {}, asks for {}", from.name, to.name);
        match to.money.lock() {
            Ok(mut target) => {
                holds("both");
                *source -= amount;
                *target += amount;
                step!("has both, moves {amount}");
                true
            }
            Err(deadlock) => {
                step!("is refused, {deadlock}");
                false
            }
        }
    })
}
// ANCHOR_END: detected

fn detected_one() -> Outcome {
    let lock = Arc::new(WatchedLock::new(LOCKS[0], Arc::new(Detector::new()), START));
    let transfer = {
        let lock = lock.clone();
        thread::spawn("A to A", move || {
            step!("asks for A");
            let _source = lock.lock().expect("a thread without locks is not refused");
            holds("A");
            step!("has A, asks for A");
            let refused = lock.lock().err();
            refused.map(|deadlock| step!("is refused, {deadlock}")).is_some()
        })
    };
    let refused = transfer.join().unwrap();
    let is_free = lock.try_lock().is_some();
    Outcome::new(refused && is_free, if refused { "A to A was refused" } else { "A to A was not" })
}

// ANCHOR: ranked
fn ranked() -> Outcome {
    let money = |number| RankedLock::new(number as u32 + 1, LOCKS[number], START);
    transfers::<_, 2>(money, RankedLock::into_inner, |from, to, amount| {
        step!("asks for {}", from.name);
        let mut source = from.money.lock().expect("a thread without locks is not refused");
        holds(from.name);
        step!("has {}, asks for {}", from.name, to.name);
        match to.money.lock() {
            Ok(mut target) => {
                holds("both");
                *source -= amount;
                *target += amount;
                step!("has both, moves {amount}");
                true
            }
            Err(order) => {
                step!("is refused: {order}");
                false
            }
        }
    })
}
// ANCHOR_END: ranked
