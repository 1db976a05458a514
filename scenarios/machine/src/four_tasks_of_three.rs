//! Four tasks of three tenths of a second, and a pool of four workers.
//!
//! A pool helps only if its tasks are submitted before the first of them is waited for.

use crate::say;
use processes::{ProcessPool, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

pub(crate) const STORY: Story = Story {
    name: "four-tasks-of-three",
    about: "four tasks of three tenths of a second, and a pool of four workers",
    seed: "003 §20",
    variants: &[
        Variant {
            name: "apply",
            about: "waits for each task before it submits the next",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: apply,
        },
        Variant {
            name: "one-worker",
            about: "submits all at once, to a pool of one worker",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || apply_async(1),
        },
        Variant {
            name: "apply-async",
            about: "submits all, and then waits for each",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || apply_async(TASKS),
        },
        Variant {
            name: "map",
            about: "has the pool submit all, and waits for all",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: map,
        },
    ],
};

const TASKS: usize = 4;

// ANCHOR: task
/// When a task began and when it ended. All processes of a machine have the same clock.
type Times = (SystemTime, SystemTime);

fn task(_number: usize) -> Times {
    let begin = SystemTime::now();
    sleep(Duration::from_millis(300));
    (begin, SystemTime::now())
}
register!(task);
// ANCHOR_END: task

// ANCHOR: apply
fn apply() -> Outcome {
    let pool = ProcessPool::new(TASKS).unwrap();
    let times = (0..TASKS).map(|number| pool.apply(task, (number,)).unwrap());
    outcome(&times.collect::<Vec<_>>())
}
// ANCHOR_END: apply

// ANCHOR: apply_async
fn apply_async(workers: usize) -> Outcome {
    let pool = ProcessPool::new(workers).unwrap();
    let results: Vec<_> =
        (0..TASKS).map(|number| pool.apply_async(task, (number,)).unwrap()).collect();
    let times = results.into_iter().map(|result| result.get().unwrap());
    outcome(&times.collect::<Vec<_>>())
}
// ANCHOR_END: apply_async

// ANCHOR: map
fn map() -> Outcome {
    let pool = ProcessPool::new(TASKS).unwrap();
    outcome(&pool.map(task, 0..TASKS, 1).unwrap())
}
// ANCHOR_END: map

/// How many tasks ran at the same time.
fn outcome(times: &[Times]) -> Outcome {
    let at = |moment: &SystemTime| {
        times.iter().filter(|(begin, end)| begin <= moment && moment < end).count()
    };
    let most = times.iter().map(|(begin, _)| at(begin)).max().unwrap_or(0);
    let begun = times.iter().map(|(begin, _)| begin).min().expect("a task");
    for (number, (begin, end)) in (1..).zip(times) {
        let tenths = |moment: &SystemTime| {
            let since = moment.duration_since(*begun).unwrap_or_default();
            (since.as_secs_f64() * 10.).round()
        };
        say!("task {number}: from {} to {} tenths of a second", tenths(begin), tenths(end));
    }
    Outcome::new(most == TASKS, format!("at most {most} at a time"))
}
