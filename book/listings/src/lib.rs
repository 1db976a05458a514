//! The code that the book builds step by step, and the means to print what the searches found.
//!
//! Each listing is written against `primitives::platform`, as the library is, and compiled over the
//! modelled one. The tests of this package check what the book claims, and write
//! `book/src/generated`: every trace, table and number of the book comes from there.

pub mod address_local;
pub mod barging_semaphore;
pub mod barrier_exercises;
pub mod condition_exercises;
pub mod counting_condition;
pub mod deadlock_exercises;
pub mod deaf_condition;
pub mod deaf_timers;
pub mod event_exercises;
pub mod first_exercises;
pub mod flag_event;
pub mod forgetful_lock;
pub mod late_owner_lock;
pub mod limits;
pub mod litmus;
pub mod local_exercises;

pub mod lock_graph;
pub mod locked_local;
pub mod marked_once;
pub mod message;
pub mod once;
pub mod one_line_queue;
pub mod one_wake_semaphore;
pub mod orderings_exercises;
pub mod orders;
pub mod owner_lock;
pub mod queue_exercises;
pub mod resetting_barrier;
pub mod rlock_exercises;
pub mod round_barrier;
pub mod rule_rwlock;
pub mod rwlock_exercises;
pub mod semaphore_exercises;
pub mod spin_lock;
pub mod thread_graph;
pub mod thread_timer;
pub mod three_state_event;
pub mod timer_exercises;
pub mod two_line_queue;
pub mod two_state_lock;
pub mod watched_locks;

mod page;
mod picture;
mod search;

pub use page::{ENDINGS, book, endings, page, table, told, told_in_full};
pub use picture::{End, svg};
pub use search::{every_order, few_preemptions, stuck};
