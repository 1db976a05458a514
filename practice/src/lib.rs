//! Exercises in concurrency, each judged by every interleaving of the reader's code.
//!
//! An exercise is a file that the reader completes, and a [`Check`]: programs over that file, and
//! what must hold of each. [`Check::judge`] searches the programs and returns a [`Verdict`].

mod allocations;
mod check;
mod guarded;
mod judge;
mod orderings;
pub mod prelude;
mod telling;
mod verdict;

pub use allocations::Watched;
pub use check::{Check, Choice, together};
pub use guarded::Guarded;
pub use telling::Source;
pub use verdict::{Kind, Verdict};

use std::process::ExitCode;
use std::{env, fs};

/// The main function of the program around an answer: judges it, and writes the verdict into the
/// file that the call names. What the answer itself prints is not in its way.
pub fn main(check: &Check, file: &str) -> ExitCode {
    let verdict = serde_json::to_string(&check.judge(file)).expect("plain data");
    let into = env::args_os().nth(1).expect("called with the file for the verdict");
    match fs::write(into, verdict) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
