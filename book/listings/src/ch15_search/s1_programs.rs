//! Programs whose executions can be counted: by hand, by the search, and by loom's.

use primitives::Lock;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::time::{Duration, Instant};
use primitives::platform::{futex, name, thread};
use std::sync::Arc;

/// Runs so many threads beside each other, each with its number.
fn threads(count: usize, body: impl Fn(usize) + Clone + Send + 'static) {
    let threads: Vec<_> = (0..count)
        .map(|number| {
            let body = body.clone();
            thread::spawn(["Ann", "Ben", "Cat", "Dan"][number], move || body(number))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn word(called: &str) -> Arc<AtomicU32> {
    let word = Arc::new(AtomicU32::new(0));
    name(&*word, called);
    word
}

// ANCHOR: add
/// So many threads count so many rounds each, with nothing to keep them apart.
pub fn add(count: usize, rounds: usize) -> u32 {
    let counter = word("the counter");
    let shared = counter.clone();
    threads(count, move |_| {
        for _ in 0..rounds {
            let seen = shared.load(Relaxed);
            shared.store(seen + 1, Relaxed);
        }
    });
    counter.load(Relaxed)
}
// ANCHOR_END: add

/// The same with an atomic addition.
pub fn add_at_once(count: usize, rounds: usize) -> u32 {
    let counter = word("the counter");
    let shared = counter.clone();
    threads(count, move |_| {
        for _ in 0..rounds {
            shared.fetch_add(1, Relaxed);
        }
    });
    counter.load(Relaxed)
}

/// The same with a lock.
pub fn add_locked(count: usize, rounds: usize) -> u32 {
    let counter = Arc::new(Lock::new(0));
    let shared = counter.clone();
    threads(count, move |_| {
        for _ in 0..rounds {
            *shared.lock() += 1;
        }
    });
    *counter.lock()
}

// ANCHOR: message
/// Ann writes a message and then sets a flag. Ben reads the flag and then the message.
pub fn message() -> [u32; 2] {
    let (message, flag) = (word("the message"), word("the flag"));
    let ann = {
        let (message, flag) = (message.clone(), flag.clone());
        thread::spawn("Ann", move || {
            message.store(42, Relaxed);
            flag.store(1, Relaxed);
        })
    };
    let seen = [flag.load(Relaxed), message.load(Relaxed)];
    ann.join().unwrap();
    seen
}
// ANCHOR_END: message

// ANCHOR: sleep
/// The main thread sleeps until Ann wakes it, or until its time is up.
pub fn sleep_for_a_moment() -> bool {
    let door = word("the door");
    let ann = {
        let door = door.clone();
        thread::spawn("Ann", move || {
            door.store(1, Release);
            futex::wake_one(&door);
        })
    };
    let deadline = Some(Instant::now() + Duration::from_secs(1));
    let in_time = futex::wait_until(&door, 0, deadline).is_ok();
    ann.join().unwrap();
    in_time && door.load(Acquire) == 1
}
// ANCHOR_END: sleep
