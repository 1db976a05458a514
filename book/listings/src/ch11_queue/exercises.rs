//! Answers to the exercises on queues.

use crate::ch11_queue::s1_one_line::{OneLineQueue, is_empty, is_full};
use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::thread;
use primitives::{Condition, Lock, Queue};
use std::collections::VecDeque;
use std::sync::Arc;

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

// ANCHOR: goodbye
/// Takes what it gets, until `None` comes, which says that there is no more.
pub fn until_goodbye(queue: &Queue<Option<u32>>) {
    while let Some(_item) = queue.get().expect("nobody closes it") {}
}
// ANCHOR_END: goodbye

// ANCHOR: goodbye_right
/// Takes what it gets, until `None` comes, and puts that back for the others.
pub fn until_goodbye_for_all(queue: &Queue<Option<u32>>) {
    while let Some(_item) = queue.get().expect("nobody closes it") {}
    queue.put(None).expect("nobody closes it");
}
// ANCHOR_END: goodbye_right

/// Main says once that there is no more. Ann consumes, and so does main.
pub fn two_consumers_one_goodbye(consume: fn(&Queue<Option<u32>>)) {
    let queue = Arc::new(Queue::unbounded());
    queue.put(None).expect("nobody closes it");
    let ann = {
        let queue = queue.clone();
        thread::spawn("Ann", move || consume(&queue))
    };
    consume(&queue);
    ann.join().unwrap();
}

// ANCHOR: done
/// Adds an item to the sum.
pub fn done_and_added(queue: &Queue<u32>, sum: &AtomicU32) {
    let item = queue.get().expect("nobody closes it");
    queue.task_done();
    sum.fetch_add(item, Relaxed);
}
// ANCHOR_END: done

// ANCHOR: done_right
/// Adds an item to the sum.
pub fn added_and_done(queue: &Queue<u32>, sum: &AtomicU32) {
    let item = queue.get().expect("nobody closes it");
    sum.fetch_add(item, Relaxed);
    queue.task_done();
}
// ANCHOR_END: done_right

/// Main puts a 7, waits until all is done, and looks at the sum.
pub fn sum_when_done(work: fn(&Queue<u32>, &AtomicU32)) -> u32 {
    let shared = Arc::new((Queue::unbounded(), AtomicU32::new(0)));
    let (queue, sum) = &*shared;
    queue.put(7).expect("nobody closes it");
    let worker = {
        let shared = shared.clone();
        thread::spawn("worker", move || work(&shared.0, &shared.1))
    };
    queue.join();
    let seen = sum.load(Relaxed);
    worker.join().unwrap();
    seen
}
