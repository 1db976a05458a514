//! A way out of a livelock: threads that step back wait for a while, each for another one.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard};
use std::thread::sleep;
use std::time::Duration;

// ANCHOR: both
/// Locks both, in whatever order the caller names them.
pub fn both<'a, T>(
    first: &'a Mutex<T>,
    second: &'a Mutex<T>,
) -> (MutexGuard<'a, T>, MutexGuard<'a, T>) {
    let mut longest = 2;
    loop {
        let held = first.lock().unwrap();
        if let Ok(other) = second.try_lock() {
            return (held, other);
        }
        drop(held);
        // Two that have met are to come back at different times.
        sleep(Duration::from_micros(random_below(longest)));
        longest = (2 * longest).min(1024);
    }
}
// ANCHOR_END: both

/// Each `RandomState` has keys of its own.
fn random_below(end: u64) -> u64 {
    RandomState::new().build_hasher().finish() % end
}
