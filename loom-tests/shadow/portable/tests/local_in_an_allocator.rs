//! A test with an allocator of its own, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../../../primitives/tests/local_in_an_allocator.rs"]
mod local_in_an_allocator;
