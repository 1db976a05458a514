//! What [loom](https://github.com/tokio-rs/loom) does not have.
//!
//! Loom runs a program in every order of its threads' operations, under the memory model of Rust
//! and C++. This crate is a platform on top of it for programs that are written against futexes,
//! deadlines and threads:
//!
//! - [`futex`]: waits and wakes on any [`AtomicU32`](atomic::AtomicU32), with deadlines. A search
//!   tries every order of time-out and wake. Time is virtual.
//! - Spurious wake-ups, on request: [`Explorer::spurious_wakeups`].
//! - **Stuck is an outcome.** When nobody can go on, the search notes which thread waits for what,
//!   and goes on to the next execution.
//! - [`explore`] runs *all* executions and returns every outcome, with the number of executions
//!   and the shortest trace of each. [`check`] demands that all are well.
//! - [Traces](Trace) of operations and of the story's own steps, in columns.
//! - [`weakenings`]: which memory orderings does the program need, and what goes wrong without
//!   each?
//!
//! There are two searches: loom's, and one of our own, [`Judge::Own`]. The latter runs each
//! execution once, and judges loom's. The limits below are those of
//! loom's, but for load buffering, the order in which sleepers are woken, and `Arc`. A loop that
//! waits by looking at one word again and again must call [`thread::yield_now`], in both.
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
//! - At most [`MAX_THREADS`] threads. Three threads with several operations each are already more
//!   orders than anybody will wait for: bound them by [`Explorer::preemptions`].
//! - Loom treats `SeqCst` loads and stores as `AcqRel`; only `SeqCst` fences are sequentially
//!   consistent. It may report an execution that no machine has, and does not miss one.
//! - Loom knows the order of two writes to a word only if one thread has seen the other's. Where
//!   some
//!   threads swap a word and others plainly store to it, it may let a swap read what a store has
//!   already replaced, and report an execution that no machine has. Take with a compare-exchange
//!   what is given back by a store.
//! - A load never gives a value that is stored later in the execution. The language allows that for
//!   relaxed accesses, where two threads each load one word and then store to the other ("load
//!   buffering"), and some machines do it. With loads that acquire and stores that release nothing
//!   of this kind is missed.
//! - A thread that sleeps and is woken sees all that its waker did before. The real futex promises
//!   no such thing. That it matters is unlikely: where a thread sleeps, there is another execution
//!   in which the word changed just before, and the thread does not.
//! - [`futex::wake_one`] wakes the thread that has slept longest.
//! - Use `std::sync::Arc` in models. Its counters are not what you check, and loom's `Arc` has
//!   three times the executions.
//!
//! What the searches find is compared with what trying every interleaving of random small programs
//! finds, in `tests/agrees_with_brute_force.rs`. That is how a fault of loom was met: alone, it
//! overlooks some orders of loads and stores. The platform works around it, at the price of one
//! more step for each load.

pub mod atomic;
mod cell;
mod execution;
mod explore;
pub mod futex;
mod own;
pub mod spin;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod stacks;
pub mod thread;
pub mod time;
mod trace;
mod weaken;

pub use cell::UnsafeCell;
pub use execution::{MAX_THREADS, Panic, Waiting, name, step};
pub use explore::{
    Ending, Exploration, Explorer, Found, Judge, Model, Outcome, Weakening, check, explore,
    weakenings,
};
pub use trace::{Move, Trace};
pub use weaken::{OrderingSite, Role, Weakened};

/// Declares functions that are `const` natively. Loom registers each object as it is made, so here
/// they are not.
#[macro_export]
macro_rules! const_unless_modelled {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:tt)*) -> $out:ty $body:block)+) => {
        $($(#[$meta])* #[track_caller] $vis fn $name($($arg)*) -> $out $body)+
    };
}
