//! Answers to the exercises on what happens once.

use primitives::platform::thread;
use primitives::{Latch, OnceCell};
use std::sync::Arc;

// ANCHOR: worker
/// Wrong: a thread that finds nothing returns before it counts.
pub fn part(latch: &Latch, found: Option<u32>) -> Option<u32> {
    let loaded = found? + 1;
    latch.count_down();
    Some(loaded)
}
// ANCHOR_END: worker

// ANCHOR: guard
/// Counts down when it is dropped, on whatever way.
pub struct Part<'a>(pub &'a Latch);

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.0.count_down();
    }
}

/// Counts on every way out.
pub fn guarded_part(latch: &Latch, found: Option<u32>) -> Option<u32> {
    let _part = Part(latch);
    Some(found? + 1)
}
// ANCHOR_END: guard

// ANCHOR: crosswise
/// Two settings. To make each one needs the other, and makes it if it is not there.
pub fn crosswise() -> [u32; 2] {
    let settings = Arc::new([OnceCell::new(), OnceCell::new()]);
    let threads = [0, 1].map(|me| {
        let settings = settings.clone();
        thread::spawn(["Ann", "Ben"][me], move || {
            *settings[me].get_or_init(|| settings[1 - me].get_or_init(|| 1) + 1)
        })
    });
    threads.map(|thread| thread.join().unwrap())
}
// ANCHOR_END: crosswise
