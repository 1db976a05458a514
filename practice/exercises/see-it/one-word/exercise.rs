//! See it: looking twice at one word.
//!
//! Ann writes 1 and then 2 into one word. Ben looks at it twice. All accesses are `Relaxed`. What
//! does Ben see, in this order?
//!
//! Say of each outcome whether it `Can` come out or `Never` does.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("0, 0", Unsure),
    ("0, 2", Unsure),
    ("1, 0", Unsure),
    ("1, 2", Unsure),
    ("2, 1", Unsure),
    ("2, 2", Unsure),
];

pub fn program() -> String {
    let ann: fn(&AtomicU32) -> String = |word| {
        word.store(1, Relaxed);
        word.store(2, Relaxed);
        String::new()
    };
    let ben: fn(&AtomicU32) -> String = |word| {
        let first = word.load(Relaxed);
        let second = word.load(Relaxed);
        format!("{first}, {second}")
    };
    let (_, [_, seen]) = together(AtomicU32::new(0), [("Ann", ann), ("Ben", ben)]);
    seen
}
