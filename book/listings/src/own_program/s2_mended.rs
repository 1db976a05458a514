//! The same, with an addition that is one action.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread;
use std::sync::Arc;

/// How often a page was asked for.
#[derive(Default)]
pub struct Hits(AtomicU32);

impl Hits {
    // ANCHOR: add
    /// One hit more.
    pub fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }
    // ANCHOR_END: add

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
