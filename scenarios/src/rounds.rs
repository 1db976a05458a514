//! Two authors of one book. In each round each lays a page on the table and reads the other's.
//!
//! Nobody may read before the other has laid down the page of this round, and nobody may lay the
//! next page over one that has not been read. A round needs two meetings. A meeting by a count that
//! nobody takes down is good for one round only: whoever is fast goes through the next one alone.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use crate::stage::{futex, name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::Barrier;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "rounds",
    about: "two authors lay a page on the table in each round, and read each other's",
    seed: "–",
    variants: &[
        Variant {
            name: "no-meeting",
            about: "nobody waits for anybody",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || story(1, |_| {}, |_| {}),
        },
        Variant {
            name: "counted",
            about: "whoever comes adds one and waits until two have come; two rounds",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || story(2, count, count),
        },
        Variant {
            name: "one-meeting",
            about: "a barrier before reading, none after it; two rounds",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || story(2, meet, |_| {}),
        },
        Variant {
            name: "one-leaves",
            about: "a barrier, and one author goes home",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || one_leaves(false),
        },
        Variant {
            name: "one-round",
            about: "a barrier before reading, one round",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(1, meet, |_| {}),
        },
        Variant {
            name: "two-meetings",
            about: "a barrier before reading and one after it; two rounds",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(2, meet, meet),
        },
        Variant {
            name: "one-leaves-and-says-so",
            about: "a barrier, and the author that goes home breaks it",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || one_leaves(true),
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];

struct Table {
    /// The page of each author.
    pages: [AtomicU32; 2],
    barrier: Barrier,
    /// How many have come to a meeting, where there is no barrier.
    came: AtomicU32,
}

impl Table {
    fn new() -> Arc<Self> {
        let pages = [0, 0].map(AtomicU32::new);
        let table = Arc::new(Self { pages, barrier: Barrier::new(2), came: AtomicU32::new(0) });
        name(&table.barrier, "the barrier");
        name(&table.came, "the count");
        table
    }
}

// ANCHOR: story
fn story(rounds: u32, before: fn(&Table), after: fn(&Table)) -> Outcome {
    let table = Table::new();
    let authors = [0, 1].map(|me| {
        let table = table.clone();
        thread::spawn(NAMES[me], move || {
            let (mut too_early, mut too_late) = (false, false);
            for round in 1..=rounds {
                table.pages[me].store(round, Relaxed);
                show!(&format!("{}'s page", NAMES[me]), round);
                step!("lays down page {round}");
                before(&table);
                let page = table.pages[1 - me].load(Relaxed);
                step!("reads page {page}");
                too_early |= page < round;
                too_late |= page > round;
                if round < rounds {
                    after(&table);
                }
            }
            (too_early, too_late)
        })
    });
    let [ann, ben] = authors.map(|author| author.join().unwrap());
    let (too_early, too_late) = (ann.0 | ben.0, ann.1 | ben.1);
    let how = match (too_early, too_late) {
        (false, false) => "each page was read",
        (true, false) => "read too early: the page was not there yet",
        (false, true) => "read too late: the next page lay on it",
        (true, true) => "read too early, and read too late",
    };
    Outcome::new(!too_early && !too_late, how)
}
// ANCHOR_END: story

// ANCHOR: count
/// Wrong: at the next meeting two have come already.
fn count(table: &Table) {
    let mut came = table.came.fetch_add(1, AcqRel) + 1;
    show!("how many have come", came);
    step!("is number {came} to come");
    if came == 2 {
        futex::wake_all(&table.came);
    }
    while came < 2 {
        futex::wait(&table.came, came);
        came = table.came.load(Acquire);
    }
}
// ANCHOR_END: count

// ANCHOR: meet
fn meet(table: &Table) {
    step!("asks to pass the barrier");
    table.barrier.wait().expect("nobody goes home");
}
// ANCHOR_END: meet

// ANCHOR: leaves
fn one_leaves(says_so: bool) -> Outcome {
    let table = Table::new();
    let ann = {
        let table = table.clone();
        thread::spawn("Ann", move || {
            step!("asks to pass the barrier");
            let met = table.barrier.wait().is_ok();
            step!("{}", if met { "goes on" } else { "learns that somebody is missing" });
            met
        })
    };
    let ben = thread::spawn("Ben", move || {
        if says_so {
            table.barrier.abort();
            step!("breaks the barrier");
        }
        step!("goes home");
    });
    ben.join().unwrap();
    let met = ann.join().unwrap();
    Outcome::new(!met, if met { "Ann met nobody" } else { "Ann knows that Ben does not come" })
}
// ANCHOR_END: leaves
