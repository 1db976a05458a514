//! Step two: a bounded queue with a line for those who wait for room, and one for those who wait
//! for an item.

use crate::ch11_queue::s1_one_line::{is_empty, is_full};
use primitives::{Condition, Lock};
use std::collections::VecDeque;

// ANCHOR: queue
/// At most `capacity` items. One lock, and a condition for each reason to wait.
pub struct TwoLineQueue<T> {
    capacity: usize,
    items: Lock<VecDeque<T>>,
    not_full: Condition,
    not_empty: Condition,
}

impl<T> TwoLineQueue<T> {
    /// An empty queue with room for `capacity` items.
    pub fn bounded(capacity: usize) -> Self {
        let (not_full, not_empty) = (Condition::new(), Condition::new());
        Self { capacity, items: Lock::new(VecDeque::new()), not_full, not_empty }
    }

    /// Waits for room and puts the item.
    pub fn put(&self, item: T) {
        let mut items = self.items.lock();
        self.not_full.wait_while(&mut items, |items| is_full(items, self.capacity));
        items.push_back(item);
        self.not_empty.notify_one();
    }

    /// Waits for an item and takes it.
    pub fn get(&self) -> T {
        let mut items = self.items.lock();
        self.not_empty.wait_while(&mut items, is_empty);
        let item = items.pop_front().expect("waited for an item");
        self.not_full.notify_one();
        item
    }
}
// ANCHOR_END: queue
