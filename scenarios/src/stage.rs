//! What a story is told with: steps, names, threads. This file alone knows whether the story is
//! run or explored.

pub use primitives::platform::{atomic, futex, thread, time};

/// Says in plain words what the thread does next.
///
/// In the model the words go into the trace. Natively the thread may pause here, so that races
/// show within a few thousand trials.
#[macro_export]
macro_rules! step {
    ($($text:tt)+) => {
        $crate::stage::tell(|| format!($($text)+))
    };
}
pub use crate::step;

#[cfg(loom)]
pub use primitives::platform::name;

#[cfg(loom)]
#[doc(hidden)]
#[track_caller]
pub fn tell(text: impl FnOnce() -> String) {
    primitives::platform::step(text());
}

/// Gives an object that does not move any more a name, by which traces call it.
#[cfg(not(loom))]
pub fn name<T: ?Sized>(_object: &T, _name: &str) {}

#[cfg(not(loom))]
#[doc(hidden)]
pub fn tell(_text: impl FnOnce() -> String) {
    use std::cell::Cell;
    use std::hash::{BuildHasher, RandomState};
    use std::time::Duration;

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
