//! Readers that come and go, and a writer that must wait until nobody reads.
//!
//! If readers enter whenever no writer writes, a stream of them keeps the writer out. How often the writer
//! was overtaken shows it: with a bound that no schedule exceeds, it does not starve.

use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Condition, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "readers-writers",
    about: "a reader that comes again and again, and a writer that waits until nobody reads",
    seed: "003 §8",
    variants: &[
        Variant {
            name: "readers-first",
            about: "a reader enters whenever nobody writes, however long the writer has waited",
            expect: Expect::Breaks,
            search: Search::preemptions(3),
            run: || story(2, false),
        },
        Variant {
            name: "writer-next",
            about: "a reader does not enter while a writer waits",
            expect: Expect::Holds,
            search: Search::preemptions(3),
            run: || story(2, true),
        },
        Variant {
            name: "writer-next-one-read",
            about: "the same, with one read only",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || story(1, true),
        },
    ],
};

#[derive(Default)]
struct Room {
    readers: u32,
    writer_waits: bool,
    /// How many readers entered while the writer waited.
    overtaken: u32,
}

// ANCHOR: story
fn story(reads: usize, writer_next: bool) -> Outcome {
    let shared = Arc::new((Lock::new(Room::default()), Condition::new()));
    name(&shared.0, "the room's lock");
    let reader = {
        let shared = shared.clone();
        thread::spawn("reader", move || {
            let (room, changed) = &*shared;
            for _ in 0..reads {
                let mut inside = room.lock();
                if writer_next {
                    changed.wait_while(&mut inside, |room| room.writer_waits);
                }
                inside.readers += 1;
                inside.overtaken += u32::from(inside.writer_waits);
                let waits = if inside.writer_waits { ", past the writer" } else { "" };
                step!("begins to read{waits}");
                drop(inside);
                let mut inside = room.lock();
                inside.readers -= 1;
                step!("has read");
                changed.notify_all();
            }
        })
    };
    let writer = {
        let shared = shared.clone();
        thread::spawn("writer", move || {
            let (room, changed) = &*shared;
            let mut inside = room.lock();
            inside.writer_waits = true;
            step!("wants to write, {} inside", inside.readers);
            changed.wait_while(&mut inside, |room| room.readers > 0);
            inside.writer_waits = false;
            step!("writes; reads that overtook it: {}", inside.overtaken);
            changed.notify_all();
        })
    };
    reader.join().unwrap();
    writer.join().unwrap();
    let overtaken = Arc::into_inner(shared).unwrap().0.into_inner().overtaken;
    Outcome::new(overtaken == 0, format!("reads that overtook the writer: {overtaken}"))
}
// ANCHOR_END: story
