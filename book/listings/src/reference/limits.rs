//! Small programs on which one can see what the model tries, and where its two searches differ.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};
use primitives::platform::time::{Duration, Instant};
use primitives::platform::{futex, name, thread};
use std::sync::Arc;

/// A number that the threads share, called `called` in traces.
fn word(called: &str) -> Arc<AtomicU32> {
    let word = Arc::new(AtomicU32::new(0));
    name(&*word, called);
    word
}

// ANCHOR: hour
/// Ann waits for an hour at most, the main thread wakes her. Returns whether she was woken.
pub fn wait_for_an_hour() -> bool {
    let word = word("the word");
    let ann = {
        let word = word.clone();
        thread::spawn("Ann", move || {
            let deadline = Instant::now() + Duration::from_secs(3600);
            futex::wait_until(&word, 0, Some(deadline)).is_ok()
        })
    };
    word.store(1, Relaxed);
    futex::wake_one(&word);
    ann.join().unwrap()
}
// ANCHOR_END: hour

// ANCHOR: nowake
/// Ann sleeps until the word is 1. The main thread makes it 1, and wakes nobody.
pub fn change_and_wake_nobody() {
    let word = word("the word");
    let ann = {
        let word = word.clone();
        thread::spawn("Ann", move || futex::wait(&word, 0))
    };
    word.store(1, Relaxed);
    ann.join().unwrap();
}
// ANCHOR_END: nowake

// ANCHOR: letter
/// Ann writes a message, then sets the flag. If Ben finds the flag set, he finds the message.
pub fn letter() {
    let (message, flag) = (word("the message"), word("the flag"));
    let ann = {
        let (message, flag) = (message.clone(), flag.clone());
        thread::spawn("Ann", move || {
            message.store(42, Release);
            flag.store(1, Release);
        })
    };
    if flag.load(Acquire) == 1 {
        assert_eq!(message.load(Relaxed), 42);
    }
    ann.join().unwrap();
}
// ANCHOR_END: letter

// ANCHOR: flags
/// Ann and Ben each raise a flag, then look at the other's. Returns what each saw.
pub fn raise_and_look(fenced: bool) -> [u32; 2] {
    let flags = [word("Ann's flag"), word("Ben's flag")];
    let threads = [0, 1].map(|me| {
        let flags = flags.clone();
        thread::spawn(["Ann", "Ben"][me], move || {
            flags[me].store(1, SeqCst);
            if fenced {
                fence(SeqCst);
            }
            flags[1 - me].load(SeqCst)
        })
    });
    threads.map(|thread| thread.join().unwrap())
}
// ANCHOR_END: flags

// ANCHOR: swap
/// Ann stores 1, the main thread swaps in 2. Returns what the swap found and what is left.
pub fn swap_against_store() -> [u32; 2] {
    let word = word("the word");
    let ann = {
        let word = word.clone();
        thread::spawn("Ann", move || word.store(1, Relaxed))
    };
    let found = word.swap(2, Relaxed);
    ann.join().unwrap();
    [found, word.load(Relaxed)]
}
// ANCHOR_END: swap

// ANCHOR: look
/// The main thread looks until Ann has set the flag.
pub fn look_until_set(yields: bool) {
    let flag = word("the flag");
    let ann = {
        let flag = flag.clone();
        thread::spawn("Ann", move || flag.store(1, Relaxed))
    };
    while flag.load(Relaxed) == 0 {
        if yields {
            thread::yield_now();
        }
    }
    ann.join().unwrap();
}
// ANCHOR_END: look

// ANCHOR: wake
/// Ann sleeps on a word that never changes. The main thread writes a message and wakes her. Returns
/// what she reads.
pub fn read_after_a_wake() -> u32 {
    let (message, bed) = (word("the message"), word("the bed"));
    let ann = {
        let (message, bed) = (message.clone(), bed.clone());
        thread::spawn("Ann", move || {
            futex::wait(&bed, 0);
            message.load(Relaxed)
        })
    };
    message.store(42, Relaxed);
    futex::wake_one(&bed);
    ann.join().unwrap()
}
// ANCHOR_END: wake

// ANCHOR: panic
/// Panics if the main thread looks before Ann has set the flag.
pub fn expect_the_flag() {
    let flag = word("the flag");
    let ann = {
        let flag = flag.clone();
        thread::spawn("Ann", move || flag.store(1, Relaxed))
    };
    assert_eq!(flag.load(Relaxed), 1, "too early");
    ann.join().unwrap();
}
// ANCHOR_END: panic
