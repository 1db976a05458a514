//! A task's place in a line.

use crate::event_loop::Core;
use crate::lists::Reason;
use primitives::Lock;
use std::mem::replace;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A task that waits, or is about to: what a [`Parker`](primitives::Parker) is for a thread.
pub(super) struct Parked {
    state: Lock<State>,
}

enum State {
    /// With the waker of the newest poll, if there was one.
    Waits(Option<Waker>),
    Notified,
}

impl Parked {
    pub(super) fn new() -> Self {
        Self { state: Lock::new(State::Waits(None)) }
    }

    /// Lets the task go on, now or when it comes to wait. Call it when the line's lock has been
    /// released.
    pub(super) fn unpark(&self) {
        let before = replace(&mut *self.state.lock(), State::Notified);
        if let State::Waits(Some(waker)) = before {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut state = self.state.lock();
        match &mut *state {
            State::Notified => Poll::Ready(()),
            State::Waits(before) => {
                let before = before.replace(waker);
                drop(state);
                drop(before);
                Poll::Pending
            }
        }
    }
}

/// What has a line of tasks that wait for it.
pub(super) trait Line {
    /// What it is, for the lists.
    const NAME: &'static str;

    /// Takes a task out of the line. `true` means that it was still in it.
    fn leave(&self, parked: &Arc<Parked>) -> bool;

    /// A task was woken, and is gone: what it was woken for goes to the next.
    fn hand_on(&self);
}

// ANCHOR: turn
/// A place in a line. Awaiting it waits for the turn; dropping it before gives the place up.
pub(super) struct Turn<L: Line> {
    line: L,
    parked: Arc<Parked>,
    /// The turn has come, and is now the caller's.
    taken: bool,
}

impl<L: Line> Turn<L> {
    pub(super) fn new(line: L, parked: Arc<Parked>) -> Self {
        Self { line, parked, taken: false }
    }
}

impl<L: Line + Unpin> Future for Turn<L> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = self.parked.poll(context);
        self.taken = polled.is_ready();
        if !self.taken {
            Core::will_wait_for(Reason::What(L::NAME));
        }
        polled
    }
}

impl<L: Line> Drop for Turn<L> {
    fn drop(&mut self) {
        // One that is no longer in the line has been woken all the same.
        if !self.taken && !self.line.leave(&self.parked) {
            self.line.hand_on();
        }
    }
}
// ANCHOR_END: turn
