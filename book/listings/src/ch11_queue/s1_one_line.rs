//! Step one, and wrong: a bounded queue in which all who wait stand in one line.

use primitives::platform::step;
use primitives::{Condition, Lock};
use std::collections::VecDeque;

// ANCHOR: queue
/// At most `capacity` items, and one condition for everybody who waits.
pub struct OneLineQueue<T> {
    pub(crate) capacity: usize,
    pub(crate) items: Lock<VecDeque<T>>,
    pub(crate) changed: Condition,
}

impl<T> OneLineQueue<T> {
    /// An empty queue with room for `capacity` items.
    pub fn bounded(capacity: usize) -> Self {
        Self { capacity, items: Lock::new(VecDeque::new()), changed: Condition::new() }
    }

    /// Waits for room and puts the item.
    pub fn put(&self, item: T) {
        let mut items = self.items.lock();
        self.changed.wait_while(&mut items, |items| is_full(items, self.capacity));
        items.push_back(item);
        // Wrong: the first in the line may be somebody who waits for room.
        self.changed.notify_one();
    }

    /// Waits for an item and takes it.
    pub fn get(&self) -> T {
        let mut items = self.items.lock();
        self.changed.wait_while(&mut items, is_empty);
        let item = items.pop_front().expect("waited for an item");
        self.changed.notify_one();
        item
    }
}
// ANCHOR_END: queue

/// Whether there is a reason to wait for room. Tells it.
pub fn is_full<T>(items: &VecDeque<T>, capacity: usize) -> bool {
    let full = items.len() == capacity;
    if full {
        step("finds no room");
    }
    full
}

/// Whether there is a reason to wait for an item. Tells it.
pub fn is_empty<T>(items: &VecDeque<T>) -> bool {
    if items.is_empty() {
        step("finds no item");
    }
    items.is_empty()
}
