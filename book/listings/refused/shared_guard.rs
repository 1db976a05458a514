use std::cell::Cell;
use std::sync::Mutex;
use std::thread;

// ANCHOR: refused
pub fn add(number: &Mutex<Cell<i32>>) {
    let guard = number.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| guard.set(guard.get() + 1));
    });
}
// ANCHOR_END: refused
