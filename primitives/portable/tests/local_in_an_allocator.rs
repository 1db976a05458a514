//! The tests of the folder above, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../tests/local_in_an_allocator.rs"]
mod local_in_an_allocator;
