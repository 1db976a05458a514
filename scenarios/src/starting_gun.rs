//! Two runners wait for the starting gun.
//!
//! A condition remembers nothing: a signal that comes before the wait is gone. An event stays set,
//! so it does not matter who is first, as long as nobody takes it back too soon.

use crate::stage::thread::JoinHandle;
use crate::stage::{name, show, step, thread};
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
            search: Search::WHOLE,
            run: || bare_condition(&TWO),
        },
        Variant {
            name: "bare-condition-alone",
            about: "the same with one runner",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || bare_condition(&ONE),
        },
        Variant {
            name: "cleared-at-once",
            about: "an event that is set and cleared at once",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || event(&TWO, set_and_clear),
        },
        Variant {
            name: "cleared-at-once-alone",
            about: "the same with one runner",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || event(&ONE, set_and_clear),
        },
        Variant {
            name: "set-once",
            about: "an event that is set and stays set",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || event(&TWO, set),
        },
        Variant {
            name: "set-once-alone",
            about: "the same with one runner",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || event(&ONE, set),
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

const ONE: [&str; 1] = ["Ann"];
const TWO: [&str; 2] = ["Ann", "Ben"];
const GUN: &str = "the gun";

// ANCHOR: bare
fn bare_condition(names: &[&str]) -> Outcome {
    let track = Arc::new((Lock::new(()), Condition::new()));
    name(&track.0, "the track's lock");
    let runners = start(names, &track, |(lock, shot)| {
        let mut guard = lock.lock();
        step!("asks to be told of the shot");
        shot.wait(&mut guard);
        step!("runs");
    });
    let heard = track.1.notify_all();
    step!("fires, {heard} listen");
    outcome(runners)
}
// ANCHOR_END: bare

// ANCHOR: event
fn event(names: &[&str], fire: fn(&Event)) -> Outcome {
    let gun = Arc::new(Event::new());
    name(&*gun, GUN);
    show!(GUN, "not fired");
    let runners = start(names, &gun, run);
    fire(&gun);
    outcome(runners)
}

fn run(gun: &Event) {
    step!("asks for the shot");
    gun.wait();
    step!("runs");
}

fn set(gun: &Event) {
    gun.set();
    show!(GUN, "fired");
    step!("fires");
}

fn set_and_clear(gun: &Event) {
    set(gun);
    gun.clear();
    show!(GUN, "taken back");
    step!("takes the shot back");
}
// ANCHOR_END: event

// ANCHOR: before
fn set_before_wait() -> Outcome {
    let gun = Arc::new(Event::new());
    name(&*gun, GUN);
    show!(GUN, "not fired");
    set(&gun);
    outcome(start(&TWO, &gun, run))
}
// ANCHOR_END: before

/// A thread for each runner.
fn start<T: Send + Sync + 'static>(
    names: &[&str],
    shared: &Arc<T>,
    run: fn(&T),
) -> Vec<JoinHandle<()>> {
    let start = |name: &&str| {
        let shared = shared.clone();
        thread::spawn(name, move || run(&shared))
    };
    names.iter().map(start).collect()
}

/// A runner that misses the shot never ends, so each that has ended has run.
fn outcome(runners: Vec<JoinHandle<()>>) -> Outcome {
    let running = runners.len();
    runners.into_iter().for_each(|runner| runner.join().unwrap());
    Outcome::new(true, format!("{running} run"))
}
