//! Build it: a list in which threads search, insert at the end, and delete anywhere.
//!
//! Any number may search at once. One may insert at a time, and others may search meanwhile. One
//! that deletes is alone: nobody searches, inserts or deletes beside it. Each of the three calls
//! `work` when it may.

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
        todo!()
    }

    pub fn insert(&self, work: impl FnOnce()) {
        todo!()
    }

    pub fn delete(&self, work: impl FnOnce()) {
        todo!()
    }
}
