//! Processes, pipes, and locks in shared memory: what Python's `multiprocessing` has, by hand.

#[doc(hidden)]
pub mod function;
#[cfg(target_os = "linux")]
mod handles;
mod message;
pub mod process;

#[doc(hidden)]
pub use linkme;

pub use function::Function;
pub use message::MessageError;
pub use process::{Builder, Process, ProcessOutcome, Start, StartError, current_name, init};
