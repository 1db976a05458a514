//! The test: an item that was put and not got is still there.

use practice::prelude::*;

pub trait Queues: Send + Sync + 'static {
    fn new() -> Self;
    fn put(&self, item: u32);
    fn get(&self) -> u32;
    fn get_for(&self, timeout: Duration) -> Option<u32>;
}

pub const SOON: Duration = Duration::from_millis(10);

pub fn test<Q: Queues>() {
    let ann: fn(&Q) -> Option<u32> = |queue| queue.get_for(SOON);
    let ben: fn(&Q) -> Option<u32> = |queue| {
        queue.put(7);
        None
    };
    let (queue, [got, _]) = together(Q::new(), [("Ann", ann), ("Ben", ben)]);
    // Ann has it, or it is still there.
    let item = got.unwrap_or_else(|| queue.get());
    assert_eq!(item, 7, "the item is");
}
