//! Answers to the exercises on orderings.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};
use primitives::platform::thread;
use std::sync::Arc;

type Words<const N: usize> = Arc<[AtomicU32; N]>;

fn words<const N: usize>() -> Words<N> {
    Arc::new([0; N].map(AtomicU32::new))
}

// ANCHOR: fences
/// Ben returns what he read, or `None` if the flag was not set yet.
pub fn fenced_message() -> Option<u32> {
    let words: Words<2> = words();
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            let [message, flag] = &*words;
            message.store(42, Relaxed);
            fence(Release);
            flag.store(1, Relaxed);
        })
    };
    let [message, flag] = &*words;
    let read = (flag.load(Relaxed) == 1).then(|| {
        fence(Acquire);
        message.load(Relaxed)
    });
    ann.join().unwrap();
    read
}
// ANCHOR_END: fences

// ANCHOR: late
/// Wrong: the fences stand on the wrong sides of the flag.
pub fn message_fenced_too_late() -> Option<u32> {
    let words: Words<2> = words();
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            let [message, flag] = &*words;
            message.store(42, Relaxed);
            flag.store(1, Relaxed);
            fence(Release);
        })
    };
    let [message, flag] = &*words;
    fence(Acquire);
    let read = (flag.load(Relaxed) == 1).then(|| message.load(Relaxed));
    ann.join().unwrap();
    read
}
// ANCHOR_END: late

// ANCHOR: form
/// Ann fills in a form of two lines and hands it over. Every store releases, and every load
/// acquires.
pub fn form() {
    let words: Words<3> = words();
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            let [name, amount, handed_over] = &*words;
            name.store(7, Release);
            amount.store(800, Release);
            handed_over.store(1, Release);
        })
    };
    let [name, amount, handed_over] = &*words;
    if handed_over.load(Acquire) == 1 {
        let read = (name.load(Acquire), amount.load(Acquire));
        assert_eq!(read, (7, 800));
    }
    ann.join().unwrap();
}
// ANCHOR_END: form

// ANCHOR: joined
/// Two visitors are counted. Main looks at the counter when both have gone.
pub fn count_after_join() -> u32 {
    let visits: Words<1> = words();
    let visitors = ["Ann", "Ben"].map(|name| {
        let visits = visits.clone();
        thread::spawn(name, move || visits[0].fetch_add(1, Relaxed))
    });
    visitors.into_iter().for_each(|visitor| drop(visitor.join()));
    visits[0].load(Relaxed)
}
// ANCHOR_END: joined

// ANCHOR: passed_on
/// Ann leaves a message and says 1. Ben makes a 1 a 2. Main returns the message if it finds the 2.
fn passed_on(make_it_two: fn(&AtomicU32)) -> Option<u32> {
    let words: Words<2> = words();
    let ann = {
        let words = words.clone();
        thread::spawn("Ann", move || {
            words[0].store(42, Relaxed);
            words[1].store(1, Release);
        })
    };
    let ben = {
        let words = words.clone();
        thread::spawn("Ben", move || make_it_two(&words[1]))
    };
    let read = (words[1].load(Acquire) == 2).then(|| words[0].load(Relaxed));
    ann.join().unwrap();
    ben.join().unwrap();
    read
}

/// Ben reads and writes in one action.
pub fn passed_on_by_an_exchange() -> Option<u32> {
    passed_on(|flag| _ = flag.compare_exchange(1, 2, Relaxed, Relaxed))
}

/// Ben reads, and then writes.
pub fn passed_on_by_a_store() -> Option<u32> {
    passed_on(|flag| {
        if flag.load(Relaxed) == 1 {
            flag.store(2, Relaxed);
        }
    })
}
// ANCHOR_END: passed_on
