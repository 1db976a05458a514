//! Two workers look which of some numbers are primes, and somebody counts.
//!
//! A task that gives its answer by its future shares nothing. A task that adds to a number that all
//! tasks share has the counter's problem again: a pool does not make its tasks safe.

use crate::stage::atomic::{AtomicU32, Ordering::Relaxed};
use crate::stage::{show, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::ThreadPool;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "pool-primes",
    about: "the workers of a pool look which numbers are primes",
    seed: "001",
    variants: &[
        Variant {
            name: "shared-count",
            about: "each task adds to a number that all share, in two steps",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(2),
            run: || count(shared),
        },
        Variant {
            name: "answers",
            about: "each task returns its answer, and the thread that asked counts",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || count(answers),
        },
        Variant {
            name: "one-chunk",
            about: "one worker looks at all, and returns its answers when the pool is closed",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_chunk,
        },
    ],
};

/// Small, so that the model has few steps to try. The tests of the library take fifteen digits.
const NUMBERS: [u64; 2] = [7, 11];

// ANCHOR: prime
fn is_prime(number: u64) -> bool {
    (2..).take_while(|d| d * d <= number).all(|d| !number.is_multiple_of(d))
}
// ANCHOR_END: prime

// ANCHOR: shared
fn shared(pool: &ThreadPool) -> u32 {
    let primes = Arc::new(AtomicU32::new(0));
    let count = primes.clone();
    let look = move |number| {
        if is_prime(number) {
            let before = count.load(Relaxed);
            step!("{number} is a prime; reads {before}");
            count.store(before + 1, Relaxed);
            show!("the count", before + 1);
            step!("writes {}", before + 1);
        }
    };
    pool.map(NUMBERS, look).unwrap().for_each(|done| done.unwrap());
    primes.load(Relaxed)
}
// ANCHOR_END: shared

// ANCHOR: answers
fn answers(pool: &ThreadPool) -> u32 {
    let look = |number| {
        let answer = is_prime(number);
        step!("{number}: {}", if answer { "a prime" } else { "no prime" });
        answer
    };
    let answers = pool.map(NUMBERS, look).unwrap();
    answers.map(|answer| u32::from(answer.unwrap())).sum()
}
// ANCHOR_END: answers

fn count(by: fn(&ThreadPool) -> u32) -> Outcome {
    outcome(by(&ThreadPool::new(2)))
}

// ANCHOR: chunk
fn one_chunk() -> Outcome {
    let pool = ThreadPool::new(1);
    let answers = pool.map_chunks(NUMBERS, 2, is_prime).unwrap();
    // Waits until all is done.
    drop(pool);
    outcome(answers.map(|answer| u32::from(answer.unwrap())).sum())
}
// ANCHOR_END: chunk

fn outcome(primes: u32) -> Outcome {
    Outcome::new(primes == 2, format!("{primes} of 2 primes"))
}
