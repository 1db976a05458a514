// race: the lock of the end keeps nobody from searching.

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
        work();
    }
}
