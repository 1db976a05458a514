//! Every execution of a program with threads, each once.
//!
//! This crate is a platform for programs that are written against atomics, futexes, deadlines and
//! threads, and a search that runs such a program in every way that the memory model of Rust and
//! C++ allows:
//!
//! - [`futex`]: waits and wakes on any [`AtomicU32`](atomic::AtomicU32), with deadlines. A search
//!   tries every order of time-out and wake. Time is virtual.
//! - Spurious wake-ups, on request: [`Explorer::spurious_wakeups`].
//! - **Stuck is an outcome.** When nobody can go on, the search notes which thread waits for what,
//!   and goes on to the next execution. [`WaitFor`] says which thread waits for which, and where
//!   they wait in a cycle.
//! - [`explore`] runs *all* executions and returns every outcome, with the number of executions
//!   and the shortest trace of each. [`check`] demands that all are well.
//! - [Traces](Trace) of operations and of the story's own steps, in columns.
//! - [`weakenings`]: which memory orderings does the program need, and what goes wrong without
//!   each?
//!
//! [loom](https://github.com/tokio-rs/loom) is the second judge, [`Judge::Loom`]: another search
//! for the same programs, which knows bounds on [preemptions](Explorer::preemptions).
//!
//! # Example
//!
//! Two threads add one to a counter, each in two steps.
//!
//! ```
//! use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
//! use loom_platform::{explore, step, thread};
//! use std::sync::Arc;
//!
//! let exploration = explore(|| {
//!     let counter = Arc::new(AtomicU32::new(0));
//!     let threads = ["first", "second"].map(|name| {
//!         let counter = counter.clone();
//!         thread::spawn(name, move || {
//!             let seen = counter.load(Relaxed);
//!             step(format!("reads {seen}"));
//!             counter.store(seen + 1, Relaxed);
//!             step(format!("writes {}", seen + 1));
//!         })
//!     });
//!     threads.map(|thread| thread.join().unwrap());
//!     counter.load(Relaxed)
//! });
//!
//! let mut counts: Vec<u32> = exploration.returned().map(|(count, _)| *count).collect();
//! counts.sort();
//! assert_eq!(counts, [1, 2]);
//! assert!(exploration.exhaustive);
//! ```
//!
//! # Limits
//!
//! - At most [`MAX_THREADS`] threads. Three threads with many operations each are more executions
//!   than anybody will wait for.
//! - A load never gives a value that is stored later in the execution. The language allows that for
//!   relaxed accesses, where two threads each load one word and then store to the other ("load
//!   buffering"), and some machines do it. With loads that acquire and stores that release nothing
//!   of this kind is missed.
//! - A loop that waits by looking at one word again and again must call [`thread::yield_now`].
//!
//! Of loom's search alone:
//!
//! - At most five threads.
//! - It treats `SeqCst` loads and stores as `AcqRel`; only `SeqCst` fences are sequentially
//!   consistent. It may report an execution that no machine has, and does not miss one.
//! - It knows the order of two writes to a word only if one thread has seen the other's. Where some
//!   threads swap a word and others plainly store to it, it may let a swap read what a store has
//!   already replaced, and report an execution that no machine has.
//! - A thread that sleeps and is woken sees all that its waker did before.
//! - [`futex::wake_one`] wakes the thread that has slept longest.
//! - A weak exchange never fails for no reason.
//! - A panic ends its execution at once, so that others may be missed.
//!
//! What the searches find is compared with what trying every interleaving of random small programs
//! finds, in `tests/agrees_with_brute_force.rs`: outcomes, and of our own search the sets of
//! executions. That is how a fault of loom was met: alone, it overlooks some orders of loads and
//! stores. The platform works around it, at the price of one more step for each load.

pub mod atomic;
mod cell;
mod execution;
mod explore;
pub mod futex;
mod own;
pub mod picture;
mod play;
pub mod spin;
pub mod thread;
pub mod time;
mod trace;
mod wait_for;
mod weaken;

pub use cell::UnsafeCell;
pub use execution::{Panic, Waiting, in_line, lets_go, name, show, step, takes};
pub use explore::{
    Ending, Exploration, Explorer, Found, Judge, Model, Order, Outcome, Progress, Weakening, check,
    explore, weakenings,
};
pub use own::{Deed, MAX_THREADS, Shape};
pub use play::{Game, Load, Place, Stands, Turn, View, Written};
pub use trace::{Move, Trace};
pub use wait_for::{Thing, WaitFor, WaitingThread};
pub use weaken::{OrderingSite, Role, Weakened};

/// Declares functions that are `const` natively. Loom registers each object as it is made, so here
/// they are not.
#[macro_export]
macro_rules! const_unless_modelled {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:tt)*) -> $out:ty $body:block)+) => {
        $($(#[$meta])* #[track_caller] $vis fn $name($($arg)*) -> $out $body)+
    };
}
