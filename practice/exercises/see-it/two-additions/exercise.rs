//! See it: two additions.
//!
//! Each of two threads loads the count, and then stores one more. What is the count in the end?
//!
//! `together` runs a thread for each of the functions, all over one value, and waits until they
//! end.
//!
//! Say of each outcome whether it `Can` come out or `Never` does.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] =
    &[("0", Unsure), ("1", Unsure), ("2", Unsure), ("3", Unsure)];

pub fn program() -> String {
    let add: fn(&AtomicU32) = |count| {
        let seen = count.load(Relaxed);
        count.store(seen + 1, Relaxed);
    };
    let (count, _) = together(AtomicU32::new(0), [("Ann", add), ("Ben", add)]);
    count.load(Relaxed).to_string()
}
