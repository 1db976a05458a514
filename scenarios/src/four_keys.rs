//! A room with so many keys. A visitor takes one to enter, and hangs it back on leaving.
//!
//! The number of keys is all that a semaphore knows. It does not know who has them, so it can not
//! notice that one was taken home, and only a bounded one notices that there are too many.

use crate::stage::atomic::{AtomicU32, Ordering::Relaxed};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{BoundedSemaphore, Semaphore};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "four-keys",
    about: "visitors of a room that has a number of keys, each needs one to enter",
    seed: "000",
    variants: &[
        Variant {
            name: "no-keys",
            about: "a room for one, two visitors, and nobody counts",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: no_keys,
        },
        Variant {
            name: "forgotten",
            about: "one key, two visitors, and one of them takes the key home",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: forgotten,
        },
        Variant {
            name: "returned-twice",
            about: "one key, two visitors, and one of them hangs up a second key",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || returned_twice(Box::new(Semaphore::new(1))),
        },
        Variant {
            name: "returned-twice-bounded",
            about: "the same, with a key board that has one hook only",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || returned_twice(BoundedSemaphore::new(1)),
        },
        Variant {
            name: "one-key",
            about: "one key, two visitors",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || visits(1, &["Ann", "Ben"]),
        },
        Variant {
            name: "two-keys",
            about: "two keys, three visitors",
            expect: Expect::Holds,
            search: Search::preemptions(2),
            run: || visits(2, &["Ann", "Ben", "Cat"]),
        },
    ],
};

const NAMES: [&str; 2] = ["Ann", "Ben"];
const INSIDE: &str = "inside";
const KEYS: &str = "keys on the board";

/// Who is in the room, and how many there were at most.
struct Room {
    inside: AtomicU32,
    most: AtomicU32,
}

impl Room {
    fn new() -> Self {
        Self { inside: AtomicU32::new(0), most: AtomicU32::new(0) }
    }

    fn visit(&self) {
        let inside = self.inside.fetch_add(1, Relaxed) + 1;
        show!(INSIDE, inside);
        step!("enters, {inside} inside");
        self.most.fetch_max(inside, Relaxed);
        let inside = self.inside.fetch_sub(1, Relaxed) - 1;
        show!(INSIDE, inside);
        step!("leaves the room");
    }

    fn outcome(self, room_for: u32) -> Outcome {
        let most = self.most.into_inner();
        Outcome::new(most <= room_for, format!("at most {most} inside at once"))
    }
}

// ANCHOR: none
fn no_keys() -> Outcome {
    let room = Arc::new(Room::new());
    let visitors = NAMES.map(|name| {
        let room = room.clone();
        thread::spawn(name, move || room.visit())
    });
    visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
    Arc::into_inner(room).unwrap().outcome(1)
}
// ANCHOR_END: none

// ANCHOR: keys
fn visits(keys: u32, names: &[&str]) -> Outcome {
    let board = Arc::new((Semaphore::new(keys), Room::new()));
    name(&board.0, "a key");
    show!(KEYS, keys);
    let visitors: Vec<_> = names
        .iter()
        .map(|name| {
            let board = board.clone();
            thread::spawn(name, move || {
                let (keys, room) = &*board;
                let key = keys.acquire();
                show!(KEYS, keys.available());
                step!("has a key");
                room.visit();
                drop(key);
                show!(KEYS, keys.available());
            })
        })
        .collect();
    visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
    Arc::into_inner(board).unwrap().1.outcome(keys)
}
// ANCHOR_END: keys

// ANCHOR: forgotten
fn forgotten() -> Outcome {
    let board = Arc::new((Semaphore::new(1), Room::new()));
    name(&board.0, "a key");
    show!(KEYS, 1);
    let visitors = NAMES.map(|name| {
        let board = board.clone();
        thread::spawn(name, move || {
            let (keys, room) = &*board;
            step!("asks for a key");
            let key = keys.acquire();
            show!(KEYS, keys.available());
            step!("has a key");
            room.visit();
            if name == "Ann" {
                key.forget();
                step!("goes home with the key");
            } else {
                drop(key);
                show!(KEYS, keys.available());
            }
        })
    });
    visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
    Arc::into_inner(board).unwrap().1.outcome(1)
}
// ANCHOR_END: forgotten

// ANCHOR: twice
/// There is one key. Both hang it up again by hand, and Ann has one more.
fn returned_twice<S: Deref<Target = Semaphore> + Send + Sync + 'static>(keys: S) -> Outcome {
    let keys = Arc::new(keys);
    show!(KEYS, 1);
    let visitors = NAMES.map(|name| {
        let keys = keys.clone();
        thread::spawn(name, move || {
            keys.acquire().forget();
            show!(KEYS, keys.available());
            step!("has a key");
            if name == "Ben" {
                let noticed = keys.release(1).is_err();
                show!(KEYS, keys.available());
                step!("has hung it up");
                return noticed;
            }
            let noticed = keys.release(2).is_err();
            if noticed {
                let _ = keys.release(1);
                show!(KEYS, keys.available());
                step!("finds one free hook for two, has hung up one");
            } else {
                show!(KEYS, keys.available());
                step!("has hung up two");
            }
            noticed
        })
    });
    let noticed = visitors.map(|visitor| visitor.join().unwrap()).contains(&true);
    let keys = keys.available();
    let how = if noticed { "and somebody noticed" } else { "and nobody noticed" };
    Outcome::new(noticed && keys == 1, format!("one key too many, {how}: {keys} on the board"))
}
// ANCHOR_END: twice
