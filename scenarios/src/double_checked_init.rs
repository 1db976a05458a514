//! A value that the first to need it makes, and that later ones find without a lock.
//!
//! A thread that finds the flag set takes no lock, so nothing but the flag can make the value
//! visible.

use crate::stage::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release},
};
use crate::stage::{name, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::Lock;
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "double-checked-init",
    about: "two threads use a value that the first of them makes, under a lock, and marks as made",
    seed: "003 §7",
    variants: &[
        Variant {
            name: "relaxed",
            about: "the mark says that the value was made, not that it can be seen",
            expect: Expect::Breaks,
            search: Search::OLD_VALUES,
            run: || init(Relaxed, Relaxed),
        },
        Variant {
            name: "release-acquire",
            about: "whoever finds the mark also finds the value",
            expect: Expect::Holds,
            search: Search::OLD_VALUES,
            run: || init(Release, Acquire),
        },
    ],
};

struct Lazy {
    lock: Lock<()>,
    value: AtomicU32,
    made: AtomicU32,
}

// ANCHOR: init
fn init(mark: Ordering, look: Ordering) -> Outcome {
    let lazy =
        Arc::new(Lazy { lock: Lock::new(()), value: AtomicU32::new(0), made: AtomicU32::new(0) });
    name(&lazy.lock, "the lock");
    name(&lazy.value, "the value");
    name(&lazy.made, "the mark");
    let users = ["Ann", "Ben"].map(|name| {
        let lazy = lazy.clone();
        thread::spawn(name, move || {
            if lazy.made.load(look) == 1 {
                step!("finds the mark, takes no lock");
            } else {
                let _guard = lazy.lock.lock();
                // Somebody may have made it while this thread waited for the lock.
                if lazy.made.load(Relaxed) == 0 {
                    lazy.value.store(42, Relaxed);
                    lazy.made.store(1, mark);
                    step!("makes the value under the lock, marks it as made");
                } else {
                    step!("has waited for the lock, finds the mark");
                }
            }
            let value = lazy.value.load(Relaxed);
            step!("uses {value}");
            value
        })
    });
    let used = users.map(|user| user.join().unwrap());
    Outcome::new(used == [42, 42], format!("Ann used {}, Ben used {}", used[0], used[1]))
}
// ANCHOR_END: init
