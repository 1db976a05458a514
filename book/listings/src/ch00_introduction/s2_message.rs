//! A message and a flag that says it is there.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release},
};
use primitives::platform::{name, step, thread};
use std::sync::Arc;

// ANCHOR: message
#[derive(Debug)]
struct Letter {
    message: AtomicU32,
    flag: AtomicU32,
}

/// Ann writes a message, then sets the flag. Ben looks at the flag, then at the message. Returns
/// what Ben read, or `None` if the flag was not set yet.
fn send(set: Ordering, look: Ordering) -> Option<u32> {
    let letter = Arc::new(Letter { message: AtomicU32::new(0), flag: AtomicU32::new(0) });
    name(&letter.message, "the message");
    name(&letter.flag, "the flag");
    let ann = {
        let letter = letter.clone();
        thread::spawn("Ann", move || {
            letter.message.store(42, Relaxed);
            step("writes the message: 42");
            letter.flag.store(1, set);
            step("sets the flag");
        })
    };
    let ben = thread::spawn("Ben", move || {
        if letter.flag.load(look) == 0 {
            step("finds no flag");
            return None;
        }
        step("finds the flag set");
        let read = letter.message.load(Relaxed);
        step(format!("reads the message: {read}"));
        Some(read)
    });
    ann.join().unwrap();
    ben.join().unwrap()
}

/// Nothing ties the flag to the message.
pub fn send_relaxed() -> Option<u32> {
    send(Relaxed, Relaxed)
}

/// A thread that finds the flag set also finds what was written before it was set.
pub fn send_released() -> Option<u32> {
    send(Release, Acquire)
}
// ANCHOR_END: message
