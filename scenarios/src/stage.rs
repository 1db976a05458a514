//! What a story is told with: steps, names, threads. This file alone knows whether the story is
//! run or explored.

#[cfg_attr(loom, path = "stage/explored.rs")]
#[cfg_attr(not(loom), path = "stage/run.rs")]
mod teller;

pub use primitives::platform::{atomic, futex, thread, time};
pub use teller::name;
#[doc(hidden)]
pub use teller::tell;

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
