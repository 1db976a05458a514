//! Two threads count together.
//!
//! Adding one looks like one action and is three: read, add, write. A thread that is interrupted
//! between the read and the write overwrites what others counted meanwhile.

use crate::stage::atomic::{AtomicI64, Ordering::Relaxed};
use crate::stage::{show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::Lock;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "shared-counter",
    about: "two threads add to one counter, twice each",
    seed: "000",
    variants: &[
        Variant {
            name: "unlocked",
            about: "reads, adds and writes with nothing to keep the other thread out",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: unlocked,
        },
        Variant {
            name: "locked",
            about: "holds a lock from the read to the write",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: locked,
        },
        Variant {
            name: "atomic",
            about: "reads, adds and writes in one action that nobody can interrupt",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: atomic,
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];
const ROUNDS: usize = 2;
const COUNTER: &str = "the counter";

// ANCHOR: unlocked
fn unlocked() -> Outcome {
    let counter = Arc::new(AtomicI64::new(0));
    show!(COUNTER, 0);
    let threads = NAMES.map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            for _ in 0..ROUNDS {
                let seen = counter.load(Relaxed);
                step!("reads {seen}");
                counter.store(seen + 1, Relaxed);
                show!(COUNTER, seen + 1);
                step!("writes {}", seen + 1);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    outcome(Arc::into_inner(counter).unwrap().into_inner())
}
// ANCHOR_END: unlocked

// ANCHOR: locked
fn locked() -> Outcome {
    let counter = Arc::new(Lock::new(0));
    show!(COUNTER, 0);
    let threads = NAMES.map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            for _ in 0..ROUNDS {
                let mut counter = counter.lock();
                step!("has the lock, reads {}", *counter);
                *counter += 1;
                show!(COUNTER, *counter);
                step!("writes {}", *counter);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    outcome(Arc::into_inner(counter).unwrap().into_inner())
}
// ANCHOR_END: locked

// ANCHOR: atomic
fn atomic() -> Outcome {
    let counter = Arc::new(AtomicI64::new(0));
    show!(COUNTER, 0);
    let threads = NAMES.map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            for _ in 0..ROUNDS {
                let seen = counter.fetch_add(1, Relaxed);
                show!(COUNTER, seen + 1);
                step!("finds {seen}, makes it {}", seen + 1);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    outcome(Arc::into_inner(counter).unwrap().into_inner())
}
// ANCHOR_END: atomic

fn outcome(count: i64) -> Outcome {
    Outcome::new(count == (NAMES.len() * ROUNDS) as i64, format!("counted {count}"))
}
