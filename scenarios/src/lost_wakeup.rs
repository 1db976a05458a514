//! A sleeper and a waker.
//!
//! Between the look and the sleep the waker may come by. It finds nobody asleep, and does not come
//! again.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::stage::{futex, name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "lost-wakeup",
    about: "one thread sleeps until the door is open, the other opens it and wakes the sleeper",
    seed: "003 §9",
    variants: &[
        Variant {
            name: "look-then-sleep",
            about: "looks at the door, then goes to sleep on something else",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: look_then_sleep,
        },
        Variant {
            name: "sleep-if",
            about: "goes to sleep only if the door is still closed, in one action with the look",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: sleep_if,
        },
    ],
};

const CLOSED: u32 = 0;
const OPEN: u32 = 1;
const DOOR: &str = "the door";

// ANCHOR: look
fn look_then_sleep() -> Outcome {
    let (door, bed) = (Arc::new(AtomicU32::new(CLOSED)), Arc::new(AtomicU32::new(0)));
    name(&*bed, "the wake");
    show!(DOOR, "closed");
    let sleeper = {
        let (door, bed) = (door.clone(), bed.clone());
        thread::spawn("sleeper", move || {
            while door.load(Acquire) == CLOSED {
                step!("finds the door closed, asks to be woken");
                // This word never changes: nothing keeps the thread from sleeping.
                futex::wait(&bed, 0);
            }
            step!("goes through the door");
            door.load(Relaxed)
        })
    };
    let waker = thread::spawn("waker", move || {
        door.store(OPEN, Release);
        show!(DOOR, "open");
        step!("opens the door");
        futex::wake_one(&bed);
        step!("has called the sleeper");
    });
    waker.join().unwrap();
    outcome(sleeper.join().unwrap())
}
// ANCHOR_END: look

// ANCHOR: sleepif
fn sleep_if() -> Outcome {
    let door = Arc::new(AtomicU32::new(CLOSED));
    name(&*door, DOOR);
    show!(DOOR, "closed");
    let sleeper = {
        let door = door.clone();
        thread::spawn("sleeper", move || {
            while door.load(Acquire) == CLOSED {
                step!("finds the door closed, asks to be woken if it still is");
                futex::wait(&door, CLOSED);
            }
            step!("goes through the door");
            door.load(Relaxed)
        })
    };
    let waker = thread::spawn("waker", move || {
        door.store(OPEN, Release);
        show!(DOOR, "open");
        step!("opens the door");
        futex::wake_one(&door);
        step!("has called the sleeper");
    });
    waker.join().unwrap();
    outcome(sleeper.join().unwrap())
}
// ANCHOR_END: sleepif

fn outcome(door: u32) -> Outcome {
    Outcome::new(door == OPEN, if door == OPEN { "went through" } else { "ran into the door" })
}
