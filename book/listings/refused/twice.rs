use std::thread;

// ANCHOR: refused
pub fn count(mut counter: i64) -> i64 {
    thread::scope(|scope| {
        scope.spawn(|| counter += 1);
        scope.spawn(|| counter += 1);
    });
    counter
}
// ANCHOR_END: refused
