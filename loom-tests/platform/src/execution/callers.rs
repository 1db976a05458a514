//! From where an operation was called, through the code of others.

use std::backtrace::Backtrace;

/// The line of `file` that the running thread is at: the innermost, if several of its functions
/// are under way. Slow: for an execution that is run again to be shown.
pub(super) fn line_in(file: &str) -> Option<u32> {
    let backtrace = format!("{:#}", Backtrace::force_capture());
    backtrace.lines().find_map(|line| {
        let place = line.trim().strip_prefix("at ")?.strip_prefix(file)?.strip_prefix(':')?;
        place.split(':').next()?.parse().ok()
    })
}
