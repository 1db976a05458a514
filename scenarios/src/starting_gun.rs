//! Two runners wait for the starting gun.
//!
//! A condition remembers nothing: a signal that comes before the wait is gone. An event stays set, so it
//! does not matter who is first, as long as nobody takes it back too soon.

use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Condition, Event, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "starting-gun",
    about: "two runners wait, a starter fires once",
    seed: "003 §11",
    variants: &[
        Variant {
            name: "bare-condition",
            about: "a condition and no flag: the shot is gone as soon as it is heard",
            expect: Expect::Stuck,
            search: Search::preemptions(3),
            run: bare_condition,
        },
        Variant {
            name: "cleared-at-once",
            about: "an event that is set and cleared at once",
            expect: Expect::Stuck,
            search: Search::preemptions(2),
            run: cleared_at_once,
        },
        Variant {
            name: "set-once",
            about: "an event that is set and stays set",
            expect: Expect::Holds,
            search: Search::preemptions(3),
            run: set_once,
        },
        Variant {
            name: "set-before-wait",
            about: "the shot is fired before there is anybody to wait for it",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: set_before_wait,
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];

// ANCHOR: bare
fn bare_condition() -> Outcome {
    let track = Arc::new(Lock::new(()));
    let shot = Arc::new(Condition::new());
    name(&*track, "the track's lock");
    let runners = NAMES.map(|name| {
        let (track, shot) = (track.clone(), shot.clone());
        thread::spawn(name, move || {
            let mut track = track.lock();
            step!("listens for the shot");
            shot.wait(&mut track);
            step!("runs");
            true
        })
    });
    let starter = thread::spawn("starter", move || {
        let heard = shot.notify_all();
        step!("fires, {heard} listen");
    });
    starter.join().unwrap();
    outcome(runners.map(|runner| runner.join().unwrap()))
}
// ANCHOR_END: bare

fn run(gun: &Event) -> bool {
    step!("looks whether the gun was fired, or waits");
    gun.wait();
    step!("runs");
    true
}

// ANCHOR: cleared
fn cleared_at_once() -> Outcome {
    let gun = Arc::new(Event::new());
    name(&*gun, "the gun");
    let runners = NAMES.map(|name| {
        let gun = gun.clone();
        thread::spawn(name, move || run(&gun))
    });
    let starter = thread::spawn("starter", move || {
        gun.set();
        step!("fires");
        gun.clear();
        step!("takes the shot back");
    });
    starter.join().unwrap();
    outcome(runners.map(|runner| runner.join().unwrap()))
}
// ANCHOR_END: cleared

// ANCHOR: once
fn set_once() -> Outcome {
    let gun = Arc::new(Event::new());
    name(&*gun, "the gun");
    let runners = NAMES.map(|name| {
        let gun = gun.clone();
        thread::spawn(name, move || run(&gun))
    });
    let starter = thread::spawn("starter", move || {
        gun.set();
        step!("fires");
    });
    starter.join().unwrap();
    outcome(runners.map(|runner| runner.join().unwrap()))
}
// ANCHOR_END: once

// ANCHOR: before
fn set_before_wait() -> Outcome {
    let gun = Arc::new(Event::new());
    name(&*gun, "the gun");
    gun.set();
    step!("fires, and nobody is there");
    let runners = NAMES.map(|name| {
        let gun = gun.clone();
        thread::spawn(name, move || run(&gun))
    });
    outcome(runners.map(|runner| runner.join().unwrap()))
}
// ANCHOR_END: before

fn outcome(runs: [bool; 2]) -> Outcome {
    let running = runs.into_iter().filter(|runs| *runs).count();
    Outcome::new(running == NAMES.len(), format!("{running} run"))
}
