//! A program changes a global variable, and starts a child in each of the three ways.
//!
//! A fork is a copy of the program as it is: it has the new value. A program that is started anew
//! has the value that stands in the source, and so has a copy of the fork server, which was started
//! anew before. What is passed as an argument arrives in all three.

use crate::say;
use processes::{Function, Process, Sender, Start, pipe, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::os::unix::process::parent_id;
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

pub(crate) const STORY: Story = Story {
    name: "three-ways-to-start",
    about: "the same child by spawn, fork and fork server, after a global variable was changed",
    seed: "003 §18",
    variants: &[
        Variant {
            name: "global",
            about: "the child reads the global variable",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || started(reads_the_global),
        },
        Variant {
            name: "argument",
            about: "the child is given the value as an argument",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || started(is_given_it),
        },
    ],
};

// ANCHOR: children
static GLOBAL: AtomicU32 = AtomicU32::new(0);

fn reads_the_global(tell: Sender, _given: u32) {
    sees(tell, GLOBAL.load(Relaxed));
}

fn is_given_it(tell: Sender, given: u32) {
    sees(tell, given);
}
// ANCHOR_END: children

fn sees(mut tell: Sender, value: u32) {
    tell.send(&(value, parent_id())).unwrap();
}

register!(reads_the_global, is_given_it);

// ANCHOR: start
fn started(child: impl Function<(Sender, u32), Output = ()>) -> Outcome {
    GLOBAL.store(7, Relaxed);
    let mut seen = Vec::new();
    for start in [Start::Spawn, Start::Fork, Start::ForkServer] {
        let (mut heard, tell) = pipe().unwrap();
        let process = Process::start(start, child, (tell, 7)).unwrap();
        let (value, parent) = heard.recv::<(u32, u32)>().unwrap();
        let parent = if parent == id() { "this program" } else { "the fork server" };
        say!("{start:?}: sees {value}, its parent is {parent}");
        process.join();
        seen.push(format!("{start:?} {value}"));
    }
    Outcome::new(seen.iter().all(|one| one.ends_with('7')), seen.join(", "))
}
// ANCHOR_END: start
