//! Answers to the exercises on values for each thread.

use primitives::Local;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::cell::Cell;
use std::sync::Arc;

// ANCHOR: hits
/// Counts in each thread by itself.
#[derive(Default)]
pub struct Hits {
    own: Local<Cell<u32>>,
}

impl Hits {
    /// Counts one.
    pub fn hit(&self) {
        self.own.set(self.own.get() + 1);
    }

    /// Wrong: the counts of threads that have ended are gone.
    pub fn sum(self) -> u32 {
        self.own.into_iter().map(Cell::into_inner).sum()
    }
}
// ANCHOR_END: hits

// ANCHOR: all
/// Counts in each thread by itself, and adds up what threads leave behind.
pub struct AllHits {
    own: Local<Own, Box<dyn Fn() -> Own + Send + Sync>>,
    total: Arc<AtomicU32>,
}

struct Own {
    count: Cell<u32>,
    total: Arc<AtomicU32>,
}

impl Drop for Own {
    fn drop(&mut self) {
        self.total.fetch_add(self.count.get(), Relaxed);
    }
}

impl AllHits {
    /// Counts one.
    pub fn hit(&self) {
        self.own.with(|own| own.count.set(own.count.get() + 1));
    }

    /// The sum of all counts.
    pub fn sum(self) -> u32 {
        // Values that are left are dropped with the object.
        drop(self.own);
        self.total.load(Relaxed)
    }
}
// ANCHOR_END: all

impl Default for AllHits {
    fn default() -> Self {
        let total = Arc::new(AtomicU32::new(0));
        let of_all = total.clone();
        let own = move || Own { count: Cell::new(0), total: of_all.clone() };
        Self { own: Local::new(Box::new(own)), total }
    }
}

// ANCHOR: cache
/// A number that seldom changes, and in each thread a copy of it.
pub struct Cached {
    number: AtomicU32,
    /// One more for each change.
    changes: AtomicU32,
    /// The copy, and after how many changes it was made.
    own: Local<Cell<Option<(u32, u32)>>>,
}
// ANCHOR_END: cache

impl Cached {
    /// This number, and no copies.
    pub fn new(number: u32) -> Self {
        let (number, changes) = (AtomicU32::new(number), AtomicU32::new(0));
        Self { number, changes, own: Local::default() }
    }

    // ANCHOR: stale
    /// Wrong: this takes the copy of the thread that calls it.
    pub fn set_and_forget_own(&self, number: u32) {
        self.number.store(number, Relaxed);
        self.own.set(None);
    }
    // ANCHOR_END: stale

    // ANCHOR: fresh
    /// Changes the number. Copies that were made before are not used any more.
    pub fn set(&self, number: u32) {
        self.number.store(number, Relaxed);
        // Release: a thread that finds the change finds the number.
        self.changes.fetch_add(1, Release);
    }

    /// The number.
    pub fn get(&self) -> u32 {
        let changes = self.changes.load(Acquire);
        match self.own.get() {
            Some((number, made_after)) if made_after == changes => number,
            _ => {
                let number = self.number.load(Relaxed);
                self.own.set(Some((number, changes)));
                number
            }
        }
    }
    // ANCHOR_END: fresh
}
