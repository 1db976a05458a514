//! Why a command could not do what it was asked, and what the user is told.

use std::io::{ErrorKind, Write as _, stderr};
use std::process::ExitCode;

/// What a command says: whether every variant did what it declares.
pub(crate) type Done = Result<bool, Failure>;

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The call was wrong. The message says what would be right.
    Usage(String),
    /// Files could not be read or written. The message says which, and what is left.
    Files(String),
    /// The user has stopped the search. What it had found is printed.
    Interrupted,
    /// The output could not be written.
    Output(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Tells the user. Returns the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let (message, code) = match self {
            // The reader of our output went away, which is its right: `interleave list | head -1`.
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Output(error) => (format!("cannot write the output: {error}"), 1),
            Self::Files(message) => (message, 1),
            // As a shell says it of a command that the signal has ended.
            Self::Interrupted => ("stopped by Ctrl-C".to_owned(), 130),
            Self::Usage(message) => (message, 2),
        };
        // If this cannot be written, the exit code is all that is left to say.
        drop(writeln!(stderr(), "error: {message}"));
        ExitCode::from(code)
    }
}
