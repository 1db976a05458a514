//! Answers to the exercises on what happens once.

use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread;
use primitives::{Latch, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

// ANCHOR: fails
/// Ann and Ben ask for a value. The first attempt to make it fails. How many attempts are there,
/// and how many of the two get no value?
pub fn fails_once() -> (u32, usize) {
    let shared = Arc::new((OnceCell::new(), AtomicU32::new(0)));
    let threads = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || {
            let (cell, attempts) = &*shared;
            let ask = || {
                cell.get_or_init(|| match attempts.fetch_add(1, Relaxed) {
                    0 => resume_unwind(Box::new("the disk is not there yet")),
                    _ => 7,
                });
            };
            catch_unwind(AssertUnwindSafe(ask)).is_err()
        })
    });
    let failed = threads.map(|thread| thread.join().unwrap());
    (shared.1.load(Relaxed), failed.iter().filter(|failed| **failed).count())
}
// ANCHOR_END: fails

/// How often two threads that call `get` make the value.
fn made(get: fn(&OnceCell<u32>, &AtomicU32)) -> u32 {
    let shared = Arc::new((OnceCell::new(), AtomicU32::new(0)));
    let threads = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || get(&shared.0, &shared.1))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    shared.1.load(Relaxed)
}

// ANCHOR: outside
/// Wrong: the value is to be made once.
pub fn made_outside() -> u32 {
    made(|cell, times| {
        if cell.get().is_none() {
            let value = times.fetch_add(1, Relaxed) + 1;
            cell.get_or_init(|| value);
        }
    })
}
// ANCHOR_END: outside

// ANCHOR: within
/// Once, since the cell calls the function.
pub fn made_within() -> u32 {
    made(|cell, times| _ = cell.get_or_init(|| times.fetch_add(1, Relaxed) + 1))
}
// ANCHOR_END: within
