//! A reader that comes and goes, and a writer that must wait until nobody reads.
//!
//! If readers enter whenever nobody writes, those that come again and again keep the writer out.
//! How often the writer was overtaken shows it: if that grows with the number of reads, the writer
//! can starve; if no schedule exceeds a fixed number, it does not.

use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::platform::spin::MOST_OVERTAKES;
use primitives::{Condition, Lock, RwLock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "readers-writers",
    about: "a reader that comes again and again, and a writer that waits until nobody reads",
    seed: "003 §8",
    variants: &[
        Variant {
            name: "readers-first",
            about: "two reads, and each begins whenever nobody writes, however long the writer \
                   has waited",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || by_hand(2, false),
        },
        Variant {
            name: "readers-first-four-reads",
            about: "the same, with four reads",
            expect: Expect::Breaks,
            search: Search::locks_in_one_step(5),
            run: || by_hand(4, false),
        },
        Variant {
            name: "read-in-read",
            about: "a reader that is inside asks once more, and the writer came in between",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: read_in_read,
        },
        Variant {
            name: "writer-next",
            about: "four reads, and none begins while a writer waits",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(5),
            run: || by_hand(4, true),
        },
        Variant {
            name: "writer-next-one-read",
            about: "the same, with one read only",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || by_hand(1, true),
        },
        Variant {
            name: "rwlock",
            about: "the reader-writer lock, up to four reads; a writer that is waking up may be \
                   overtaken, but not for ever",
            expect: Expect::Holds,
            search: Search::preemptions(4),
            run: || with_rwlock(3),
        },
        Variant {
            name: "rwlock-one-read",
            about: "the same, with one read only",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || with_rwlock(0),
        },
    ],
};

fn outcome(overtaken: u32, most: u32) -> Outcome {
    Outcome::new(overtaken <= most, format!("reads that overtook the writer: {overtaken}"))
}

const READERS: &str = "readers inside";

#[derive(Default)]
struct Room {
    readers: u32,
    writer_waits: bool,
    /// How many readers entered while the writer waited.
    overtaken: u32,
}

// ANCHOR: by_hand
/// A reader reads so many times, and a writer writes once.
fn by_hand(reads: u32, writer_next: bool) -> Outcome {
    let shared = Arc::new((Lock::new(Room::default()), Condition::new()));
    name(&shared.0, "the room's lock");
    show!(READERS, 0);
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
                let past = if inside.writer_waits { ", past the writer" } else { "" };
                show!(READERS, inside.readers);
                step!("begins to read{past}");
                drop(inside);
                let mut inside = room.lock();
                inside.readers -= 1;
                show!(READERS, inside.readers);
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
            step!("asks to write, {} inside", inside.readers);
            changed.wait_while(&mut inside, |room| room.readers > 0);
            inside.writer_waits = false;
            step!("writes; reads that overtook it: {}", inside.overtaken);
            changed.notify_all();
        })
    };
    reader.join().unwrap();
    writer.join().unwrap();
    outcome(Arc::into_inner(shared).unwrap().0.into_inner().overtaken, 0)
}
// ANCHOR_END: by_hand

// ANCHOR: rwlock
/// A reader reads, and comes again up to `again` times while it is let in. A writer writes once.
fn with_rwlock(again: u32) -> Outcome {
    let written = Arc::new(RwLock::new(false));
    name(&*written, "the room");
    let reader = {
        let written = written.clone();
        thread::spawn("reader", move || {
            let mut overtaken = 0;
            let mut inside = written.read();
            step!("begins to read");
            for _ in 0..again {
                // Nobody writes while we read. What keeps another reader out is a writer that
                // waits.
                let writer_waits = written.try_read().is_none();
                drop(inside);
                step!("has read{}", if writer_waits { ", and a writer is waiting" } else { "" });
                let Some(next) = written.try_read() else {
                    step!("is not let in");
                    break;
                };
                inside = next;
                let past = writer_waits && !*inside;
                overtaken += u32::from(past);
                step!("begins to read{}", if past { ", past the writer" } else { "" });
            }
            overtaken
        })
    };
    let writer = {
        let written = written.clone();
        thread::spawn("writer", move || {
            step!("asks to write");
            *written.write() = true;
            step!("has written");
        })
    };
    writer.join().unwrap();
    outcome(reader.join().unwrap(), MOST_OVERTAKES)
}
// ANCHOR_END: rwlock

// ANCHOR: read_in_read
fn read_in_read() -> Outcome {
    let prices = Arc::new(RwLock::new([3, 5]));
    name(&*prices, "the prices");
    let reader = {
        let prices = prices.clone();
        thread::spawn("reader", move || {
            let all = prices.read();
            step!("begins to read, asks to read again");
            let first = prices.read()[0];
            step!("reads {first}");
            all.iter().sum::<u32>() - first
        })
    };
    let writer = {
        let prices = prices.clone();
        thread::spawn("writer", move || {
            step!("asks to write");
            prices.write()[1] = 6;
            step!("has written");
        })
    };
    let second = reader.join().unwrap();
    writer.join().unwrap();
    Outcome::new([5, 6].contains(&second), "both done")
}
// ANCHOR_END: read_in_read
