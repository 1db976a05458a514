//! The tests of the folder above, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../tests/deadlock.rs"]
mod deadlock;
