//! An `async` function is called, and what it returns is not awaited. It has done nothing, and
//! never will.

use crate::{Outcome, Story, say, trace_lists};
use event_loop::{EventLoop, spawn_named, yield_now};
use scenarios::{Expect, Search, Variant};
use std::cell::Cell;
use std::rc::Rc;

pub(crate) const STORY: Story = Story {
    name: "forgotten-await",
    about: "main has something saved, and ends",
    seed: "–",
    variants: &[
        Variant {
            name: "forgotten",
            about: "calls the function, and does not await: nothing runs, and the compiler warns",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || saved_by(forgotten),
        },
        Variant {
            name: "left-behind",
            about: "starts a task, and ends before it: the task is dropped where it is",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || saved_by(left_behind),
        },
        Variant {
            name: "awaited",
            about: "awaits the call",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || saved_by(awaited),
        },
        Variant {
            name: "task-awaited",
            about: "starts a task, does something else, and awaits the task",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || saved_by(task_awaited),
        },
    ],
};

type Disk = Rc<Cell<bool>>;

// ANCHOR: save
async fn save(disk: Disk) {
    yield_now().await;
    disk.set(true);
}
// ANCHOR_END: save

// ANCHOR: forgotten
// `expect` is an error if the compiler does not warn.
#[expect(unused_must_use)]
async fn forgotten(disk: Disk) {
    save(disk);
}
// ANCHOR_END: forgotten

// ANCHOR: left_behind
async fn left_behind(disk: Disk) {
    drop(spawn_named("save", save(disk)));
}
// ANCHOR_END: left_behind

// ANCHOR: awaited
async fn awaited(disk: Disk) {
    save(disk).await;
}

async fn task_awaited(disk: Disk) {
    let saving = spawn_named("save", save(disk));
    say!("does something else");
    saving.await.unwrap();
}
// ANCHOR_END: awaited

fn saved_by(main: impl AsyncFnOnce(Disk)) -> Outcome {
    let disk = Disk::default();
    let event_loop = EventLoop::new().unwrap();
    trace_lists(&event_loop);
    event_loop.run(main(disk.clone()));
    drop(event_loop);
    let saved = disk.get();
    say!("main has ended");
    Outcome::new(saved, if saved { "it is saved" } else { "nothing is saved" })
}
