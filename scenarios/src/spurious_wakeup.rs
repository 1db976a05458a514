//! A sleeper that wakes for no reason.
//!
//! A wait on a futex may return although nobody woke it. Whoever trusts the return goes on too
//! early. The search includes such wake-ups; on a machine they are rare.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::stage::{futex, name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "spurious-wakeup",
    about: "one thread waits for dinner, the other cooks; a wait may return for no reason",
    seed: "003 §9",
    variants: &[
        Variant {
            name: "if",
            about: "looks once, waits once, eats",
            expect: Expect::Breaks,
            search: Search::SPURIOUS,
            run: with_if,
        },
        Variant {
            name: "loop",
            about: "looks again after each wait",
            expect: Expect::Holds,
            search: Search::SPURIOUS,
            run: with_loop,
        },
    ],
};

const RAW: u32 = 0;
const READY: u32 = 1;
const DINNER: &str = "the dinner";

/// Runs the eater beside a cook. The eater says whether the dinner was ready when it ate.
fn dinner(eater: fn(&AtomicU32)) -> Outcome {
    let dinner = Arc::new(AtomicU32::new(RAW));
    name(&*dinner, DINNER);
    show!(DINNER, "raw");
    let eater = {
        let dinner = dinner.clone();
        thread::spawn("eater", move || {
            eater(&dinner);
            let ready = dinner.load(Relaxed) == READY;
            step!("eats, and it is {}", if ready { "ready" } else { "raw" });
            ready
        })
    };
    let cook = thread::spawn("cook", move || {
        dinner.store(READY, Release);
        show!(DINNER, "ready");
        step!("has dinner ready");
        futex::wake_all(&dinner);
        step!("has called to dinner");
    });
    cook.join().unwrap();
    let ready = eater.join().unwrap();
    Outcome::new(ready, if ready { "ate well" } else { "ate it raw" })
}

// ANCHOR: if
fn with_if() -> Outcome {
    dinner(|dinner| {
        if dinner.load(Acquire) == RAW {
            step!("finds it raw, asks to be woken");
            futex::wait(dinner, RAW);
            step!("is awake");
        }
    })
}
// ANCHOR_END: if

// ANCHOR: loop
fn with_loop() -> Outcome {
    dinner(|dinner| {
        while dinner.load(Acquire) == RAW {
            step!("finds it raw, asks to be woken");
            futex::wait(dinner, RAW);
            step!("is awake");
        }
    })
}
// ANCHOR_END: loop
