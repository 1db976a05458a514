//! A deadlock detector, step two: an arrow from each thread that waits to the lock, and from there
//! to its holder.

use crate::ch05_deadlock::s1_watched::{Refused, Table};
use std::collections::BTreeMap;

// ANCHOR: graph
/// Who holds each lock, and for which lock each thread waits.
#[derive(Default)]
pub struct LockGraph {
    holder: BTreeMap<usize, u64>,
    waits_for: BTreeMap<u64, usize>,
}

impl Table for LockGraph {
    fn asks(&mut self, thread: u64, lock: usize) -> Result<(), Refused> {
        let mut next = Some(&lock);
        while let Some(holder) = next.and_then(|lock| self.holder.get(lock)) {
            if *holder == thread {
                return Err(Refused);
            }
            next = self.waits_for.get(holder);
        }
        // Also if the lock looks free: another thread may be quicker.
        self.waits_for.insert(thread, lock);
        Ok(())
    }

    fn has(&mut self, thread: u64, lock: usize) {
        self.waits_for.remove(&thread);
        self.holder.insert(lock, thread);
    }

    fn lets_go(&mut self, lock: usize) {
        self.holder.remove(&lock);
    }
}
// ANCHOR_END: graph
