//! A writer that may be left behind when the program ends.
//!
//! A record has two halves, and the file is whole only if both are there. A daemon is not waited
//! for: it stops wherever it is. In the model it goes on, but nobody looks at the file any more.

use crate::stage::{name, show, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, Lock, Thread};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "daemon",
    about: "a thread writes a record of two halves to a file, and the program ends",
    seed: "003 §5",
    variants: &[
        Variant {
            name: "left-behind",
            about: "the writer is a daemon: the program ends without it",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: left_behind,
        },
        Variant {
            name: "told-and-left-behind",
            about: "the same, and it is told to stop before the program ends",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || told(|_| ()),
        },
        Variant {
            name: "waited-for",
            about: "the writer is no daemon: the program waits for it",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: waited_for,
        },
        Variant {
            name: "told-and-joined",
            about: "a daemon that is told to stop, and joined",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || told(|writer| _ = writer.join().unwrap()),
        },
    ],
};

const FILE: &str = "the file";

/// The halves that are in the file.
type File = Arc<Lock<Vec<&'static str>>>;

fn file() -> File {
    let file = File::default();
    name(&*file, FILE);
    show!(FILE, "empty");
    file
}

// ANCHOR: write
fn write(file: &File) {
    file.lock().push("first");
    show!(FILE, "half a record");
    step!("has written the first half");
    file.lock().push("second");
    show!(FILE, "a whole record");
    step!("has written the second half");
}
// ANCHOR_END: write

// ANCHOR: left
fn left_behind() -> Outcome {
    let file = file();
    let to = file.clone();
    Thread::run_main(|| {
        let writer = Thread::named("writer", move || write(&to));
        writer.set_daemon(true).unwrap();
        writer.start().unwrap();
    });
    end(&file)
}
// ANCHOR_END: left

// ANCHOR: waited
fn waited_for() -> Outcome {
    let file = file();
    let to = file.clone();
    Thread::run_main(|| {
        let writer = Thread::named("writer", move || write(&to));
        writer.start().unwrap();
    });
    end(&file)
}
// ANCHOR_END: waited

// ANCHOR: told
fn told(and_then: fn(&Thread)) -> Outcome {
    let file = file();
    let to = file.clone();
    Thread::run_main(|| {
        let stop = Arc::new(Event::new());
        let is_told = stop.clone();
        let writer = Thread::named("writer", move || {
            // It would write record after record. One shows all that can happen.
            if is_told.is_set() {
                return step!("is told to stop, and stops");
            }
            write(&to);
        });
        writer.set_daemon(true).unwrap();
        writer.start().unwrap();
        stop.set();
        step!("tells the writer to stop");
        and_then(&writer);
    });
    end(&file)
}
// ANCHOR_END: told

/// What is in the file when the program has ended.
fn end(file: &File) -> Outcome {
    let halves = file.lock().len();
    step!("the program ends");
    let text = ["an empty file", "half a record", "a whole record"][halves];
    Outcome::new(halves != 1, text)
}
