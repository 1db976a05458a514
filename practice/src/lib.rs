//! Exercises in concurrency, each judged by every interleaving of the reader's code.
//!
//! An exercise is a file that the reader completes, and a [`Check`]: programs over that file, and
//! what must hold of each. [`Check::judge`] searches the programs and returns a [`Verdict`].

mod check;
mod judge;
pub mod prelude;
mod verdict;

pub use check::{Check, Choice, together};
pub use verdict::{Kind, Verdict};
