//! Stories that only a machine can run: of processes, and of what is outside of the program.
//!
//! They are written as those of threads are. But a process has memory of its own, and an order of
//! its steps that no search chooses: there is no model of them, and nothing to explore. So each
//! variant ends in one way, whatever the order: its processes wait for each other where it matters,
//! and a wait that is in vain has a time limit.
//!
//! Those of processes are there on Linux, which has all of what they show.
//!
//! Stories of event loops are here too: they read from sockets.
//!
//! A program that runs them must begin with `processes::init()`.
//!
//! To add a story, write its file and add its line to [`STORIES`].

mod blocking_in_the_loop;
mod forgotten_await;
#[cfg(target_os = "linux")]
mod fork_with_a_lock;
#[cfg(target_os = "linux")]
mod four_tasks_of_three;
#[cfg(target_os = "linux")]
mod lock_in_shared_memory;
#[cfg(target_os = "linux")]
mod parent_and_child;
#[cfg(target_os = "linux")]
mod ping_pong_pipe;
#[cfg(target_os = "linux")]
mod queue_of_three;
mod three_downloads;
#[cfg(target_os = "linux")]
mod three_ways_to_start;
#[cfg(target_os = "linux")]
mod two_lists;

use event_loop::EventLoop;
use scenarios::{Outcome, Story};
use std::cell::{Cell, RefCell};

/// Every story, in reading order.
pub static STORIES: &[Story] = &[
    #[cfg(target_os = "linux")]
    parent_and_child::STORY,
    #[cfg(target_os = "linux")]
    three_ways_to_start::STORY,
    #[cfg(target_os = "linux")]
    two_lists::STORY,
    #[cfg(target_os = "linux")]
    ping_pong_pipe::STORY,
    #[cfg(target_os = "linux")]
    four_tasks_of_three::STORY,
    #[cfg(target_os = "linux")]
    fork_with_a_lock::STORY,
    #[cfg(target_os = "linux")]
    lock_in_shared_memory::STORY,
    #[cfg(target_os = "linux")]
    queue_of_three::STORY,
    three_downloads::STORY,
    blocking_in_the_loop::STORY,
    forgotten_await::STORY,
];

thread_local! {
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// Whether loops say their lists.
    static TRACED: Cell<bool> = const { Cell::new(false) };
}

#[cfg_attr(not(target_os = "linux"), allow(unused))]
/// Says what has happened. What another process has to say, it sends to the thread that runs the
/// story, which says it.
macro_rules! say {
    ($($text:tt)+) => {
        $crate::SAID.with_borrow_mut(|said| said.push(format!($($text)+)))
    };
}
#[cfg_attr(not(target_os = "linux"), allow(unused))]
use say;

/// Whether a story runs an event loop, which can be traced.
pub fn runs_a_loop(story: &Story) -> bool {
    let stories = [three_downloads::STORY, blocking_in_the_loop::STORY, forgotten_await::STORY];
    stories.iter().any(|other| other.name == story.name)
}

/// A loop that is about to run says both its lists after each step, if that was asked for.
fn trace_lists(event_loop: &EventLoop) {
    if TRACED.get() {
        event_loop.after_each_step(|lists| say!("{lists}"));
    }
}

/// Runs a variant. Gives what was said, line by line, and how it came out. If it is `traced`, event
/// loops say both their lists after each step.
pub fn run(variant: fn() -> Outcome, traced: bool) -> (Vec<String>, Outcome) {
    TRACED.set(traced);
    SAID.take();
    let outcome = variant();
    (SAID.take(), outcome)
}
