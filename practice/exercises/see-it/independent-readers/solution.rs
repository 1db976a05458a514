//! The readers may disagree on which store was first. What nobody wrote, nobody reads.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("Cleo a1 b1, Dan b1 a1", Can),
    ("Cleo a1 b0, Dan b0 a0", Can),
    ("Cleo a1 b0, Dan b1 a0", Can),
    ("Cleo a2 b0, Dan b0 a0", Never),
];

struct Words {
    a: AtomicU32,
    b: AtomicU32,
}

pub fn program() -> String {
    let ann: fn(&Words) -> String = |words| {
        words.a.store(1, Release);
        String::new()
    };
    let ben: fn(&Words) -> String = |words| {
        words.b.store(1, Release);
        String::new()
    };
    let cleo: fn(&Words) -> String = |words| {
        let a = words.a.load(Acquire);
        let b = words.b.load(Acquire);
        format!("Cleo a{a} b{b}")
    };
    let dan: fn(&Words) -> String = |words| {
        let b = words.b.load(Acquire);
        let a = words.a.load(Acquire);
        format!("Dan b{b} a{a}")
    };
    let words = Words { a: AtomicU32::new(0), b: AtomicU32::new(0) };
    let threads = [("Ann", ann), ("Ben", ben), ("Cleo", cleo), ("Dan", dan)];
    let (_, [_, _, cleo, dan]) = together(words, threads);
    format!("{cleo}, {dan}")
}
