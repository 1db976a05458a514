//! A story that is explored: its words go into the trace.

pub use primitives::platform::name;

/// What [`step!`](crate::step) does.
#[track_caller]
pub fn tell(text: impl FnOnce() -> String) {
    primitives::platform::step(text());
}
