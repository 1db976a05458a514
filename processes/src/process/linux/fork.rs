//! A copy of this process.

use super::super::{StartError, entry};
use super::{Child, Parcel, end_with, server};
use crate::ends::Fork;
use rustix::process::Pid;
use std::io::{self, Write, stderr, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Copies this process. The copy calls `run` with the parcel.
pub(crate) fn fork(
    parcel: Parcel,
    run: impl FnOnce(Parcel) -> Result<i32, StartError>,
) -> Result<Child, StartError> {
    Ok(Child::Own(copy(parcel, run)?))
}

/// Copies this process, and gives the number of the copy. That calls `run`, and ends with the exit
/// code that it gives. It has no ends of pipes but those in the parcel.
pub(super) fn copy(
    parcel: Parcel,
    run: impl FnOnce(Parcel) -> Result<i32, StartError>,
) -> io::Result<Pid> {
    let parent = std::process::id();
    // The copy needs what these guard. It must not find them held by a thread that it has not.
    let (mut out, errors) = (stdout().lock(), stderr().lock());
    let server = server::locked();
    let ends = Fork::begin();
    // Or both would print what is about to be printed.
    out.flush()?;
    // SAFETY: what the copy does is for it to know: it has one thread, and may not rely on what
    // others were about to do. `Start::Fork` says so to those who ask for it. The allocator stays
    // usable: the C library puts its locks in order around a fork.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            drop((out, errors, server));
            let kept = ends.keep_only(&parcel.1).map_err(StartError::System);
            let run = || match end_with(parent) {
                true => kept.and_then(|()| run(parcel)).unwrap_or_else(entry::refuse),
                false => entry::REFUSED,
            };
            end(catch_unwind(AssertUnwindSafe(run)).unwrap_or(entry::PANICKED))
        }
        child => Ok(Pid::from_raw(child).expect("no process is 0")),
    }
}

/// Ends a copy. What the program wants done at its end is not for the copy to do.
fn end(code: i32) -> ! {
    // Nobody is left to be told if it fails.
    let _ = stdout().flush();
    // SAFETY: it ends the process, and touches nothing.
    unsafe { libc::_exit(code) }
}
