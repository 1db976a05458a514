//! Why a task has no result.

use crate::message::MessageError;
use crate::process::ProcessOutcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a task has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskError {
    /// It panicked, with this message.
    Panicked(String),
    /// Its worker has ended, in this way. The task may have been done in part, or not at all.
    WorkerEnded(ProcessOutcome),
    /// The pool was [terminated](super::ProcessPool::terminate) before it was done.
    Terminated,
    /// The pool was [closed](super::ProcessPool::close), and takes no more.
    Closed,
    /// No worker can be started, for this reason.
    Broken(String),
    /// No function of this name is [registered](crate::register).
    NotRegistered(String),
    /// Its arguments, or what it returned, cannot be sent, for this reason.
    NotSent(String),
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(message) => write!(f, "the task panicked: {message}"),
            Self::WorkerEnded(outcome) => write!(f, "the task's worker {outcome}"),
            Self::Terminated => f.write_str("the pool was terminated"),
            Self::Closed => f.write_str("the pool is closed"),
            Self::Broken(why) => write!(f, "the pool has no workers: {why}"),
            Self::NotRegistered(name) => write!(
                f,
                "the function `{name}` is not registered: write `processes::register!` with it"
            ),
            Self::NotSent(why) => write!(f, "it cannot be sent: {why}"),
        }
    }
}

impl std::error::Error for TaskError {}

impl From<MessageError> for TaskError {
    fn from(error: MessageError) -> Self {
        Self::NotSent(error.to_string())
    }
}
