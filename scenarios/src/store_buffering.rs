//! Two threads that want one room: each raises its flag, looks at the other's, and enters if that
//! is down.
//!
//! In every order of the four steps one of the two sees the other's flag. A machine may still let
//! both enter: each write waits in a buffer while the read goes ahead. Release and acquire do not
//! forbid it. A sequentially consistent fence between the write and the read does.
//!
//! Sequentially consistent loads and stores would do as well, but loom's search, the second judge,
//! treats them as acquire and release, and would show them to break. Hence the fences.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release, SeqCst},
    fence,
};
use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "store-buffering",
    about: "two threads raise a flag each, and enter if they see the other's flag down",
    seed: "003 §7",
    variants: &[
        Variant {
            name: "relaxed",
            about: "nothing orders the own write before the look at the other's",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: || flags(Relaxed, Relaxed, false),
        },
        Variant {
            name: "release-acquire",
            about: "orders what comes before a write and after a read, not a write before a read",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: || flags(Release, Acquire, false),
        },
        Variant {
            name: "fences",
            about: "a sequentially consistent fence between the write and the read",
            expect: Expect::Holds,
            search: Search::OLD_VALUES,
            run: || flags(Relaxed, Relaxed, true),
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];

// ANCHOR: flags
fn flags(raise: Ordering, look: Ordering, fenced: bool) -> Outcome {
    let flags = Arc::new(NAMES.map(|_| AtomicU32::new(0)));
    for (flag, owner) in flags.iter().zip(NAMES) {
        name(flag, &format!("{owner}'s flag"));
    }
    let threads = [0, 1].map(|me| {
        let flags = flags.clone();
        thread::spawn(NAMES[me], move || {
            let other = 1 - me;
            flags[me].store(1, raise);
            step!("raises the flag");
            if fenced {
                fence(SeqCst);
            }
            let enters = flags[other].load(look) == 0;
            if enters {
                step!("sees {}'s flag down, enters", NAMES[other]);
            } else {
                step!("sees {}'s flag up, goes away", NAMES[other]);
            }
            enters
        })
    });
    match threads.map(|thread| thread.join().unwrap()) {
        [true, true] => Outcome::new(false, "both are in the room"),
        [true, false] => Outcome::new(true, "Ann is in the room"),
        [false, true] => Outcome::new(true, "Ben is in the room"),
        [false, false] => Outcome::new(true, "nobody is in the room"),
    }
}
// ANCHOR_END: flags
