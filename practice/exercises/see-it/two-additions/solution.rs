//! The later store stays: 1 if its thread had loaded 0, 2 if it had loaded 1.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[("0", Never), ("1", Can), ("2", Can), ("3", Never)];

pub fn program() -> String {
    let add: fn(&AtomicU32) = |count| {
        let seen = count.load(Relaxed);
        count.store(seen + 1, Relaxed);
    };
    let (count, _) = together(AtomicU32::new(0), [("Ann", add), ("Ben", add)]);
    count.load(Relaxed).to_string()
}
