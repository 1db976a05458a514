// mispredicted: both may load before either stores, and one addition is lost.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[("0", Never), ("1", Never), ("2", Can), ("3", Never)];

pub fn program() -> String {
    let add: fn(&AtomicU32) = |count| {
        let seen = count.load(Relaxed);
        count.store(seen + 1, Relaxed);
    };
    let (count, _) = together(AtomicU32::new(0), [("Ann", add), ("Ben", add)]);
    count.load(Relaxed).to_string()
}
