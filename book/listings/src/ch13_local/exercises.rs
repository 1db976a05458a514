//! Answers to the exercises on values for each thread.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::thread;
use primitives::{Local, ThreadPool};
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

// ANCHOR: greets
/// Two tasks of a pool with one worker. The first has a name, the second has none. Whom does the
/// second greet?
pub fn greeted() -> Option<&'static str> {
    let (pool, name) = (ThreadPool::new(1), Arc::new(Local::<Cell<Option<_>>>::default()));
    let (first, second) = (name.clone(), name);
    let _first = pool.submit(move || first.set(Some("Ann")));
    let greeted = pool.submit(move || second.get()).expect("the pool is open");
    greeted.into_result().expect("it does not panic")
}
// ANCHOR_END: greets

// ANCHOR: takes
/// The same, and the first task leaves nothing behind.
pub fn greeted_after_taking() -> Option<&'static str> {
    let (pool, name) = (ThreadPool::new(1), Arc::new(Local::<Cell<Option<_>>>::default()));
    let (first, second) = (name.clone(), name);
    let _first = pool.submit(move || {
        first.set(Some("Ann"));
        first.take()
    });
    let greeted = pool.submit(move || second.get()).expect("the pool is open");
    greeted.into_result().expect("it does not panic")
}
// ANCHOR_END: takes

/// Whether one of two threads, which each enter once, takes itself for one that was inside already.
fn found_inside(enter: fn(&(AtomicU32, Local<Cell<u32>>)) -> bool) -> bool {
    let depth = Arc::new((AtomicU32::new(0), Local::default()));
    let threads = ["Ann", "Ben"].map(|name| {
        let depth = depth.clone();
        thread::spawn(name, move || enter(&depth))
    });
    threads.map(|thread| thread.join().unwrap()).contains(&true)
}

// ANCHOR: shared
/// Wrong: a function that must not be called from within itself counts those that are inside.
pub fn found_by_a_shared_count() -> bool {
    found_inside(|(depth, _)| {
        let inside = depth.fetch_add(1, Relaxed) > 0;
        depth.fetch_sub(1, Relaxed);
        inside
    })
}
// ANCHOR_END: shared

// ANCHOR: own
/// Each thread counts for itself.
pub fn found_by_an_own_count() -> bool {
    found_inside(|(_, depth)| {
        let inside = depth.get() > 0;
        depth.set(depth.get() + 1);
        depth.set(depth.get() - 1);
        inside
    })
}
// ANCHOR_END: own
