//! Two threads, two variables, two operations each: the smallest programs that tell the orderings
//! apart.
//!
//! The same source is explored in the model, and run on the machine by `scenarios/tests/litmus.rs`.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{self, Acquire, Relaxed, Release, SeqCst},
    fence,
};

/// Two variables that start at 0, on cache lines of their own.
pub type Pair = [Apart; 2];

/// A variable.
#[repr(align(128))]
pub struct Apart(AtomicU32);

/// A pair of zeros.
pub fn pair() -> Pair {
    [0, 0].map(|zero| Apart(AtomicU32::new(zero)))
}

// ANCHOR: programs
/// Raises the own flag, then looks at the other's.
fn flag(pair: &Pair, own: usize, raise: Ordering, look: Ordering) -> u32 {
    pair[own].0.store(1, raise);
    pair[1 - own].0.load(look)
}

/// The same, with a fence between the two.
fn fenced_flag(pair: &Pair, own: usize) -> u32 {
    pair[own].0.store(1, Relaxed);
    fence(SeqCst);
    pair[1 - own].0.load(Relaxed)
}

/// Writes a message, then sets the flag.
fn send([message, flag]: &Pair, set: Ordering) -> u32 {
    message.0.store(1, Relaxed);
    flag.0.store(1, set);
    1
}

/// Looks at the flag, and if it is set, reads the message. If not, reads nothing and returns 1.
fn receive([message, flag]: &Pair, look: Ordering) -> u32 {
    if flag.0.load(look) == 1 { message.0.load(Relaxed) } else { 1 }
}

/// Reads one variable, then writes the other.
fn read_then_write(pair: &Pair, from: usize, read: Ordering, write: Ordering) -> u32 {
    let seen = pair[from].0.load(read);
    pair[1 - from].0.store(1, write);
    seen
}
// ANCHOR_END: programs

/// A program, and the outcome by which to tell an ordering from a stronger one.
#[derive(Clone, Copy)]
pub struct Litmus {
    /// How it is called.
    pub name: &'static str,
    /// The orderings in it.
    pub orderings: &'static str,
    /// What each thread does, and what it read.
    pub sides: [fn(&Pair) -> u32; 2],
    /// The outcome, in words.
    pub outcome: &'static str,
    /// What the threads read in it.
    pub reads: [u32; 2],
    /// Whether the language allows it.
    pub allowed: bool,
}

const STORE_BUFFERING: Litmus = Litmus {
    name: "store buffering",
    orderings: "`Relaxed`",
    sides: [|pair| flag(pair, 0, Relaxed, Relaxed), |pair| flag(pair, 1, Relaxed, Relaxed)],
    outcome: "neither sees the other's flag",
    reads: [0, 0],
    allowed: true,
};

const MESSAGE_PASSING: Litmus = Litmus {
    name: "message passing",
    orderings: "`Relaxed`",
    sides: [|pair| send(pair, Relaxed), |pair| receive(pair, Relaxed)],
    outcome: "the flag and no message",
    reads: [1, 0],
    allowed: true,
};

const LOAD_BUFFERING: Litmus = Litmus {
    name: "load buffering",
    orderings: "`Relaxed`",
    sides: [
        |pair| read_then_write(pair, 0, Relaxed, Relaxed),
        |pair| read_then_write(pair, 1, Relaxed, Relaxed),
    ],
    outcome: "each reads what the other writes later",
    reads: [1, 1],
    allowed: true,
};

/// The programs.
pub const LITMUS: [Litmus; 11] = [
    MESSAGE_PASSING,
    Litmus {
        orderings: "`Release`, `Relaxed`",
        sides: [|pair| send(pair, Release), |pair| receive(pair, Relaxed)],
        ..MESSAGE_PASSING
    },
    Litmus {
        orderings: "`Relaxed`, `Acquire`",
        sides: [|pair| send(pair, Relaxed), |pair| receive(pair, Acquire)],
        ..MESSAGE_PASSING
    },
    Litmus {
        orderings: "`Release`, `Acquire`",
        sides: [|pair| send(pair, Release), |pair| receive(pair, Acquire)],
        allowed: false,
        ..MESSAGE_PASSING
    },
    STORE_BUFFERING,
    Litmus {
        orderings: "`Release`, `Acquire`",
        sides: [|pair| flag(pair, 0, Release, Acquire), |pair| flag(pair, 1, Release, Acquire)],
        ..STORE_BUFFERING
    },
    Litmus {
        orderings: "`SeqCst`",
        sides: [|pair| flag(pair, 0, SeqCst, SeqCst), |pair| flag(pair, 1, SeqCst, SeqCst)],
        allowed: false,
        ..STORE_BUFFERING
    },
    Litmus {
        orderings: "`Relaxed`, a `SeqCst` fence in one thread",
        sides: [|pair| fenced_flag(pair, 0), |pair| flag(pair, 1, Relaxed, Relaxed)],
        ..STORE_BUFFERING
    },
    Litmus {
        orderings: "`Relaxed`, a `SeqCst` fence in each",
        sides: [|pair| fenced_flag(pair, 0), |pair| fenced_flag(pair, 1)],
        allowed: false,
        ..STORE_BUFFERING
    },
    LOAD_BUFFERING,
    Litmus {
        orderings: "`Acquire`, `Release`",
        sides: [
            |pair| read_then_write(pair, 0, Acquire, Release),
            |pair| read_then_write(pair, 1, Acquire, Release),
        ],
        allowed: false,
        ..LOAD_BUFFERING
    },
];
