//! A letter that a thread of its own is to deliver: what a call of `start`, of `run` and of `join`
//! does, and what is missing without.
//!
//! A thread that was made is not yet one that runs. Its function runs beside the caller only if it
//! is started, once, and its work is known to be done only when it is joined.

use crate::stage::{show, step};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Lock, Run, Thread};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "thread-life",
    about: "a letter that a thread of its own shall deliver",
    seed: "003 §2, §3",
    variants: &[
        Variant {
            name: "run-called",
            about: "calls `run` in the place of `start`: the caller delivers the letter itself",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: run_called,
        },
        Variant {
            name: "not-joined",
            about: "starts the thread, and looks at once whether the letter was delivered",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: not_joined,
        },
        Variant {
            name: "started-twice",
            about: "starts one thread twice, for two letters, and does not look at the answer",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: started_twice,
        },
        Variant {
            name: "started-and-joined",
            about: "starts the thread, asks how it is, joins it, and looks",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: started_and_joined,
        },
        Variant {
            name: "one-thread-a-letter",
            about: "two letters, and a thread for each",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: one_thread_a_letter,
        },
    ],
};

/// Which threads have delivered a letter.
type Delivered = Arc<Lock<Vec<String>>>;

// ANCHOR: postman
/// Delivers one letter.
struct Postman(Delivered);

impl Run for Postman {
    fn run(self) {
        let me = Thread::current().name();
        let mut delivered = self.0.lock();
        delivered.push(me);
        show!("delivered by", delivered.join(", "));
        drop(delivered);
        step!("has delivered the letter");
    }
}
// ANCHOR_END: postman

// ANCHOR: run
fn run_called() -> Outcome {
    Thread::run_main(|| {
        let delivered = Delivered::default();
        let postman = Thread::new(Postman(delivered.clone()));
        postman.run().unwrap();
        step!("has called run");
        outcome(&delivered, &["Thread-1"])
    })
}
// ANCHOR_END: run

// ANCHOR: not_joined
fn not_joined() -> Outcome {
    Thread::run_main(|| {
        let delivered = Delivered::default();
        let postman = Thread::new(Postman(delivered.clone()));
        postman.start().unwrap();
        step!("has started it");
        outcome(&delivered, &["Thread-1"])
    })
}
// ANCHOR_END: not_joined

// ANCHOR: twice
fn started_twice() -> Outcome {
    Thread::run_main(|| {
        let delivered = Delivered::default();
        let postman = Thread::new(Postman(delivered.clone()));
        for letter in 1..=2 {
            match postman.start() {
                Ok(()) => step!("starts it for letter {letter}"),
                Err(error) => step!("starts it for letter {letter}: {error}"),
            }
        }
        postman.join().unwrap();
        outcome(&delivered, &["Thread-1", "Thread-1"])
    })
}
// ANCHOR_END: twice

// ANCHOR: joined
fn started_and_joined() -> Outcome {
    Thread::run_main(|| {
        let delivered = Delivered::default();
        let postman = Thread::new(Postman(delivered.clone()));
        step!("finds the postman {:?}", postman.state());
        postman.start().unwrap();
        step!("has started it, finds it {:?}", postman.state());
        postman.join().unwrap();
        step!("has joined it, finds it {:?}", postman.state());
        outcome(&delivered, &["Thread-1"])
    })
}
// ANCHOR_END: joined

// ANCHOR: two
fn one_thread_a_letter() -> Outcome {
    Thread::run_main(|| {
        let delivered = Delivered::default();
        let postmen = [(); 2].map(|()| Thread::new(Postman(delivered.clone())));
        for postman in &postmen {
            postman.start().unwrap();
        }
        for postman in &postmen {
            postman.join().unwrap();
        }
        outcome(&delivered, &["Thread-1", "Thread-2"])
    })
}
// ANCHOR_END: two

/// Who has delivered a letter by now, and whether it is as it should be.
fn outcome(delivered: &Delivered, wanted: &[&str]) -> Outcome {
    let mut by = delivered.lock().clone();
    by.sort();
    let text = if by.is_empty() { "no letter delivered".into() } else { by.join(" and ") };
    let text = if by.is_empty() { text } else { format!("delivered by {text}") };
    Outcome::new(by == wanted, text)
}
