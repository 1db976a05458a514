//! A list: searching and inserting share it, inserting takes turns, and deleting is alone.

use practice::prelude::*;

pub struct List {
    /// Several share it, or one has it alone.
    list: RwLock<()>,
    /// For one that inserts.
    end: Lock<()>,
}

impl List {
    pub fn new() -> Self {
        Self { list: RwLock::new(()), end: Lock::new(()) }
    }

    pub fn search(&self, work: impl FnOnce()) {
        let _shared = self.list.read();
        work();
    }

    pub fn insert(&self, work: impl FnOnce()) {
        let _shared = self.list.read();
        // A thread that deletes never waits for this lock, so there is no circle.
        let _end = self.end.lock();
        work();
    }

    pub fn delete(&self, work: impl FnOnce()) {
        let _alone = self.list.write();
        work();
    }
}
