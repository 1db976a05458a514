use std::sync::Mutex;
use std::thread;

// ANCHOR: refused
pub fn unlocked_elsewhere(counter: &Mutex<i32>) {
    thread::scope(|scope| {
        let guard = counter.lock().unwrap();
        scope.spawn(move || drop(guard));
    });
}
// ANCHOR_END: refused
