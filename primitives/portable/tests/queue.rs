//! The tests of the folder above, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../tests/queue.rs"]
mod queue;
