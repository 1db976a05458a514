//! All small programs over twenty-one of the primitives, judged by what the primitive promises.
//!
//! The checks in `loom-tests/tests` were thought of by hand. Here nobody thinks of a program: a
//! primitive has a list of its operations and a [`Specification`], which says what each operation
//! may answer in each state, and when it waits. [`programs`] makes all programs of a [`Shape`], and
//! [`judge`] searches each, up to a number of executions. What the threads call and what they are
//! answered is a *history*. Each history must be *linearizable*: there must be one order of the
//! calls, in which no call that had returned comes after one that began later, and in which the
//! specification gives the same answers (Herlihy and Wing, 1990). An execution may end with threads
//! that wait only if the specification lets them wait in the last state.

mod history;
mod program;
mod search;
mod subject;
pub mod subjects;

pub use program::{Program, Shape, programs};
pub use search::{Fault, Judged, judge};
pub use subject::{Answer, Overlap, Specification, Subject};
