//! Two numbers are squared by two workers. Which square is which?
//!
//! Workers end when they end. If results are put down as they come, nothing says to which item they
//! belong. A map keeps the order of its items, whoever is done first.

use crate::stage::{show, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, ThreadPool, as_completed};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "map-in-order",
    about: "two workers square the numbers 2 and 3, and somebody reads the squares in order",
    seed: "003 §12",
    variants: &[
        Variant {
            name: "as-they-come",
            about: "each task puts its square down when it has it",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(2),
            run: || squares(as_they_come),
        },
        Variant {
            name: "as-completed",
            about: "the futures are read in the order in which they end",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(2),
            run: || squares(in_order_of_ends),
        },
        Variant {
            name: "map",
            about: "a map gives the squares in the order of the numbers",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || squares(mapped),
        },
        Variant {
            name: "one-chunk",
            about: "one worker squares both, and the squares are read when the pool is closed",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_chunk,
        },
    ],
};

const NUMBERS: [u32; 2] = [2, 3];

fn square(number: u32) -> u32 {
    let square = number * number;
    step!("squares {number}");
    square
}

// ANCHOR: come
fn as_they_come(pool: &ThreadPool) -> Vec<u32> {
    let squares = Arc::new(Lock::new(Vec::new()));
    let put = squares.clone();
    let put_down = move |number| {
        let square = square(number);
        let mut list = put.lock();
        list.push(square);
        show!("the list", format!("{list:?}"));
    };
    pool.map(NUMBERS, put_down).unwrap().for_each(|done| done.unwrap());
    squares.lock().clone()
}
// ANCHOR_END: come

// ANCHOR: completed
fn in_order_of_ends(pool: &ThreadPool) -> Vec<u32> {
    let futures = NUMBERS.map(|number| pool.submit(move || square(number)).unwrap());
    as_completed(futures).map(|future| future.into_result().unwrap()).collect()
}
// ANCHOR_END: completed

// ANCHOR: map
fn mapped(pool: &ThreadPool) -> Vec<u32> {
    pool.map(NUMBERS, square).unwrap().map(Result::unwrap).collect()
}
// ANCHOR_END: map

fn one_chunk() -> Outcome {
    let pool = ThreadPool::new(1);
    let squares = pool.map_chunks(NUMBERS, 2, square).unwrap();
    drop(pool);
    outcome(squares.map(Result::unwrap).collect())
}

fn squares(by: fn(&ThreadPool) -> Vec<u32>) -> Outcome {
    outcome(by(&ThreadPool::new(2)))
}

fn outcome(squares: Vec<u32>) -> Outcome {
    step!("reads {squares:?}");
    Outcome::new(squares == [4, 9], format!("{squares:?}"))
}
