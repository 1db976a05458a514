use super::answer::BoundedQueue;
use practice::prelude::*;

pub fn check() -> Check {
    Check::new()
        .sleeps("a thread puts two items where there is room for one", full)
        .sleeps("a thread takes an item where there is none", || _ = BoundedQueue::new(1).get())
        .holds("room for one: Ann puts an item, Ben takes it", one_item::<BoundedQueue>)
        .as_library(one_item::<Queue<u32>>)
        .holds_when_woken("room for one: Ann puts two items, Ben takes two", two_items)
}

trait Queues: Send + Sync + 'static {
    fn new(capacity: u32) -> Self;
    fn put(&self, item: u32);
    fn get(&self) -> u32;
}

impl Queues for BoundedQueue {
    fn new(capacity: u32) -> Self {
        Self::new(capacity)
    }
    fn put(&self, item: u32) {
        self.put(item);
    }
    fn get(&self) -> u32 {
        self.get()
    }
}

impl Queues for Queue<u32> {
    fn new(capacity: u32) -> Self {
        Self::bounded(capacity as usize)
    }
    fn put(&self, item: u32) {
        self.put(item).expect("open");
    }
    fn get(&self) -> u32 {
        self.get().expect("open")
    }
}

fn full() {
    let queue = BoundedQueue::new(1);
    queue.put(1);
    queue.put(2);
}

fn one_item<Q: Queues>() {
    let put: fn(&Q) -> u32 = |queue| {
        queue.put(7);
        7
    };
    let (_, [_, got]) = together(Q::new(1), [("Ann", put), ("Ben", Q::get)]);
    assert_eq!(got, 7, "Ben's item is");
}

fn two_items() {
    let put: fn(&BoundedQueue) -> [u32; 2] = |queue| {
        queue.put(1);
        queue.put(2);
        [1, 2]
    };
    let get: fn(&BoundedQueue) -> [u32; 2] = |queue| [queue.get(), queue.get()];
    let (_, [_, got]) = together(BoundedQueue::new(1), [("Ann", put), ("Ben", get)]);
    assert_eq!(got, [1, 2], "Ben's items are");
}
