//! Two clerks need the prices, and the first of them loads them.
//!
//! To look and then to load are two actions. And a mark that says "somebody does it" does not say
//! that it is done.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "once-only",
    about: "two clerks need the prices, and one of them is to load them, once",
    seed: "–",
    variants: &[
        Variant {
            name: "looks-then-loads",
            about: "whoever finds no prices loads them",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || clerks(looks_then_loads),
        },
        Variant {
            name: "claims-then-loads",
            about: "whoever claims the task first loads them, and the other does not wait",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || clerks(claims_then_loads),
        },
        Variant {
            name: "needs-itself",
            about: "under a lock, and to load the prices one needs the prices",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || clerks(needs_itself),
        },
        Variant {
            name: "locked",
            about: "looks and loads under a lock, each time",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || clerks(locked),
        },
        Variant {
            name: "once",
            about: "a cell that is filled once",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || clerks(once),
        },
        Variant {
            name: "first-load-fails",
            about: "the same, and the first load fails: the next one is tried",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || clerks(first_load_fails),
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];
const PRICES: u32 = 42;
const LOADS: &str = "times loaded";

/// Where the prices lie, in each of the ways to keep them. 0 means that there are none.
struct Office {
    prices: AtomicU32,
    claimed: AtomicU32,
    locked: Lock<u32>,
    cell: OnceCell<u32>,
    /// How often the prices were loaded, and how often that failed.
    loads: AtomicU32,
    failures: AtomicU32,
}

impl Office {
    fn load(&self) -> u32 {
        let before = self.loads.fetch_add(1, Relaxed);
        show!(LOADS, before + 1);
        step!("loads the prices");
        PRICES
    }
}

// ANCHOR: looks
fn looks_then_loads(office: &Office) -> u32 {
    if office.prices.load(Acquire) == 0 {
        step!("finds no prices");
        office.prices.store(office.load(), Release);
    }
    office.prices.load(Acquire)
}
// ANCHOR_END: looks

// ANCHOR: claims
fn claims_then_loads(office: &Office) -> u32 {
    if office.claimed.swap(1, AcqRel) == 0 {
        show!("the task", format!("{}'s", thread::name()));
        step!("claims the task");
        office.prices.store(office.load(), Release);
    }
    office.prices.load(Acquire)
}
// ANCHOR_END: claims

// ANCHOR: itself
fn needs_itself(office: &Office) -> u32 {
    let mut prices = office.locked.lock();
    step!("has the lock");
    if *prices == 0 {
        // To know the price of a dozen, it asks for the price of one.
        step!("asks for the lock, for a price");
        *prices = 12 * *office.locked.lock();
    }
    *prices
}
// ANCHOR_END: itself

// ANCHOR: locked
fn locked(office: &Office) -> u32 {
    let mut prices = office.locked.lock();
    if *prices == 0 {
        *prices = office.load();
    }
    *prices
}
// ANCHOR_END: locked

// ANCHOR: once
fn once(office: &Office) -> u32 {
    *office.cell.get_or_init(|| office.load())
}
// ANCHOR_END: once

// ANCHOR: fails
fn first_load_fails(office: &Office) -> u32 {
    let load = || {
        let prices = office.load();
        if office.failures.fetch_add(1, Relaxed) == 0 {
            step!("fails");
            // A panic without a message on the terminal.
            resume_unwind(Box::new("the first load fails"));
        }
        prices
    };
    loop {
        let get = || *office.cell.get_or_init(load);
        if let Ok(prices) = catch_unwind(AssertUnwindSafe(get)) {
            return prices;
        }
    }
}
// ANCHOR_END: fails

fn clerks(get_prices: fn(&Office) -> u32) -> Outcome {
    let office = Arc::new(Office {
        prices: AtomicU32::new(0),
        claimed: AtomicU32::new(0),
        locked: Lock::new(0),
        cell: OnceCell::new(),
        loads: AtomicU32::new(0),
        failures: AtomicU32::new(0),
    });
    show!(LOADS, 0);
    name(&office.locked, "the lock");
    name(&office.cell, "the cell");
    let clerks = NAMES.map(|name| {
        let office = office.clone();
        thread::spawn(name, move || {
            let prices = get_prices(&office);
            step!("uses {prices}");
            prices
        })
    });
    let used = clerks.map(|clerk| clerk.join().unwrap());
    let loads = office.loads.load(Relaxed);
    let succeeded = loads - u32::from(office.failures.load(Relaxed) > 0);
    let times = if loads == 1 { "once" } else { "twice" };
    Outcome::new(
        used == [PRICES; 2] && succeeded == 1,
        format!("loaded {times}, Ann used {}, Ben used {}", used[0], used[1]),
    )
}
