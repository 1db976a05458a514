//! Break it: a queue that drops an item.
//!
//! `put` waits for room and puts an item, `get` waits for an item. `get_for` waits no longer than
//! so long, and then returns `None`. It is said that an item can vanish. Write the test that shows
//! it: over the wrong queue it must fail in some execution, and over the right one it must hold in
//! every execution. Both queues have room for one item.

use practice::prelude::*;

pub trait Queues: Send + Sync + 'static {
    fn new() -> Self;
    fn put(&self, item: u32);
    fn get(&self) -> u32;
    fn get_for(&self, timeout: Duration) -> Option<u32>;
}

pub const SOON: Duration = Duration::from_millis(10);

pub fn test<Q: Queues>() {
    todo!()
}
