//! See it: each writes, then looks.
//!
//! Ann raises her flag and looks at Bob's. Bob raises his and looks at Ann's. Stores are `Release`,
//! loads are `Acquire`. What do they find?
//!
//! Say of each outcome whether it `Can` come out or `Never` does.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("Ann finds 0, Bob finds 0", Unsure),
    ("Ann finds 0, Bob finds 1", Unsure),
    ("Ann finds 1, Bob finds 0", Unsure),
    ("Ann finds 1, Bob finds 1", Unsure),
];

struct Flags {
    ann: AtomicU32,
    bob: AtomicU32,
}

pub fn program() -> String {
    let ann: fn(&Flags) -> u32 = |flags| {
        flags.ann.store(1, Release);
        flags.bob.load(Acquire)
    };
    let bob: fn(&Flags) -> u32 = |flags| {
        flags.bob.store(1, Release);
        flags.ann.load(Acquire)
    };
    let flags = Flags { ann: AtomicU32::new(0), bob: AtomicU32::new(0) };
    let (_, [ann, bob]) = together(flags, [("Ann", ann), ("Bob", bob)]);
    format!("Ann finds {ann}, Bob finds {bob}")
}
