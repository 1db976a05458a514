//! Why a pool takes no task.

use std::error::Error;
use std::fmt;

/// Why a pool took no task. The function has been dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// The pool is closed.
    Closed,
    /// A worker's initializer has panicked, and the pool takes no more tasks.
    Broken,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the pool is closed"),
            Self::Broken => BrokenPool.fmt(f),
        }
    }
}

impl Error for SubmitError {}

/// What the futures of tasks get that waited when a worker's initializer panicked:
/// [`FutureError::downcast_ref`](super::super::future::FutureError::downcast_ref) finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "BrokenThreadPool")]
pub struct BrokenPool;

impl fmt::Display for BrokenPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is broken: the initializer of a worker panicked")
    }
}

impl Error for BrokenPool {}
