//! Three actions are due at the same time. The most urgent is to run first.
//!
//! A plan that is sorted by time alone leaves those with the same time in the order in which they
//! came. If three threads enter them, that can be any order. And a scheduler that is run each time
//! that something is entered has only one action to choose from.

use crate::stage::time::{Duration, Instant};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, Scheduler};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "same-time-priorities",
    about: "three threads plan one action each for the same time, with priorities 3, 2 and 1",
    seed: "003 §15",
    variants: &[
        Variant {
            name: "by-time",
            about: "a list, sorted by time alone",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: by_time,
        },
        Variant {
            name: "run-in-loop",
            about: "a scheduler that is run after each action that is entered",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: run_in_loop,
        },
        Variant {
            name: "scheduler",
            about: "a scheduler, which runs equal times by priority",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: scheduler,
        },
    ],
};

const PRIORITIES: [i32; 3] = [3, 2, 1];
const DELAY: Duration = Duration::from_millis(10);

// ANCHOR: time
fn by_time() -> Outcome {
    let due = Instant::now() + DELAY;
    let plan = Arc::new(Lock::new(Vec::new()));
    name(&*plan, "the plan");
    let threads = PRIORITIES.map(|priority| {
        let plan = plan.clone();
        thread::spawn(&format!("{priority}"), move || {
            let mut plan = plan.lock();
            plan.push((due, priority));
            show!("the plan", told(plan.iter().map(|&(_, priority)| priority)));
            drop(plan);
            step!("plans priority {priority}");
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let mut plan = plan.lock();
    plan.sort_by_key(|&(due, _)| due);
    outcome(plan.iter().map(|&(_, priority)| priority).collect())
}
// ANCHOR_END: time

type Log = Arc<Lock<Vec<i32>>>;

/// An action that notes its priority.
fn action(priority: i32, log: &Log) -> impl FnOnce() + Send + 'static {
    let log = log.clone();
    move || {
        step!("runs priority {priority}");
        log.lock().push(priority);
    }
}

// ANCHOR: loop
fn run_in_loop() -> Outcome {
    let (scheduler, ran) = (Scheduler::new(), Log::default());
    for priority in PRIORITIES {
        scheduler.enter_in(DELAY, priority, action(priority, &ran));
        scheduler.run();
    }
    outcome(ran.lock().clone())
}
// ANCHOR_END: loop

// ANCHOR: scheduler
fn scheduler() -> Outcome {
    let (scheduler, ran) = (Arc::new(Scheduler::new()), Log::default());
    name(&*scheduler, "the scheduler");
    let due = Instant::now() + DELAY;
    let threads = PRIORITIES.map(|priority| {
        let (scheduler, action) = (scheduler.clone(), action(priority, &ran));
        thread::spawn(&format!("{priority}"), move || {
            scheduler.enter_at(due, priority, action);
            step!("enters priority {priority}");
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    scheduler.run();
    outcome(ran.lock().clone())
}
// ANCHOR_END: scheduler

fn outcome(ran: Vec<i32>) -> Outcome {
    let text = format!("ran {}", told(ran.iter().copied()));
    Outcome::new(ran == [1, 2, 3], text)
}

fn told(priorities: impl Iterator<Item = i32>) -> String {
    priorities.map(|priority| priority.to_string()).collect::<Vec<_>>().join(", ")
}
