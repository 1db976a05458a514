//! What the book says of its listings.
//!
//! One executable: that builds in a fraction of the time that one for each file takes.

mod arc;
mod barrier;
mod condition;
mod counted;
mod cpython;
mod deadlock;
mod event;
mod exercises;
mod gil;
mod guards;
mod includes;
mod introduction;
mod local;
mod lock_step_by_step;
mod model;
mod once;
mod orderings;
mod practise;
mod python;
mod questions;
mod queue;
mod refused;
mod rlock;
mod rwlock;
mod scheduler;
mod search;
mod semaphore;
mod stories;
mod style;
mod support;
mod thread;
mod timer;
mod traces;
