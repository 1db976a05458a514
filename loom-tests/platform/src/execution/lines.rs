//! Locks whose threads wait in a line, each on a word of its own: which thread holds the lock, and
//! for which lock a thread waits, such a word does not tell.

use super::{WaitsOn, is_over, with};

/// An object, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Place {
    fn of<T: ?Sized>(object: &T) -> Self {
        let start = std::ptr::from_ref(object).addr();
        Self { start, end: start + size_of_val(object) }
    }
}

/// Waits in the line for the object. A report of stuck threads says that it is this object that the
/// thread waits for.
pub fn in_line<T: ?Sized, R>(object: &T, wait: impl FnOnce() -> R) -> R {
    let place = Place::of(object);
    with(|execution| execution.me().line = Some(place));
    let result = wait();
    with(|execution| execution.me().line = None);
    result
}

/// Notes that the running thread holds the object from now on, and no other thread.
pub fn takes<T: ?Sized>(object: &T) {
    if !is_over() {
        let place = Place::of(object);
        with(|execution| execution.held_by.insert(place, execution.current));
    }
}

/// Notes that no thread holds the object any more.
pub fn lets_go<T: ?Sized>(object: &T) {
    if !is_over() {
        with(|execution| execution.held_by.remove(&Place::of(object)));
    }
}

/// What a thread waits for that sleeps on `on`.
pub(super) fn waits_for(line: Option<Place>, on: WaitsOn) -> WaitsOn {
    match (line, on) {
        (Some(object), WaitsOn::Word { .. }) => WaitsOn::Line(object),
        _ => on,
    }
}
