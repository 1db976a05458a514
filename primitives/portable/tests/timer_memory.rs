//! The tests of the folder above, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../tests/timer_memory.rs"]
mod timer_memory;
