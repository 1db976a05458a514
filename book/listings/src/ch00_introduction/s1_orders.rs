//! The smallest program whose order matters: two threads that add one each.

use primitives::platform::atomic::{AtomicI64, Ordering::Relaxed};
use primitives::platform::{step, thread};
use std::sync::Arc;

/// Ann and Ben add one each. Returns what the counter holds at the end.
pub fn count() -> i64 {
    let counter = Arc::new(AtomicI64::new(0));
    let threads = ["Ann", "Ben"].map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            let seen = counter.load(Relaxed);
            step(format!("reads {seen}"));
            counter.store(seen + 1, Relaxed);
            step(format!("writes {}", seen + 1));
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    counter.load(Relaxed)
}

// ANCHOR: add
/// Adds one, in two steps.
pub fn add_one(counter: &mut i64) {
    let seen = *counter;
    *counter = seen + 1;
}
// ANCHOR_END: add
