//! Threads of the standard library: start, join, and borrow.

use std::thread;

// ANCHOR: spawn
/// The sum of the numbers, added up by a thread of its own.
pub fn sum_beside(numbers: Vec<u32>) -> u32 {
    let adder = thread::spawn(move || numbers.iter().sum());
    adder.join().unwrap()
}
// ANCHOR_END: spawn

// ANCHOR: scope
/// The sum of the numbers, each half added up by a thread.
pub fn sum_in_halves(numbers: &[u32]) -> u32 {
    let (left, right) = numbers.split_at(numbers.len() / 2);
    thread::scope(|scope| {
        let left = scope.spawn(|| left.iter().sum::<u32>());
        let right = scope.spawn(|| right.iter().sum::<u32>());
        left.join().unwrap() + right.join().unwrap()
    })
}
// ANCHOR_END: scope
