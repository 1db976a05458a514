// mispredicted: in one word nobody goes back.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] =
    &[("0, 0", Can), ("0, 2", Can), ("1, 0", Can), ("1, 2", Can), ("2, 1", Can), ("2, 2", Can)];

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
