//! The exercises on the search: programs whose executions the reader counts.

use primitives::Lock;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::{futex, name, thread};
use std::sync::Arc;

/// Two words, which traces call by these names.
fn words(names: [&str; 2]) -> Arc<[AtomicU32; 2]> {
    let words = Arc::new([0, 0].map(AtomicU32::new));
    words.iter().zip(names).for_each(|(word, called)| name(word, called));
    words
}

/// Ann does one thing and Ben another.
fn two(ann: fn(&[AtomicU32; 2]), ben: fn(&[AtomicU32; 2])) {
    let words = words(["x", "y"]);
    let threads = [("Ann", ann), ("Ben", ben)].map(|(name, body)| {
        let words = words.clone();
        thread::spawn(name, move || body(&words))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

// ANCHOR: pairs
/// Both read one word.
pub fn both_read() {
    two(|[x, _]| _ = x.load(Relaxed), |[x, _]| _ = x.load(Relaxed));
}

/// Ann writes to a word, and Ben reads it.
pub fn one_writes() {
    two(|[x, _]| x.store(1, Relaxed), |[x, _]| _ = x.load(Relaxed));
}

/// Both write to one word.
pub fn both_write() {
    two(|[x, _]| x.store(1, Relaxed), |[x, _]| x.store(2, Relaxed));
}

/// Each writes to a word of its own.
pub fn each_writes_its_own() {
    two(|[x, _]| x.store(1, Relaxed), |[_, y]| y.store(2, Relaxed));
}
// ANCHOR_END: pairs

// ANCHOR: released
/// The message once more. The flag is released, and acquired.
pub fn released_message() -> [u32; 2] {
    let words = words(["the message", "the flag"]);
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            let [message, flag] = &*words;
            message.store(42, Relaxed);
            flag.store(1, Release);
        })
    };
    let [message, flag] = &*words;
    let seen = [flag.load(Acquire), message.load(Relaxed)];
    ann.join().unwrap();
    seen
}
// ANCHOR_END: released

// ANCHOR: knock
/// Main sleeps until Ann wakes it. She changes nothing.
pub fn knock() {
    let words = words(["the door", "another word"]);
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || futex::wake_one(&words[0]))
    };
    futex::wait(&words[0], 0);
    ann.join().unwrap();
}
// ANCHOR_END: knock

// ANCHOR: apart
/// Ann and Ben add one. The read is under the lock, and so is the write, each by itself.
pub fn add_locked_apart() -> u32 {
    let counter = Arc::new(Lock::new(0));
    let threads = ["Ann", "Ben"].map(|name| {
        let counter = counter.clone();
        thread::spawn(name, move || {
            let seen = *counter.lock();
            *counter.lock() = seen + 1;
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    *counter.lock()
}
// ANCHOR_END: apart
