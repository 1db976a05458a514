//! All tests. They start this executable anew, so it has a `main` of its own.

mod bad_starts;
mod bad_workers;
mod exercises;
mod orphans;
mod pipe;
mod pool;
mod process;
mod timed_sends;

use libtest_mimic::{Arguments, run};
use std::process::ExitCode;

/// Tests from functions: a name is the claim that is checked.
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
            let name = |name| format!("{}::{name}", module_path!().trim_start_matches("all::"));
            vec![$(libtest_mimic::Trial::test(name(stringify!($name)), || {
                $name();
                Ok(())
            })),+]
        }
    };
}
pub(crate) use tests;

fn main() -> ExitCode {
    processes::init();
    let tests = [
        process::tests(),
        bad_starts::tests(),
        bad_workers::tests(),
        orphans::tests(),
        pipe::tests(),
        timed_sends::tests(),
        pool::tests(),
        exercises::tests(),
    ];
    run(&Arguments::from_args(), tests.into_iter().flatten().collect()).exit_code()
}
