//! A program as a reader brings it: hits, counted by two threads.

// ANCHOR: hits
use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread;
use std::sync::Arc;

/// How often a page was asked for.
#[derive(Default)]
pub struct Hits(AtomicU32);

impl Hits {
    /// One hit more.
    pub fn add(&self) {
        let seen = self.0.load(Relaxed);
        self.0.store(seen + 1, Relaxed);
    }

    /// How many there were.
    pub fn count(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

/// Two threads add one each.
pub fn program() -> u32 {
    let hits = Arc::new(Hits::default());
    let threads = ["Ann", "Ben"].map(|name| {
        let hits = hits.clone();
        thread::spawn(name, move || hits.add())
    });
    for thread in threads {
        thread.join().unwrap();
    }
    let count = hits.count();
    assert_eq!(count, 2, "hits");
    count
}
// ANCHOR_END: hits
