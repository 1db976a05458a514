//! A re-entrant lock: at most one thread has it, as many times as it likes.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{RLock, RLockGuard};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits.
    Lock,
    /// Does not wait.
    TryLock,
    /// Waits up to a time.
    TryLockFor,
    /// Drops the guard of the last lock.
    Unlock,
    /// How many times the caller has it.
    Depth,
}
use Operation::{Depth, TryLock, TryLockFor, Unlock};

/// Who has the lock, and how many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder(Option<(usize, u32)>);

impl Specification for Holder {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Operation::Lock, TryLock, TryLockFor, Unlock, Depth];

    fn new(_: usize) -> Self {
        Self(None)
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mine = self.0.filter(|&(holder, _)| holder == thread).map_or(0, |(_, depth)| depth);
        let is_free = self.0.is_none() || mine > 0;
        let deeper = Self(Some((thread, mine + 1)));
        match operation {
            Operation::Lock if is_free => vec![(Answer::Done, deeper)],
            Operation::Lock => vec![],
            TryLock | TryLockFor if is_free => vec![(Answer::Yes, deeper)],
            TryLock | TryLockFor => vec![(Answer::No, *self)],
            Unlock if mine == 0 => vec![(Answer::No, *self)],
            Unlock => {
                vec![(Answer::Yes, Self((mine > 1).then_some((thread, mine - 1))))]
            }
            Depth => vec![(Answer::Number(mine), *self)],
        }
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        calls[0] != Unlock
    }
}

impl Subject for RLock<()> {
    type Specification = Holder;
    type Held<'a> = Vec<RLockGuard<'a, ()>>;

    fn new(_: usize) -> Self {
        Self::new(())
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        match operation {
            Operation::Lock => {
                held.push(self.lock());
                Answer::Done
            }
            TryLock => keep(held, self.try_lock()),
            TryLockFor => keep(held, self.try_lock_for(SOON)),
            Unlock => yes(held.pop().is_some()),
            Depth => Answer::Number(self.depth()),
        }
    }
}
