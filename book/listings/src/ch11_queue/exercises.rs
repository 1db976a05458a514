//! Answers to the exercises on queues.

use crate::ch11_queue::s1_one_line::{OneLineQueue, is_empty, is_full};
use primitives::{Condition, Lock};
use std::collections::VecDeque;

// ANCHOR: all
impl<T> OneLineQueue<T> {
    /// As `put`, and wakes everybody who waits.
    pub fn put_and_wake_all(&self, item: T) {
        let mut items = self.items.lock();
        self.changed.wait_while(&mut items, |items| is_full(items, self.capacity));
        items.push_back(item);
        self.changed.notify_all();
    }

    /// As `get`, and wakes everybody who waits.
    pub fn get_and_wake_all(&self) -> T {
        let mut items = self.items.lock();
        self.changed.wait_while(&mut items, is_empty);
        let item = items.pop_front().expect("waited for an item");
        self.changed.notify_all();
        item
    }
}
// ANCHOR_END: all

// ANCHOR: closing
/// A bounded queue that can be closed.
pub struct ClosingQueue<T> {
    capacity: usize,
    state: Lock<State<T>>,
    not_full: Condition,
    not_empty: Condition,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> ClosingQueue<T> {
    /// Waits for room and puts the item. Returns it if the queue is closed.
    pub fn put(&self, item: T) -> Result<(), T> {
        let mut state = self.state.lock();
        let full = |state: &State<T>| !state.closed && is_full(&state.items, self.capacity);
        self.not_full.wait_while(&mut state, full);
        if state.closed {
            return Err(item);
        }
        state.items.push_back(item);
        self.not_empty.notify_one();
        Ok(())
    }

    /// Waits for an item and takes it. `None` if the queue is closed and empty.
    pub fn get(&self) -> Option<T> {
        let mut state = self.state.lock();
        self.not_empty.wait_while(&mut state, |state| !state.closed && is_empty(&state.items));
        let item = state.items.pop_front();
        self.not_full.notify_one();
        item
    }

    /// Lets nobody put any more, and nobody wait.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.not_full.notify_all();
        self.not_empty.notify_all();
    }
}
// ANCHOR_END: closing

impl<T> ClosingQueue<T> {
    /// An open, empty queue with room for `capacity` items.
    pub fn bounded(capacity: usize) -> Self {
        let state = State { items: VecDeque::new(), closed: false };
        let (not_full, not_empty) = (Condition::new(), Condition::new());
        Self { capacity, state: Lock::new(state), not_full, not_empty }
    }

    // ANCHOR: forgetful
    /// Wrong: threads that wait for room are not told.
    pub fn close_for_consumers(&self) {
        self.state.lock().closed = true;
        self.not_empty.notify_all();
    }
    // ANCHOR_END: forgetful
}
