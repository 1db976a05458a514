//! Step one: the values of all threads in one map under one lock.

use primitives::Lock;
use primitives::platform::thread;
use std::collections::HashMap;

// ANCHOR: local
/// A value for each thread, found by the thread's number.
pub struct LockedLocal<T> {
    init: fn() -> T,
    values: Lock<HashMap<u64, T>>,
}

impl<T> LockedLocal<T> {
    /// No values yet. `init` makes one for each thread that asks.
    pub fn new(init: fn() -> T) -> Self {
        Self { init, values: Lock::new(HashMap::new()) }
    }

    /// Calls `f` with this thread's value.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        // Wrong: all other threads wait for `f`, and `f` must not come here again.
        let mut values = self.values.lock();
        f(values.entry(thread::id()).or_insert_with(self.init))
    }
}
// ANCHOR_END: local
