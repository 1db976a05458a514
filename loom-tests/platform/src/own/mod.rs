//! The search of our own.
//!
//! - [`graph`] is the model of memory: what an execution is, and which executions there are.
//! - [`search`] goes through all of them, each once.
//! - [`run`] runs a program's threads as coroutines, so that the search can let them do what a
//!   graph says.
//! - [`pool`] lets several threads of the system share a search.
//! - [`telling`] puts what was done in an order that reads well, and [`code`] makes a short text of
//!   that order, by which the execution can be run again.
//! - [`shape`] says what makes an execution, so that it can be compared.
//! - [`view`] says what a thread may still read, to those who play.

pub(crate) mod code;
mod graph;
pub(crate) mod pool;
pub(crate) mod run;
mod search;
mod sequential;
mod shape;
mod telling;
pub(crate) mod view;

pub use graph::MAX_THREADS;
pub(crate) use graph::{Clock, Graph, INITIAL, Ref, Strength};
pub(crate) use run::Left;
pub(crate) use search::Pick;
pub use shape::{Deed, Shape};
