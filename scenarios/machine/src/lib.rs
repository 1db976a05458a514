//! Stories that only a machine can run: of processes, and of what is outside of the program.
//!
//! They are written as those of threads are. But a process has memory of its own, and an order of
//! its steps that no search chooses: there is no model of them, and nothing to explore. So each
//! variant ends in one way, whatever the order: its processes wait for each other where it matters,
//! and a wait that is in vain has a time limit.
//!
//! A program that runs them must begin with `processes::init()`.
//!
//! To add a story, write its file and add its line to [`STORIES`].

mod fork_with_a_lock;
mod four_tasks_of_three;
mod parent_and_child;
mod ping_pong_pipe;
mod three_ways_to_start;
mod two_lists;

use scenarios::{Outcome, Story, Variant};
use std::cell::RefCell;

/// Every story, in reading order.
pub static STORIES: &[Story] = &[
    parent_and_child::STORY,
    three_ways_to_start::STORY,
    two_lists::STORY,
    ping_pong_pipe::STORY,
    four_tasks_of_three::STORY,
    fork_with_a_lock::STORY,
];

thread_local! {
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Says what has happened. What another process has to say, it sends to the thread that runs the
/// story, which says it.
macro_rules! say {
    ($($text:tt)+) => {
        $crate::SAID.with_borrow_mut(|said| said.push(format!($($text)+)))
    };
}
use say;

/// Runs a variant. Gives what was said, line by line, and how it came out.
pub fn run(variant: fn() -> Outcome) -> (Vec<String>, Outcome) {
    SAID.take();
    let outcome = variant();
    (SAID.take(), outcome)
}
