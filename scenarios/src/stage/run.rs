//! A story that is run: it pauses now and then.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

/// Gives an object that does not move any more a name, by which traces call it.
pub fn name<T: ?Sized>(_object: &T, _name: &str) {}

/// What [`step!`](crate::step) does.
pub fn tell(_text: impl FnOnce() -> String) {
    thread_local!(static RANDOM: Cell<u64> = Cell::new(RandomState::new().hash_one(0) | 1));
    // Marsaglia's xorshift: good enough to pause now here, now there.
    let mut random = RANDOM.get();
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    RANDOM.set(random);
    match random % 8 {
        // Long enough for another thread to start meanwhile.
        0 => thread::sleep(Duration::from_micros(20)),
        1..4 => thread::yield_now(),
        _ => {}
    }
}
