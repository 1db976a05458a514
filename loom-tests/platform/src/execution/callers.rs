//! From where an operation was called, through the code of others.

use std::backtrace::Backtrace;

/// The line of `file` that the running thread is at: the innermost, if several of its functions
/// are under way. Slow: for an execution that is run again to be shown.
pub(super) fn line_in(file: &str) -> Option<u32> {
    let backtrace = format!("{:#}", Backtrace::force_capture());
    backtrace.lines().find_map(|line| {
        // The compiler may name a file from the workspace on, where a backtrace has its whole path.
        let (_, place) = line.trim().strip_prefix("at ")?.split_once(file)?;
        place.strip_prefix(':')?.split(':').next()?.parse().ok()
    })
}
