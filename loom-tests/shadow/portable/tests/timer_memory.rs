//! A test with an allocator of its own, over the portable futex.

extern crate portable_primitives as primitives;

#[path = "../../../../primitives/tests/timer_memory.rs"]
mod timer_memory;
