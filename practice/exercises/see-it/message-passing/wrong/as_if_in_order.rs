// mispredicted: relaxed accesses to two words are not seen in their order.

use practice::prelude::*;

/// `Can` it come out, or `Never`?
pub const OUTCOMES: &[(&str, Choice)] = &[
    ("flag 0, data 0", Can),
    ("flag 0, data 42", Can),
    ("flag 1, data 0", Never),
    ("flag 1, data 42", Can),
];

struct Shared {
    data: AtomicU32,
    flag: AtomicU32,
}

pub fn program() -> String {
    let ann: fn(&Shared) -> String = |shared| {
        shared.data.store(42, Relaxed);
        shared.flag.store(1, Relaxed);
        String::new()
    };
    let ben: fn(&Shared) -> String = |shared| {
        let flag = shared.flag.load(Relaxed);
        let data = shared.data.load(Relaxed);
        format!("flag {flag}, data {data}")
    };
    let shared = Shared { data: AtomicU32::new(0), flag: AtomicU32::new(0) };
    let (_, [_, seen]) = together(shared, [("Ann", ann), ("Ben", ben)]);
    seen
}
