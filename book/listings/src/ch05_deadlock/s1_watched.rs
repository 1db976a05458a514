//! Locks that ask a table before they wait. Which table it is makes the detector.

use primitives::Lock;
use primitives::platform::{name, step, thread};

/// The names of the locks, by number.
pub const LOCKS: [&str; 3] = ["lock A", "lock B", "lock C"];

/// To wait for the lock would be to wait for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refused;

// ANCHOR: table
/// What is known of threads and locks.
pub trait Table: Default + Send + 'static {
    /// The thread is about to wait for the lock.
    fn asks(&mut self, thread: u64, lock: usize) -> Result<(), Refused>;
    /// The thread has the lock.
    fn has(&mut self, thread: u64, lock: usize);
    /// The thread is about to unlock.
    fn lets_go(&mut self, lock: usize);
}
// ANCHOR_END: table

// ANCHOR: locks
/// Three locks and their table, which is behind a lock as well.
#[derive(Default)]
pub struct WatchedLocks<T> {
    pub(crate) table: Lock<T>,
    pub(crate) locks: [Lock<()>; 3],
}

impl<T: Table> WatchedLocks<T> {
    /// Calls `f` with the lock held.
    pub fn with<R>(&self, lock: usize, f: impl FnOnce() -> R) -> Result<R, Refused> {
        self.table.lock().asks(thread::id(), lock)?;
        let guard = self.locks[lock].lock();
        self.table.lock().has(thread::id(), lock);
        step(format!("has {}", LOCKS[lock]));
        let result = f();
        self.table.lock().lets_go(lock);
        drop(guard);
        Ok(result)
    }
}
// ANCHOR_END: locks

impl<T> WatchedLocks<T> {
    /// Gives the locks, which do not move any more, the names by which traces call them.
    pub fn name(&self) {
        self.locks.iter().zip(LOCKS).for_each(|(lock, text)| name(lock, text));
        name(&self.table, "the table");
    }
}
