//! A queue of three between processes, and a fourth item.
//!
//! The queue is in shared memory, so "full" is the same for all. A put into a full queue waits, for
//! ever, or as long as it is told, or not at all.

use crate::say;
use processes::queue::PutError;
use processes::{Process, ProcessQueue, Start, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::time::{Duration, Instant};

pub(crate) const STORY: Story = Story {
    name: "queue-of-three",
    about: "a process puts four items into a queue of three",
    seed: "004",
    variants: &[
        Variant {
            name: "nobody-takes",
            about: "the fourth put gives up: after two tenths of a second, or at once",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: nobody_takes,
        },
        Variant {
            name: "one-is-taken",
            about: "the fourth put waits until another process takes an item",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_is_taken,
        },
        Variant {
            name: "taker-is-killed",
            about: "a process is killed with the item that it took",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: taker_is_killed,
        },
    ],
};

const LIMIT: Duration = Duration::from_millis(200);

// ANCHOR: full
fn full() -> ProcessQueue<u32> {
    let queue = ProcessQueue::bounded(3).unwrap();
    for item in 1..=3 {
        queue.put(item).unwrap();
    }
    say!("puts 1, 2 and 3");
    queue
}

fn nobody_takes() -> Outcome {
    let queue = full();
    let start = Instant::now();
    let timed = queue.put_for(4, LIMIT);
    let waited = start.elapsed() >= LIMIT;
    let at_once = queue.try_put(4);
    for (how, put) in [("put_for", timed), ("try_put", at_once)] {
        if let Err(PutError::Full(item)) = put {
            say!("{how}({item}): the queue is full");
        }
    }
    Outcome::new(waited && queue.len() == 3, "three are in it, and the fourth came back")
}
// ANCHOR_END: full

// ANCHOR: taken
fn takes_one(queue: ProcessQueue<u32>) {
    queue.get().unwrap();
}

fn one_is_taken() -> Outcome {
    let queue = full();
    let taker = Process::start(Start::Spawn, takes_one, (queue.try_clone().unwrap(),)).unwrap();
    queue.put(4).unwrap();
    say!("puts 4, when another process has taken 1");
    taker.join();
    queue.close();
    let left: Vec<u32> = std::iter::from_fn(|| queue.get().ok()).collect();
    Outcome::new(left == [2, 3, 4], format!("{left:?} are left"))
}
// ANCHOR_END: taken

// ANCHOR: killed
fn takes_and_sleeps(queue: ProcessQueue<u32>, report: ProcessQueue<u32>) {
    let item = queue.get().unwrap();
    report.put(item).unwrap();
    std::thread::sleep(Duration::MAX);
    queue.task_done().unwrap();
}

fn taker_is_killed() -> Outcome {
    let queue = full();
    let report = ProcessQueue::bounded(1).unwrap();
    let arguments = (queue.try_clone().unwrap(), report.try_clone().unwrap());
    let taker = Process::start(Start::Spawn, takes_and_sleeps, arguments).unwrap();
    say!("another process takes {}, and is killed", report.get().unwrap());
    taker.kill();
    taker.join();
    queue.close();
    while let Ok(item) = queue.get() {
        say!("gets {item}");
        queue.task_done().unwrap();
    }
    let gone = queue.unfinished();
    Outcome::new(gone == 0, format!("{gone} of 3 is gone, and the queue says so"))
}
// ANCHOR_END: killed
register!(takes_one, takes_and_sleeps);
