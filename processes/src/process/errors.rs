//! Why no process was started.

use crate::message::MessageError;
use std::fmt;
use std::io;

/// Why no process was started.
#[derive(Debug)]
pub enum StartError {
    /// [`init`](crate::init) was not called: the new process would not know what it is for, and run
    /// this program once more.
    NotInitialised,
    /// No function of this name is [registered](crate::register).
    NotRegistered(String),
    /// An argument cannot be made into bytes, or the bytes are not of such arguments.
    Arguments(MessageError),
    /// The new process, or the fork server, has ended before it had its arguments.
    Gone(MessageError),
    /// The system refuses another process, or what one needs.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInitialised => f.write_str(
                "call `processes::init()` at the top of `main`: no process starts without",
            ),
            Self::NotRegistered(name) => write!(
                f,
                "the function `{name}` is not registered: write `processes::register!` with it"
            ),
            Self::Arguments(error) => write!(f, "the arguments do not travel: {error}"),
            Self::Gone(error) => {
                write!(f, "the process ended before it had its arguments: {error}")
            }
            Self::System(error) => write!(f, "the system starts no process: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
