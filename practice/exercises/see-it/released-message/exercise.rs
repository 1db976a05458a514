//! See it: a message with orderings.
//!
//! Ann writes the data, and then raises a flag with `Release`. Ben looks at the flag with
//! `Acquire`, and then at the data. What does Ben see?
//!
//! Say of each outcome whether it `Can` come out or `Never` does.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("flag 0, data 0", Unsure),
    ("flag 0, data 42", Unsure),
    ("flag 1, data 0", Unsure),
    ("flag 1, data 42", Unsure),
];

struct Shared {
    data: AtomicU32,
    flag: AtomicU32,
}

pub fn program() -> String {
    let ann: fn(&Shared) -> String = |shared| {
        shared.data.store(42, Relaxed);
        shared.flag.store(1, Release);
        String::new()
    };
    let ben: fn(&Shared) -> String = |shared| {
        let flag = shared.flag.load(Acquire);
        let data = shared.data.load(Relaxed);
        format!("flag {flag}, data {data}")
    };
    let shared = Shared { data: AtomicU32::new(0), flag: AtomicU32::new(0) };
    let (_, [_, seen]) = together(shared, [("Ann", ann), ("Ben", ben)]);
    seen
}
