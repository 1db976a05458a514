//! One search by several threads of the system.
//!
//! Each worker goes through the graphs that it has kept itself, the latest first. One that has none
//! takes what another gives away: the graph that it has kept longest, which is likely to have the
//! largest part of the search below it. A graph has all that a run needs, so that the workers have
//! nothing else in common but the numbers of threads and words.

use super::graph::Graph;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Pool {
    workers: usize,
    given: Mutex<Given>,
    changes: Condvar,
    /// How many workers have no graph.
    idle: AtomicUsize,
    stopped: AtomicBool,
    pub(crate) threads: Numbers<(usize, u16)>,
    pub(crate) words: Numbers<(usize, u32)>,
}

#[derive(Debug)]
struct Given {
    graphs: Vec<Graph>,
    /// No worker has a graph, and none will have one.
    over: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A worker that panics changes nothing halfway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(crate) fn new(workers: usize) -> Self {
        let whole = Graph { share: 1., ..Graph::default() };
        Self {
            workers,
            given: Mutex::new(Given { graphs: vec![whole], over: false }),
            changes: Condvar::new(),
            idle: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            threads: Numbers::default(),
            words: Numbers::default(),
        }
    }

    /// A graph for a worker that has none. `None` if the search is over.
    pub(crate) fn take(&self) -> Option<Graph> {
        let mut given = lock(&self.given);
        self.idle.fetch_add(1, Relaxed);
        loop {
            if let Some(graph) = given.graphs.pop() {
                self.idle.fetch_sub(1, Relaxed);
                return Some(graph);
            }
            given.over |= self.idle.load(Relaxed) == self.workers || self.stopped();
            if given.over {
                self.changes.notify_all();
                return None;
            }
            given = self.changes.wait(given).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives a graph away, if another worker has none.
    pub(crate) fn give(&self, kept: &mut VecDeque<Graph>) {
        if kept.len() < 2 || self.idle.load(Relaxed) == 0 {
            return;
        }
        let mut given = lock(&self.given);
        if given.graphs.is_empty() {
            given.graphs.extend(kept.pop_front());
            self.changes.notify_one();
        }
    }

    /// Ends the search before its time.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Relaxed);
        lock(&self.given).over = true;
        self.changes.notify_all();
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }
}

/// Numbers for things, the same in all runs of a search, by whichever worker.
#[derive(Debug)]
pub(crate) struct Numbers<K>(Mutex<HashMap<K, usize>>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Numbers<K> {
    /// The thing's number. The first that is asked for is 0.
    pub(crate) fn of(&self, thing: K) -> usize {
        let mut numbers = lock(&self.0);
        let fresh = numbers.len();
        *numbers.entry(thing).or_insert(fresh)
    }
}
