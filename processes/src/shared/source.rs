//! The library's own sources, compiled once more: over the futex of shared memory, and over a line
//! of waiters in which the next comes forward when the first dies.
//!
//! What the library's checks have found out about them holds here too, as far as a process is not
//! killed. What a kill can do to them is that a wake is lost, and then the nap of the
//! [futex](super::platform::futex) ends.

use super::{fair_lock, platform};

// ANCHOR: source
// Here not all of it is used, and the documentation that is read is the library's.
#[allow(dead_code)]
#[path = "../../../primitives/src/event.rs"]
pub(super) mod event;
#[allow(dead_code)]
#[path = "../../../primitives/src/semaphore.rs"]
pub(super) mod semaphore;
// ANCHOR_END: source
