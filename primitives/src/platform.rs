//! The only door to the machine.
//!
//! A primitive takes its atomics, its futex, its clock and its threads from here and from nowhere
//! else. Natively they are the machine's own. Under `cfg(loom)` they are the model's, which lets
//! one source be both run and explored. This file chooses; nothing else in the crate asks which
//! platform it is on.
//!
//! `cfg(loom)` and `cfg(portable_futex)` are set by the build scripts of the packages in
//! `loom-tests/shadow`, each for its own package, which compiles this source once more. The page
//! there explains how. Sources name each other by `use super::` and not by `crate::`, so that a
//! copy works in any module of another project.

// Where the portable futex is forced, nobody uses the native one.
#[cfg_attr(portable_futex, allow(dead_code, unused_imports))]
#[cfg(not(loom))]
mod native;
#[cfg(not(loom))]
pub use native::*;

// An item declared here hides the one of the same name that the glob above brings in: this is how
// the tests force the portable futex on a system that has a better one.
#[cfg(portable_futex)]
#[path = "platform/native/futex/portable.rs"]
pub mod futex;

#[cfg(loom)]
pub use loom_platform::{
    UnsafeCell, atomic, const_unless_modelled, futex, in_line, lets_go, name, show, spin, step,
    takes, thread, thread_local, time,
};

// These are the same on every platform.
#[cfg(loom)]
#[path = "platform/native/deadline.rs"]
pub mod deadline;
#[cfg(loom)]
#[path = "platform/native/panics.rs"]
pub mod panics;
