//! What a story is told with: steps, names, threads. This file alone knows whether the story is
//! run or explored.

#[cfg_attr(loom, path = "stage/explored.rs")]
#[cfg_attr(not(loom), path = "stage/run.rs")]
mod teller;

pub use primitives::platform::{atomic, futex, thread, time};
pub use teller::name;
#[doc(hidden)]
pub use teller::{show_as, tell};

/// Says in plain words what the thread has done. Before it does what may make it wait, it says what
/// it "asks" for: until the next step nobody knows whether it has that.
///
/// In the model the words go into the trace. Natively the thread may pause here, so that races
/// show within a few thousand trials.
#[macro_export]
macro_rules! step {
    ($($text:tt)+) => {
        $crate::stage::tell(|| format!($($text)+))
    };
}
pub use crate::step;

/// Shows a part of what the threads share to a reader who plays the story, until it is shown again.
/// Natively it is nothing.
#[macro_export]
macro_rules! show {
    ($what:expr, $value:expr) => {
        $crate::stage::show_as($what, || $value)
    };
}
pub use crate::show;
