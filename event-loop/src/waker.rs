//! The waker of a task: how a task comes to the ready list, and only once.
//!
//! One 32-bit word:
//!
//! | bit | name | meaning |
//! |---|---|---|
//! | 0 | `READY` | the task stands in the ready list, or a thread is about to put it there |
//! | 1 | `ENDED` | the task has ended: nothing wakes it any more |
//!
//! The loop takes `READY` away before it polls the task. A wake that comes during the poll finds
//! the bit gone, and puts the task into the list once more: what woke it may have come after the
//! task had looked. Only the thread of the loop polls. So a task is never polled twice at once,
//! however often it is woken.

use crate::event_loop::Core;
use crate::hand_over::{Ready, Shared};
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
    told_as,
};
use std::sync::Arc;
use std::task::Wake;

// ANCHOR: states
/// The task stands in the ready list, or is about to.
const READY: u32 = 1;
const ENDED: u32 = 2;
// ANCHOR_END: states

fn words(state: u32) -> String {
    ["waits", "ready", "ended", "ended"][state as usize & 3].to_owned()
}

/// What other threads have of a task. The task itself stays on the thread of the loop.
pub(crate) struct TaskWaker {
    state: AtomicU32,
    /// Where the loop finds the task.
    pub(crate) place: usize,
    shared: Arc<Shared>,
}

impl TaskWaker {
    pub(crate) fn new(place: usize, shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { state: told_as(AtomicU32::new(0), words), place, shared })
    }

    // ANCHOR: begin
    /// Called by the loop before each poll. `false` means that the task has ended.
    pub(crate) fn begin(&self) -> bool {
        // Acquire: the poll sees what was done before each wake, also of a thread that found the
        // task in the list.
        self.state.fetch_and(!READY, Acquire) & ENDED == 0
    }
    // ANCHOR_END: begin

    /// The task is not polled any more.
    pub(crate) fn end(&self) {
        self.state.fetch_or(ENDED, Relaxed);
    }

    // ANCHOR: wake
    /// `true` means that the caller has to put it into the ready list.
    fn becomes_ready(&self) -> bool {
        // Release: as in `begin`. Written also if the bit is there, since this thread may have
        // prepared more than the one that set it.
        self.state.fetch_or(READY, Release) == 0
    }

    fn enlist(self: Arc<Self>) {
        if Core::runs_here(&self.shared) {
            Core::put(Ready::Task(self));
        } else {
            let shared = self.shared.clone();
            // If the loop is gone, so is the task.
            let _ = shared.hand_over(Ready::Task(self));
        }
    }
    // ANCHOR_END: wake
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if self.becomes_ready() {
            self.enlist();
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.becomes_ready() {
            self.clone().enlist();
        }
    }
}
