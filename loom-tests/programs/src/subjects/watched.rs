//! Two watched locks: a request that would close a deadlock is refused.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{Deadlock, Detector, WatchedLock, WatchedLockGuard};
use std::sync::Arc;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for the first.
    LockA,
    /// Waits for the second.
    LockB,
    /// Takes the second if it is free.
    TryB,
    /// Waits for the second up to a time.
    LockBFor,
    /// Drops the guard of the last lock.
    Unlock,
}
use Operation::{LockA, LockB, LockBFor, TryB, Unlock};

const A: usize = 0;
const B: usize = 1;

/// What a thread is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Request {
    None,
    Waits(usize),
    Refused,
}

/// The locks that each thread holds, the last one last, and what it asks for.
///
/// A lock is two steps: a request, which is refused at once or not at all, and then the lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Graph {
    held: [Vec<usize>; 3],
    requests: [Request; 3],
}

impl Graph {
    fn holder(&self, lock: usize) -> Option<usize> {
        self.held.iter().position(|held| held.contains(&lock))
    }

    /// Whether the lock's holder waits, over however many others, for the thread.
    fn would_close_a_cycle(&self, thread: usize, mut lock: usize) -> bool {
        while let Some(holder) = self.holder(lock) {
            match self.requests[holder] {
                _ if holder == thread => return true,
                Request::Waits(next) => lock = next,
                _ => return false,
            }
        }
        false
    }
}

impl Specification for Graph {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[LockA, LockB, TryB, LockBFor, Unlock];

    fn new(_: usize) -> Self {
        Self { held: Default::default(), requests: [Request::None; 3] }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        let wanted = match operation {
            _ if self.requests[thread] != Request::None => return Vec::new(),
            LockA => A,
            LockB | LockBFor => B,
            TryB | Unlock => return Vec::new(),
        };
        let mut after = self.clone();
        let closes = self.would_close_a_cycle(thread, wanted);
        after.requests[thread] = if closes { Request::Refused } else { Request::Waits(wanted) };
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = self.clone();
        after.requests[thread] = Request::None;
        let wanted = match (operation, self.requests[thread]) {
            (Unlock, _) => return vec![(yes(after.held[thread].pop().is_some()), after)],
            (TryB, _) => B,
            (_, Request::Waits(wanted)) => wanted,
            (_, Request::Refused) => return vec![(Answer::Over, after)],
            (_, Request::None) => return vec![],
        };
        let waits = matches!(operation, LockA | LockB);
        if self.holder(wanted).is_some() {
            return if waits { vec![] } else { vec![(Answer::No, after)] };
        }
        after.held[thread].push(wanted);
        vec![(if waits { Answer::Done } else { Answer::Yes }, after)]
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        calls[0] != Unlock
    }
}

/// The two locks.
pub struct Pair {
    a: WatchedLock<(), Arc<Detector>>,
    b: WatchedLock<(), Arc<Detector>>,
}

impl Subject for Pair {
    type Specification = Graph;
    type Held<'a> = Vec<WatchedLockGuard<'a, ()>>;

    fn new(_: usize) -> Self {
        let detector = Arc::new(Detector::new());
        let a = WatchedLock::new("A", detector.clone(), ());
        Self { a, b: WatchedLock::new("B", detector, ()) }
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        let refused = |_: Deadlock| Answer::Over;
        let mut locked = |lock: &'a WatchedLock<(), _>| {
            lock.lock().map_or_else(refused, |guard| {
                held.push(guard);
                Answer::Done
            })
        };
        match operation {
            LockA => locked(&self.a),
            LockB => locked(&self.b),
            TryB => keep(held, self.b.try_lock()),
            LockBFor => self.b.try_lock_for(SOON).map_or_else(refused, |got| keep(held, got)),
            Unlock => yes(held.pop().is_some()),
        }
    }
}
