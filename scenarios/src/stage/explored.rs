//! A story that is explored: its words go into the trace.

pub use primitives::platform::name;

/// What [`step!`](crate::step) does.
#[track_caller]
pub fn tell(text: impl FnOnce() -> String) {
    primitives::platform::step(text());
}

/// What [`show!`](crate::show) does.
pub fn show_as<T: ToString>(what: &str, value: impl FnOnce() -> T) {
    primitives::platform::show(what, value);
}
