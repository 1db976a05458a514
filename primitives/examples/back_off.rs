//! Two locks in opposite orders: the detector refuses the request that would close the cycle.
//!
//! ```sh
//! cargo run -p primitives --example back_off
//! ```

use primitives::{Detector, WatchedLock};
use std::thread;

static DETECTOR: Detector = Detector::new();
static A: WatchedLock<i64> = WatchedLock::new("account A", &DETECTOR, 1000);
static B: WatchedLock<i64> = WatchedLock::new("account B", &DETECTOR, 1000);

/// Returns how often the request was refused.
fn transfer(from: &WatchedLock<i64>, to: &WatchedLock<i64>, amount: i64) -> u32 {
    let mut refused = 0;
    loop {
        let mut source = from.lock().expect("a thread that holds nothing is not refused");
        match to.lock() {
            Ok(mut target) => {
                *source -= amount;
                *target += amount;
                return refused;
            }
            // Let go of the first account, so that the other transfer comes through.
            Err(_) => refused += 1,
        }
    }
}

fn main() {
    let there = thread::spawn(|| (0..10_000).map(|_| transfer(&A, &B, 1)).sum::<u32>());
    let back = thread::spawn(|| (0..10_000).map(|_| transfer(&B, &A, 1)).sum::<u32>());
    let refused = there.join().unwrap() + back.join().unwrap();
    let [a, b] = [&A, &B].map(|lock| *lock.lock().expect("nobody waits any more"));
    println!("20,000 transfers, {refused} requests refused, {a} and {b} in the accounts");
    assert_eq!((a, b), (1000, 1000));
}
