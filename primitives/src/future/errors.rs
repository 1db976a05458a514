//! Why a future has no result.

use std::any::Any;
use std::error::Error;
use std::fmt;

/// Why a future ended without a result.
#[derive(Debug)]
pub enum FutureError {
    /// Somebody cancelled it before the work began.
    Cancelled,
    /// The work panicked, or the promise was given an error in the place of a result.
    Failed(Payload),
    /// The promise was dropped, and nobody is left that could keep it.
    BrokenPromise,
}

impl FutureError {
    /// The error that the promise was given, if it is an `E`.
    ///
    /// ```
    /// use primitives::Promise;
    ///
    /// let (promise, future) = Promise::<i32>::new();
    /// promise.set_exception(Box::new("x".parse::<i32>().unwrap_err())).unwrap();
    /// let error = future.exception().unwrap();
    /// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<E: Any + Sync>(&self) -> Option<&E> {
        match self {
            Self::Failed(payload) => payload.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for FutureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the future was cancelled"),
            Self::Failed(payload) => payload.fmt(f),
            Self::BrokenPromise => f.write_str("the promise was dropped without a result"),
        }
    }
}

impl Error for FutureError {}

/// What a panic has thrown, or the error that a promise was given.
pub struct Payload(Box<dyn Any + Send>);

// SAFETY: a shared reference leads to the value inside only by `downcast_ref`, and only to a value
// of a type that is `Sync`.
unsafe impl Sync for Payload {}

impl Payload {
    /// Keeps what `catch_unwind` has caught.
    pub fn new(payload: Box<dyn Any + Send>) -> Self {
        Self(payload)
    }

    /// The value, if it is an `E`.
    pub fn downcast_ref<E: Any + Sync>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// The message of a panic, if it had one.
    ///
    /// ```
    /// use primitives::{FutureError, Promise};
    ///
    /// let (promise, future) = Promise::new();
    /// promise.run(|| -> i32 { panic!("no more {}", "milk") });
    /// let Err(FutureError::Failed(payload)) = future.result() else { unreachable!() };
    /// assert_eq!(payload.message(), Some("no more milk"));
    /// ```
    pub fn message(&self) -> Option<&str> {
        let text = self.downcast_ref::<&'static str>().copied();
        text.or_else(|| self.downcast_ref::<String>().map(String::as_str))
    }

    /// The value as the panic threw it, for [`resume_unwind`](std::panic::resume_unwind).
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.message()).finish()
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().unwrap_or("the work failed"))
    }
}
