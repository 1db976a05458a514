//! Two locks with ranks: a thread gets the lower first, or not at all.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{OutOfOrder, RankedLock, RankedLockGuard};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for the lower.
    LockLow,
    /// Waits for the higher.
    LockHigh,
    /// Takes the lower if it is free.
    TryLow,
    /// Waits for the lower up to a time.
    LockLowFor,
    /// Drops the guard of the last lock.
    Unlock,
}
use Operation::{LockHigh, LockLow, LockLowFor, TryLow, Unlock};

const LOW: usize = 0;
const HIGH: usize = 1;

/// The locks that each thread holds, the last one last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ranks([Vec<usize>; 3]);

impl Specification for Ranks {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[LockLow, LockHigh, TryLow, LockLowFor, Unlock];

    fn new(_: usize) -> Self {
        Self(Default::default())
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = self.clone();
        if operation == Unlock {
            return vec![(yes(after.0[thread].pop().is_some()), after)];
        }
        let wanted = if operation == LockHigh { HIGH } else { LOW };
        let rises = self.0[thread].iter().all(|&held| held < wanted);
        let is_free = self.0.iter().all(|held| !held.contains(&wanted));
        if !rises && operation != TryLow {
            return vec![(Answer::Over, after)];
        }
        match operation {
            TryLow | LockLowFor if !is_free => return vec![(Answer::No, after)],
            _ if !is_free => return vec![],
            _ => after.0[thread].push(wanted),
        }
        let got = if matches!(operation, TryLow | LockLowFor) { Answer::Yes } else { Answer::Done };
        vec![(got, after)]
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        calls[0] != Unlock
    }
}

/// The two locks.
pub struct Pair {
    low: RankedLock<()>,
    high: RankedLock<()>,
}

impl Subject for Pair {
    type Specification = Ranks;
    type Held<'a> = Vec<RankedLockGuard<'a, ()>>;

    fn new(_: usize) -> Self {
        Self { low: RankedLock::new(1, "low", ()), high: RankedLock::new(2, "high", ()) }
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        let refused = |_: OutOfOrder| Answer::Over;
        let mut locked = |lock: &'a RankedLock<()>| {
            lock.lock().map_or_else(refused, |guard| {
                held.push(guard);
                Answer::Done
            })
        };
        match operation {
            LockLow => locked(&self.low),
            LockHigh => locked(&self.high),
            TryLow => keep(held, self.low.try_lock()),
            LockLowFor => self.low.try_lock_for(SOON).map_or_else(refused, |got| keep(held, got)),
            Unlock => yes(held.pop().is_some()),
        }
    }
}
