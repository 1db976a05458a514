//! Locks: at most one thread has them.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{FairLock, FairLockGuard, Lock, LockGuard};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits.
    Lock,
    /// Does not wait.
    TryLock,
    /// Waits up to a time.
    TryLockFor,
    /// Drops the guard.
    Unlock,
}
use Operation::{TryLock, TryLockFor, Unlock};

/// Who has the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder(Option<usize>);

impl Specification for Holder {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Operation::Lock, TryLock, TryLockFor, Unlock];

    fn new(_: usize) -> Self {
        Self(None)
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mine = Self(Some(thread));
        match (operation, self.0) {
            (Operation::Lock, None) => vec![(Answer::Done, mine)],
            (Operation::Lock, Some(_)) => vec![],
            (TryLock | TryLockFor, None) => vec![(Answer::Yes, mine)],
            (TryLock | TryLockFor, Some(_)) => vec![(Answer::No, *self)],
            (Unlock, Some(holder)) if holder == thread => vec![(Answer::Yes, Self(None))],
            (Unlock, _) => vec![(Answer::No, *self)],
        }
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        // There is nothing to unlock yet.
        calls[0] != Unlock
    }
}

impl Subject for Lock<()> {
    type Specification = Holder;
    type Held<'a> = Vec<LockGuard<'a, ()>>;

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
        }
    }
}

impl Subject for FairLock {
    type Specification = Holder;
    type Held<'a> = Vec<FairLockGuard<'a>>;

    fn new(_: usize) -> Self {
        Self::new()
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
        }
    }
}
