//! Why a put or a get came to nothing.

use std::error::Error;
use std::fmt;

/// The queue is closed. A thread that wanted to put gets its item back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "ShutDown")]
#[doc(alias = "SendError")]
#[doc(alias = "RecvError")]
pub struct Closed<T = ()>(pub T);

/// Why an item was not put. It comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "TrySendError")]
pub enum PutError<T> {
    /// The queue is full, or stayed so until the time was up.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

/// Why there was no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TryRecvError")]
pub enum GetError {
    /// The queue is empty, or stayed so until the time was up.
    Empty,
    /// The queue is closed and empty.
    Closed,
}

/// More items were called done than had been put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoneTooOften;

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            PutError::Full(item) | PutError::Closed(item) => item,
        }
    }
}

impl<T> From<Closed<T>> for PutError<T> {
    fn from(Closed(item): Closed<T>) -> Self {
        PutError::Closed(item)
    }
}

impl From<Closed> for GetError {
    fn from(_: Closed) -> Self {
        GetError::Closed
    }
}

// Items need not be printable for the errors to be.
impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "Full(..)",
            PutError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is closed")
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "the queue is full",
            PutError::Closed(_) => "the queue is closed",
        })
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetError::Empty => "the queue is empty",
            GetError::Closed => "the queue is closed and empty",
        })
    }
}

impl<T> Error for Closed<T> {}
impl<T> Error for PutError<T> {}
impl Error for GetError {}

impl fmt::Display for DoneTooOften {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task_done was called more often than items were put")
    }
}

impl Error for DoneTooOften {}
