// stuck: one has the end and waits for the list, the other has the list and waits for the end.

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
        let _end = self.end.lock();
        work();
    }

    pub fn delete(&self, work: impl FnOnce()) {
        let _end = self.end.lock();
        let _alone = self.list.write();
        work();
    }
}
