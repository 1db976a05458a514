//! A message, and a flag that says it is there.
//!
//! The flag is written after the message. That alone does not mean that a reader of the flag sees
//! the message.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release},
};
use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "message-passing",
    about: "Ann writes a message and then sets a flag, Ben looks at the flag and then at the \
           message",
    seed: "003 §7",
    variants: &[
        Variant {
            name: "relaxed",
            about: "nothing ties the flag to the message",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: || send(Relaxed, Relaxed),
        },
        Variant {
            name: "release-acquire",
            about: "whoever finds the flag set also finds what was written before",
            expect: Expect::Holds,
            search: Search::OLD_VALUES,
            run: || send(Release, Acquire),
        },
    ],
};

struct Letter {
    message: AtomicU32,
    flag: AtomicU32,
}

// ANCHOR: send
fn send(set: Ordering, look: Ordering) -> Outcome {
    let letter = Arc::new(Letter { message: AtomicU32::new(0), flag: AtomicU32::new(0) });
    name(&letter.message, "the message");
    name(&letter.flag, "the flag");
    let ann = {
        let letter = letter.clone();
        thread::spawn("Ann", move || {
            letter.message.store(42, Relaxed);
            step!("writes the message: 42");
            letter.flag.store(1, set);
            step!("sets the flag");
        })
    };
    let ben = thread::spawn("Ben", move || {
        if letter.flag.load(look) == 0 {
            step!("finds no flag, goes away");
            return None;
        }
        step!("finds the flag set");
        let read = letter.message.load(Relaxed);
        step!("reads the message: {read}");
        Some(read)
    });
    ann.join().unwrap();
    match ben.join().unwrap() {
        None => Outcome::new(true, "Ben found no flag"),
        Some(read) => Outcome::new(read == 42, format!("Ben found the flag and read {read}")),
    }
}
// ANCHOR_END: send
