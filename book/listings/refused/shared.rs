use std::cell::Cell;
use std::thread;

// ANCHOR: refused
pub fn add(number: &Cell<i32>) {
    thread::scope(|scope| {
        scope.spawn(|| number.set(number.get() + 1));
        scope.spawn(|| number.set(number.get() + 1));
    });
}
// ANCHOR_END: refused
