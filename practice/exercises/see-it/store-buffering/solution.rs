//! All four. Both find 0 where both stores become visible after the loads: only `SeqCst` forbids
//! it.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("Ann finds 0, Ben finds 0", Can),
    ("Ann finds 0, Ben finds 1", Can),
    ("Ann finds 1, Ben finds 0", Can),
    ("Ann finds 1, Ben finds 1", Can),
];

struct Flags {
    ann: AtomicU32,
    ben: AtomicU32,
}

pub fn program() -> String {
    let ann: fn(&Flags) -> u32 = |flags| {
        flags.ann.store(1, Release);
        flags.ben.load(Acquire)
    };
    let ben: fn(&Flags) -> u32 = |flags| {
        flags.ben.store(1, Release);
        flags.ann.load(Acquire)
    };
    let flags = Flags { ann: AtomicU32::new(0), ben: AtomicU32::new(0) };
    let (_, [ann, ben]) = together(flags, [("Ann", ann), ("Ben", ben)]);
    format!("Ann finds {ann}, Ben finds {ben}")
}
