//! A deadlock detector, step one, and wrong: an arrow from each thread that waits to another
//! thread.

use crate::ch05_deadlock::s1_watched::{Refused, Table};
use std::collections::BTreeMap;

// ANCHOR: graph
/// Who holds each lock, and for which thread each thread waits.
#[derive(Default)]
pub struct ThreadGraph {
    holder: BTreeMap<usize, u64>,
    waits_for: BTreeMap<u64, u64>,
}

impl Table for ThreadGraph {
    fn asks(&mut self, thread: u64, lock: usize) -> Result<(), Refused> {
        let Some(&holder) = self.holder.get(&lock) else { return Ok(()) };
        // Do the arrows from the holder lead back to the thread that asks?
        let mut next = Some(&holder);
        while let Some(other) = next {
            if *other == thread {
                return Err(Refused);
            }
            next = self.waits_for.get(other);
        }
        self.waits_for.insert(thread, holder);
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
