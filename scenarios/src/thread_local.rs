//! Two threads, each with a name to remember, and functions that look the name up.
//!
//! A variable that all threads share is overwritten by whoever comes later. A local has a value for
//! each.

use crate::stage::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::Local;
use std::cell::Cell;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "thread-local",
    about: "two threads put their user into a variable and greet whom they find there later",
    seed: "003 §13",
    variants: &[
        Variant {
            name: "shared",
            about: "one variable for both",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: shared,
        },
        Variant {
            name: "local",
            about: "a variable with a value for each thread",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || local(&Arc::default()),
        },
        Variant {
            name: "local-in-use",
            about: "the same, where the main thread has a user already, and keeps it",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: local_in_use,
        },
    ],
};

const NAMES: [&str; 3] = ["Ann", "Ben", "Cat"];

// ANCHOR: shared
fn shared() -> Outcome {
    let user = Arc::new(AtomicUsize::new(0));
    name(&*user, "the user");
    let servers = [0, 1].map(|me| {
        let user = user.clone();
        thread::spawn(&format!("{}'s server", NAMES[me]), move || {
            user.store(me, Relaxed);
            show!("the user", NAMES[me]);
            step!("remembers {}", NAMES[me]);
            let found = user.load(Relaxed);
            step!("greets {}", NAMES[found]);
            found
        })
    });
    outcome(servers.map(|server| server.join().unwrap()))
}
// ANCHOR_END: shared

// ANCHOR: local
fn local(user: &Arc<Local<Cell<usize>>>) -> Outcome {
    let servers = [0, 1].map(|me| {
        let user = user.clone();
        thread::spawn(&format!("{}'s server", NAMES[me]), move || {
            user.set(me);
            step!("remembers {}", NAMES[me]);
            let found = user.get();
            step!("greets {}", NAMES[found]);
            found
        })
    });
    outcome(servers.map(|server| server.join().unwrap()))
}
// ANCHOR_END: local

fn local_in_use() -> Outcome {
    let user: Arc<Local<Cell<usize>>> = Arc::default();
    user.set(2);
    let Outcome { text, holds } = local(&user);
    let kept = user.get();
    Outcome::new(holds && kept == 2, format!("{text}, the main thread's is {}", NAMES[kept]))
}

fn outcome(greeted: [usize; 2]) -> Outcome {
    let [first, second] = greeted.map(|user| NAMES[user]);
    Outcome::new(greeted == [0, 1], format!("Ann's server greets {first}, Ben's greets {second}"))
}
