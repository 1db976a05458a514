//! An alarm that rings later, unless it is cancelled before.
//!
//! "Has it been cancelled?" and "ring" are two actions, and so are "cancel it" and "did that come
//! in time?". A program that does one after the other may ring an alarm that was cancelled in time.

use crate::stage::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::stage::time::{Duration, Instant};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, TimerOutcome, Timers};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "timer",
    about: "an alarm that rings after 10 ms, and somebody who wakes early and cancels it",
    seed: "003 §14",
    variants: &[
        Variant {
            name: "flag",
            about: "a thread sleeps, looks whether it was cancelled, and rings",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: flag,
        },
        Variant {
            name: "cancel",
            about: "a timer, cancelled just as it rings",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: cancel,
        },
        Variant {
            name: "hello",
            about: "a timer that nobody cancels",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: hello,
        },
        Variant {
            name: "ten-times",
            about: "a function that arms a timer for itself again, until it has run ten times",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: ten_times,
        },
    ],
};

const DELAY: Duration = Duration::from_millis(10);
const FLAG: &str = "the flag";

/// For as long as the alarm does. Which of the two wakes first is open.
fn sleep() {
    let was_set = Event::new().wait_for(DELAY);
    assert!(!was_set, "nobody has it to set");
}

// ANCHOR: flag
fn flag() -> Outcome {
    struct Alarm {
        cancelled: Event,
        rings: AtomicBool,
    }
    let alarm = Arc::new(Alarm { cancelled: Event::new(), rings: AtomicBool::new(false) });
    name(&alarm.cancelled, FLAG);
    show!(FLAG, "not set");
    let clock = {
        let alarm = alarm.clone();
        thread::spawn("clock", move || {
            // Sleeps until the time is up, or somebody sets the flag.
            if alarm.cancelled.wait_for(DELAY) {
                step!("finds the flag set, stays silent");
                return false;
            }
            step!("time is up, the flag is not set");
            alarm.rings.store(true, Release);
            step!("rings");
            true
        })
    };
    let sleeper = thread::spawn("sleeper", move || {
        sleep();
        alarm.cancelled.set();
        show!(FLAG, "set");
        step!("sets the flag");
        let in_time = !alarm.rings.load(Acquire);
        step!("{}", if in_time { "hears nothing: in time" } else { "hears it: too late" });
        in_time
    });
    let in_time = sleeper.join().unwrap();
    outcome(clock.join().unwrap(), in_time)
}
// ANCHOR_END: flag

// ANCHOR: cancel
fn cancel() -> Outcome {
    let timers = Timers::new();
    let rang = Arc::new(AtomicBool::new(false));
    let timer = {
        let rang = rang.clone();
        timers.after(DELAY, move || {
            step!("rings");
            rang.store(true, Relaxed);
        })
    };
    sleep();
    let in_time = timer.cancel();
    step!("cancels, {}", if in_time { "in time" } else { "too late" });
    timer.join();
    outcome(rang.load(Relaxed), in_time)
}
// ANCHOR_END: cancel

/// Either it rings or it is cancelled in time.
fn outcome(rang: bool, in_time: bool) -> Outcome {
    let rings = if rang { "it rang" } else { "it was silent" };
    let when = if in_time { "in time" } else { "too late" };
    Outcome::new(rang != in_time, format!("{rings}, cancelled {when}"))
}

// ANCHOR: hello
fn hello() -> Outcome {
    let timers = Timers::new();
    let due = Instant::now() + DELAY;
    let timer = timers.at(due, || step!("says hello"));
    let ended = timer.join();
    drop(timers);
    let waited = Instant::now() >= due;
    Outcome::new(ended == TimerOutcome::Ran && waited, "hello, and not before its time")
}
// ANCHOR_END: hello

// ANCHOR: ten
fn ten_times() -> Outcome {
    struct Alarm {
        rung: AtomicU32,
        done: Event,
    }
    fn arm(timers: Arc<Timers>, due: Instant, alarm: Arc<Alarm>) {
        let again = timers.clone();
        timers.at(due, move || {
            let times = alarm.rung.fetch_add(1, Relaxed) + 1;
            step!("rings, number {times}");
            if times == 10 {
                return alarm.done.set();
            }
            // From deadline to deadline: it does not drift, however late each is.
            arm(again, due + DELAY, alarm);
        });
    }
    let alarm = Arc::new(Alarm { rung: AtomicU32::new(0), done: Event::new() });
    name(&alarm.done, "the tenth ring");
    let first = Instant::now() + DELAY;
    arm(Arc::new(Timers::new()), first, alarm.clone());
    alarm.done.wait();
    let rung = alarm.rung.load(Relaxed);
    let all_passed = Instant::now() >= first + 9 * DELAY;
    Outcome::new(rung == 10 && all_passed, format!("rang {rung} times"))
}
// ANCHOR_END: ten
