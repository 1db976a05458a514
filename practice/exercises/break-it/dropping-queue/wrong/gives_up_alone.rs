// missed: nobody puts an item while she gives up.

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
    let queue = Q::new();
    let got = ann(&queue);
    ben(&queue);
    let item = got.unwrap_or_else(|| queue.get());
    assert_eq!(item, 7, "the item is");
}
