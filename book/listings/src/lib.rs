//! The code that the book builds, by chapter and step, and the tools that print what was found.
//!
//! Each listing is written against `primitives::platform`, as the library is, and compiled over the
//! modelled one. The tests of this package check what the book claims, and write
//! `book/src/generated`: every trace, table and number of the book comes from there.

/// The introduction.
pub mod ch00_introduction {
    pub mod s1_orders;
    pub mod s2_message;
}

/// Threads.
pub mod ch00_threads {
    pub mod exercises;
    pub mod s1_std;
}

/// The counter and the withdrawal.
pub mod ch01_to_ch03 {
    pub mod exercises;
}

/// The lock, step by step.
pub mod ch03_lock {
    pub mod exercises;
    pub mod s1_spin;
    pub mod s2_two_state;
    pub mod s3_forgetful;
}

/// The re-entrant lock.
pub mod ch04_rlock {
    pub mod exercises;
    pub mod s1_owner;
    pub mod s2_late_owner;
}

/// Deadlock.
pub mod ch05_deadlock {
    pub mod cycles;
    pub mod exercises;
    pub mod s1_watched;
    pub mod s2_thread_graph;
    pub mod s3_lock_graph;
    pub mod s4_random_pause;
}

/// The condition.
pub mod ch06_condition {
    pub mod exercises;
    pub mod s1_deaf;
    pub mod s2_counting;
}

/// The event.
pub mod ch07_event {
    pub mod exercises;
    pub mod s1_flag;
    pub mod s2_three_states;
}

/// The semaphore.
pub mod ch08_semaphore {
    pub mod exercises;
    pub mod s1_one_wake;
    pub mod s2_barging;
}

/// Readers and writers.
pub mod ch09_rwlock {
    pub mod exercises;
    pub mod s1_rule;
}

/// The barrier.
pub mod ch10_barrier {
    pub mod exercises;
    pub mod s1_resetting;
    pub mod s2_round;
}

/// The queue.
pub mod ch11_queue {
    pub mod exercises;
    pub mod s1_one_line;
    pub mod s2_two_lines;
}

/// The timer.
pub mod ch12_timer {
    pub mod exercises;
    pub mod s1_thread_each;
    pub mod s2_deaf;
    pub mod s3_slow;
}

/// One value a thread.
pub mod ch13_local {
    pub mod exercises;
    pub mod s1_locked;
    pub mod s2_address;
}

/// Orderings.
pub mod ch14_orderings {
    pub mod exercises;
    pub mod s1_litmus;
    pub mod s2_marked_once;
    pub mod s3_once;
}

/// How every order is tried.
pub mod ch15_search {
    pub mod exercises;
    pub mod s1_programs;
}

/// Once, lazy values and latches.
pub mod ch16_once {
    pub mod exercises;
    pub mod s1_plain_latch;
}

/// Reference counts.
pub mod ch17_arc {
    pub mod exercises;
    pub mod s1_two_words;
}

/// The interpreter lock.
pub mod ch18_gil {
    pub mod exercises;
}

/// The scheduler.
pub mod ch19_scheduler {
    pub mod exercises;
}

/// Futures and pools.
pub mod ch20_pool {
    pub mod exercises;
}

/// A program of the reader's own. These files are also explored by `interleave explore --file`.
pub mod own_program {
    pub mod s1_hits;
    pub mod s2_mended;
}

/// What the model checks, and what it cannot.
pub mod reference {
    pub mod limits;
}

/// What turns the results of searches into the pages of the book.
mod tools {
    pub(crate) mod page;
    pub(crate) mod search;
    pub(crate) mod tree;
}

pub use tools::page::{
    ENDINGS, book, chapters, endings, page, table, told, told_in_full, told_with,
};
pub use tools::search::{every_order, few_preemptions, returned, stuck};
pub use tools::tree::{executions, interleavings, tree};
