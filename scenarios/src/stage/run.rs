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

/// What [`show!`](crate::show) does.
pub fn show_as<T>(_what: &str, _value: impl FnOnce() -> T) {}

#[cfg(test)]
mod tests {
    use super::tell;
    use std::time::{Duration, Instant};

    #[test]
    fn a_step_of_a_story_that_is_run_pauses_now_and_then() {
        let took = || {
            let before = Instant::now();
            tell(|| unreachable!("nobody reads it"));
            before.elapsed()
        };
        let paused = (0..1_000).filter(|_| took() >= Duration::from_micros(20)).count();
        // One in eight sleeps, however busy the machine is. On a busy one others take long, too.
        assert!((50..1_000).contains(&paused), "{paused} of 1,000");
    }
}
