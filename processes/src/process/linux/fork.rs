//! A copy of this process.

use super::super::{StartError, entry};
use super::{Child, end_with, server};
use rustix::process::Pid;
use std::io::{self, Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Copies this process. The copy calls `run`, and ends.
pub(crate) fn fork(run: impl FnOnce()) -> Result<Child, StartError> {
    // What is about to be printed would be printed by both.
    stdout().flush()?;
    let parent = std::process::id();
    // The copy may start processes too. It must not find this lock held by a thread that it has not.
    let server = server::locked();
    match split()? {
        Some(child) => Ok(Child::Own(child)),
        None => {
            drop(server);
            if !end_with(parent) {
                end(entry::PANICKED);
            }
            let ran = catch_unwind(AssertUnwindSafe(run));
            end(ran.map_or(entry::PANICKED, |()| 0))
        }
    }
}

/// Returns twice: the number of the new process in this one, and `None` in the new one.
pub(super) fn split() -> io::Result<Option<Pid>> {
    // SAFETY: what the copy does is for it to know: it has one thread, and may not rely on what others
    // were about to do. `Start::Fork` says so to those who ask for it. The allocator and the standard
    // library's own state stay usable, since the C library puts its locks in order around a fork.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        child => Ok(Pid::from_raw(child)),
    }
}

/// Ends a copy: what its parent wants done at its own end is not for the copy to do.
pub(super) fn end(code: i32) -> ! {
    // Nobody is left to be told if it fails.
    let _ = stdout().flush();
    // SAFETY: it ends the process, and touches nothing.
    unsafe { libc::_exit(code) }
}
