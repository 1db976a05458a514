//! Three philosophers at a round table, a fork between each two. To eat, one needs both forks.
//!
//! If each takes the left fork first, all may hold one and wait for the next. The cycle is broken
//! by an order of the forks, by a waiter who lets only two begin, or by one that puts the first
//! fork down again. If all do so, all may stay hungry.

use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, Semaphore};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "dining-philosophers",
    about: "three philosophers and three forks, and each needs two forks to eat",
    seed: "003 §8",
    variants: &[
        Variant {
            name: "naive",
            about: "each takes the left fork, then the right",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || dinner(3, naive),
        },
        Variant {
            name: "naive-two",
            about: "two philosophers, each takes the left fork, then the right",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || dinner(2, naive),
        },
        Variant {
            name: "ordered",
            about: "each takes the fork with the lower number first",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || dinner(3, ordered),
        },
        Variant {
            name: "ordered-two",
            about: "two philosophers, each takes the fork with the lower number first",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || dinner(2, ordered),
        },
        Variant {
            name: "waiter",
            about: "a waiter lets all but one of them begin",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || dinner(3, waiter),
        },
        Variant {
            name: "waiter-two",
            about: "two philosophers, and a waiter lets one of them begin",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || dinner(2, waiter),
        },
        Variant {
            name: "all-back-off",
            about: "two philosophers; whoever does not get the right fork puts the left one \
                   down, twice at most",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || dinner(2, back_off),
        },
        Variant {
            name: "one-backs-off",
            about: "only one of the three puts the left fork down again, which is enough",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || dinner(3, one_backs_off),
        },
        Variant {
            name: "one-backs-off-two",
            about: "two philosophers, and only one of them puts the left fork down again",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || dinner(2, one_backs_off),
        },
    ],
};

const NAMES: [&str; 3] = ["Ann", "Ben", "Cat"];

/// Shows what the thread holds.
fn holds(what: &str) {
    show!(&format!("{} holds", thread::name()), what);
}

struct Table {
    forks: Vec<Lock<()>>,
    waiter: Semaphore,
}

fn dinner(seats: usize, eat: fn(&Table, usize, usize) -> bool) -> Outcome {
    let table = Arc::new(Table {
        forks: (0..seats).map(|_| Lock::new(())).collect(),
        waiter: Semaphore::new(seats as u32 - 1),
    });
    name(&table.waiter, "the waiter");
    for (number, fork) in table.forks.iter().enumerate() {
        name(fork, &format!("fork {number}"));
    }
    let philosophers: Vec<_> = (0..seats)
        .map(|me| {
            let table = table.clone();
            thread::spawn(NAMES[me], move || {
                holds("nothing");
                let ate = eat(&table, me, (me + 1) % seats);
                holds("nothing");
                ate
            })
        })
        .collect();
    let ate = philosophers.into_iter().map(|one| one.join().unwrap());
    let ate = ate.filter(|ate| *ate).count();
    // A philosopher that gives up stays hungry, but one must eat.
    Outcome::new(ate > 0, format!("{ate} of {seats} ate"))
}

// ANCHOR: naive
fn naive(table: &Table, left: usize, right: usize) -> bool {
    step!("asks for fork {left}");
    let _left = table.forks[left].lock();
    holds(&format!("fork {left}"));
    step!("has fork {left}, asks for fork {right}");
    let _right = table.forks[right].lock();
    holds("both forks");
    step!("has both forks, eats");
    true
}
// ANCHOR_END: naive

// ANCHOR: ordered
fn ordered(table: &Table, left: usize, right: usize) -> bool {
    naive(table, left.min(right), left.max(right))
}
// ANCHOR_END: ordered

// ANCHOR: waiter
fn waiter(table: &Table, left: usize, right: usize) -> bool {
    let _leave = table.waiter.acquire();
    step!("may begin");
    naive(table, left, right)
}
// ANCHOR_END: waiter

// ANCHOR: backoff
fn back_off(table: &Table, left: usize, right: usize) -> bool {
    const TRIES: usize = 2;
    for _ in 0..TRIES {
        let held = table.forks[left].lock();
        holds(&format!("fork {left}"));
        step!("has fork {left}, asks for fork {right}");
        if let Some(_right) = table.forks[right].try_lock() {
            holds("both forks");
            step!("has both forks, eats");
            return true;
        }
        drop(held);
        holds("nothing");
        step!("has put fork {left} down");
    }
    step!("stays hungry");
    false
}

fn one_backs_off(table: &Table, left: usize, right: usize) -> bool {
    if left == 0 { back_off(table, left, right) } else { naive(table, left, right) }
}
// ANCHOR_END: backoff
