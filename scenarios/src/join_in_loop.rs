//! Two downloads that are meant to run side by side.
//!
//! A join waits. In the loop that starts the threads, it waits for each before the next is started:
//! the program has threads, and does one thing after the other.

use crate::stage::atomic::{AtomicU32, Ordering::Relaxed};
use crate::stage::{name, show, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Barrier, Thread};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "join-in-loop",
    about: "two downloads, a thread for each, and the place where they are joined",
    seed: "001, pitfalls; 003 §4",
    variants: &[
        Variant {
            name: "joined-in-the-loop",
            about: "each thread is joined in the loop that starts them: they run in turn",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || story(Join::InTheLoop, Download::Alone),
        },
        Variant {
            name: "meet-in-the-loop",
            about: "the same, and each waits until the other has begun",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || story(Join::InTheLoop, Download::Together),
        },
        Variant {
            name: "joined-after",
            about: "all are started first, and then joined",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(Join::After, Download::Alone),
        },
        Variant {
            name: "meet-joined-after",
            about: "the same, and each waits until the other has begun",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(Join::After, Download::Together),
        },
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Join {
    InTheLoop,
    After,
}

#[derive(Clone, Copy, PartialEq)]
enum Download {
    Alone,
    Together,
}

const AT_WORK: &str = "at work";

struct Downloads {
    both: Barrier,
    now: AtomicU32,
    /// How many there were at once, at most.
    most: AtomicU32,
}

impl Downloads {
    fn download(&self, how: Download) {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        show!(AT_WORK, now);
        step!("begins, {now} at work");
        self.most.fetch_max(now, Relaxed);
        if how == Download::Together {
            self.both.wait().unwrap();
        }
        let now = self.now.fetch_sub(1, Relaxed) - 1;
        show!(AT_WORK, now);
    }
}

// ANCHOR: story
fn story(join: Join, how: Download) -> Outcome {
    let both = Barrier::new(2);
    let downloads = Downloads { both, now: AtomicU32::new(0), most: AtomicU32::new(0) };
    let downloads = Arc::new(downloads);
    name(&downloads.both, "the other download");
    Thread::run_main(|| {
        let mut under_way: Vec<Thread> = Vec::new();
        let mut most_under_way = 0;
        for page in ["page 1", "page 2"] {
            let shared = downloads.clone();
            let thread = Thread::named(page, move || shared.download(how));
            thread.start().unwrap();
            step!("starts {page}");
            under_way.push(thread);
            most_under_way = most_under_way.max(under_way.len());
            if join == Join::InTheLoop {
                wait_for_all(&mut under_way);
            }
        }
        wait_for_all(&mut under_way);
        outcome(most_under_way, downloads.most.load(Relaxed))
    })
}

fn wait_for_all(threads: &mut Vec<Thread>) {
    for thread in threads.drain(..) {
        thread.join().unwrap();
        step!("has joined {}", thread.name());
    }
}
// ANCHOR_END: story

fn outcome(under_way: usize, most: u32) -> Outcome {
    let text = format!("{under_way} under way, at most {most} at work at once");
    Outcome::new(under_way == 2, text)
}
