//! Two processes take items from what looks like one list of five: one takes three, the other two.
//!
//! A process has memory of its own. Each gets a copy of the list, and takes the same items.
//! If each item is to be taken once, one process has the list, and hands its items out.

use crate::say;
use processes::{Builder, Connection, Start, duplex_pipe, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};

pub(crate) const STORY: Story = Story {
    name: "two-lists",
    about: "two processes take three and two items from a list of five",
    seed: "004",
    variants: &[
        Variant {
            name: "a-copy-each",
            about: "the list is an argument of both: each takes from its own",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || a_copy_each(Start::Spawn),
        },
        Variant {
            name: "a-fork-each",
            about: "the same by fork: each takes from its own, too",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || a_copy_each(Start::Fork),
        },
        Variant {
            name: "handed-out",
            about: "the parent has the list, and sends an item to one that asks",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: handed_out,
        },
    ],
};

type List = Vec<u32>;

fn list() -> List {
    vec![1, 2, 3, 4, 5]
}

/// How many items each takes.
const TAKERS: [(&str, usize); 2] = [("Ann", 3), ("Ben", 2)];

// ANCHOR: copies
/// Takes so many items from its list, and sends what it took and what is left.
fn takes_from(mut list: List, count: usize, mut line: Connection) {
    let taken: List = (0..count).filter_map(|_| list.pop()).collect();
    line.send(&(taken, list)).unwrap();
}

fn a_copy_each(start: Start) -> Outcome {
    let list = list();
    let mut all = List::new();
    for (name, count) in TAKERS {
        let (mut ours, theirs) = duplex_pipe().unwrap();
        let arguments = (list.clone(), count, theirs);
        let process = Builder::new().name(name).start(start, takes_from, arguments).unwrap();
        let (taken, left) = ours.recv::<(List, List)>().unwrap();
        say!("{name} takes {taken:?}, and has {left:?} left");
        all.extend(taken);
        process.join();
    }
    outcome(all, &list)
}
// ANCHOR_END: copies

// ANCHOR: handed_out
/// Asks for so many items, and sends what it got.
fn asks(count: usize, mut line: Connection) {
    let mut taken = List::new();
    for _ in 0..count {
        line.send(&()).unwrap();
        taken.push(line.recv().unwrap());
    }
    line.send(&taken).unwrap();
}

fn handed_out() -> Outcome {
    let mut list = list();
    let mut takers = TAKERS.map(|(name, count)| {
        let (ours, theirs) = duplex_pipe().unwrap();
        let taker = Builder::new().name(name);
        (taker.start(Start::Spawn, asks, (count, theirs)).unwrap(), ours)
    });
    // By turns: Ann, Ben, Ann, Ben, Ann.
    for turn in 0..list.len() {
        let line = &mut takers[turn % 2].1;
        line.recv::<()>().unwrap();
        line.send(&list.pop().unwrap()).unwrap();
    }
    let mut all = List::new();
    for (process, line) in &mut takers {
        let taken = line.recv::<List>().unwrap();
        say!("{} takes {taken:?}", process.name());
        all.extend(taken);
    }
    outcome(all, &list)
}
// ANCHOR_END: handed_out
register!(takes_from, asks);

fn outcome(mut all: List, left: &List) -> Outcome {
    say!("the parent has {left:?} left");
    all.sort_unstable();
    let holds = all == list();
    Outcome::new(holds, format!("{all:?} were taken"))
}
