// missed: what is gone is not missed by a test that does not ask for it.

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
    if let Some(item) = got {
        assert_eq!(item, 7, "the item is");
    }
}
