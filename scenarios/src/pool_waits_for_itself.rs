//! A task has a part of its work done by another task of its own pool, and waits for it.
//!
//! If no worker is left the part is never done. A pool that knows who waits for its futures finds
//! that. It cannot find a wait for something else, such as an event.

use crate::stage::{name, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, ThreadPool};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "pool-waits-for-itself",
    about: "a task submits another to its own pool, and waits for it",
    seed: "003 §12",
    variants: &[
        Variant {
            name: "unseen",
            about: "one worker, and the task waits for an event that the other is to set",
            expect: Expect::Stuck,
            search: Search::locks_in_one_step(3),
            run: unseen,
        },
        Variant {
            name: "one-worker",
            about: "one worker, and the task waits for the other's future: it panics",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(3),
            run: || waits_inside(1),
        },
        Variant {
            name: "two-workers",
            about: "the same, and a second worker is there for the other task",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || waits_inside(2),
        },
        Variant {
            name: "waits-outside",
            about: "one worker; the task returns the future of the other, and main waits for both",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(3),
            run: waits_outside,
        },
        Variant {
            name: "one-task",
            about: "one worker, and the task does the part itself",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_task,
        },
    ],
};

// ANCHOR: inside
fn waits_inside(workers: usize) -> Outcome {
    let pool = Arc::new(ThreadPool::new(workers));
    let own = pool.clone();
    let whole = pool.submit(move || {
        let part = own.submit(|| step!("does the part")).unwrap();
        step!("asks for the part");
        let done = part.into_result();
        step!("has the part");
        done.is_ok()
    });
    match whole.unwrap().into_result() {
        Ok(done) => Outcome::new(done, "the whole is done"),
        Err(error) => Outcome::new(false, error.to_string()),
    }
}
// ANCHOR_END: inside

// ANCHOR: unseen
fn unseen() -> Outcome {
    let pool = Arc::new(ThreadPool::new(1));
    let (own, ready) = (pool.clone(), Arc::new(Event::new()));
    name(&*ready, "the part");
    let whole = pool.submit(move || {
        let set = ready.clone();
        drop(own.submit(move || set.set()));
        step!("asks for the part");
        ready.wait();
    });
    Outcome::new(whole.unwrap().result().is_ok(), "the whole is done")
}
// ANCHOR_END: unseen

// ANCHOR: outside
fn waits_outside() -> Outcome {
    let pool = Arc::new(ThreadPool::new(1));
    let own = pool.clone();
    let whole = pool.submit(move || own.submit(|| step!("does the part")).unwrap());
    let part = whole.unwrap().into_result().unwrap();
    let done = part.into_result();
    step!("has both");
    Outcome::new(done.is_ok(), "the whole is done")
}
// ANCHOR_END: outside

// ANCHOR: one
fn one_task() -> Outcome {
    let pool = ThreadPool::new(1);
    let part = || step!("does the part");
    let whole = pool.submit(move || {
        part();
        step!("has the part");
    });
    // Waits until all is done.
    drop(pool);
    Outcome::new(whole.unwrap().into_result().is_ok(), "the whole is done")
}
// ANCHOR_END: one
