//! A reader-writer lock: many threads that read, or one that writes.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits until it may read.
    Read,
    /// Does not wait.
    TryRead,
    /// Waits up to a time until it may read.
    TryReadFor,
    /// Waits until it may write.
    Write,
    /// Does not wait.
    TryWrite,
    /// Waits up to a time until it may write.
    TryWriteFor,
    /// Drops the guard that the thread has got last.
    Unlock,
    /// Makes the guard to write one to read.
    Downgrade,
}
use Operation::{Downgrade, Read, TryRead, TryReadFor, TryWrite, TryWriteFor, Unlock, Write};

/// Which guards each thread has: `true` is one to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Guards([Vec<bool>; 3]);

impl Guards {
    fn readable(&self) -> bool {
        !self.0.iter().flatten().any(|&writes| writes)
    }

    fn writable(&self) -> bool {
        self.0.iter().flatten().next().is_none()
    }

    fn with(&self, thread: usize, writes: bool) -> Self {
        let mut after = self.clone();
        after.0[thread].push(writes);
        after
    }
}

impl Specification for Guards {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[Read, TryRead, TryReadFor, Write, TryWrite, TryWriteFor, Unlock, Downgrade];

    fn new(_: usize) -> Self {
        Self::default()
    }

    fn ways(&self, thread: usize, operation: Operation, overlap: Overlap) -> Vec<(Answer, Self)> {
        let mut after = self.clone();
        match operation {
            Read if self.readable() => vec![(Answer::Done, self.with(thread, false))],
            Write if self.writable() => vec![(Answer::Done, self.with(thread, true))],
            Read | Write => vec![],
            TryRead | TryReadFor => {
                let mut ways = Vec::new();
                // Readers let a writer go first that waits.
                if !self.readable() || overlap.others {
                    ways.push((Answer::No, after));
                }
                if self.readable() {
                    ways.push((Answer::Yes, self.with(thread, false)));
                }
                ways
            }
            TryWrite | TryWriteFor if self.writable() => {
                vec![(Answer::Yes, self.with(thread, true))]
            }
            TryWrite | TryWriteFor => vec![(Answer::No, after)],
            Unlock => vec![(yes(after.0[thread].pop().is_some()), after)],
            Downgrade => match after.0[thread].last_mut() {
                Some(writes) if *writes => {
                    *writes = false;
                    vec![(Answer::Yes, after)]
                }
                _ => vec![(Answer::No, after)],
            },
        }
    }

    fn may_wait(&self, _: usize, operation: Operation, beside: &[Operation]) -> bool {
        match operation {
            Read => !self.readable() || beside.contains(&Write),
            Write => !self.writable(),
            _ => false,
        }
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        let writes = [Write, TryWrite, TryWriteFor].contains(&calls[0]);
        !matches!(calls[0], Unlock | Downgrade) && (writes || !calls.contains(&Downgrade))
    }
}

/// A guard.
pub enum Guard<'a> {
    /// To read.
    Read(RwLockReadGuard<'a, ()>),
    /// To write.
    Write(RwLockWriteGuard<'a, ()>),
}

impl Subject for RwLock<()> {
    type Specification = Guards;
    type Held<'a> = Vec<Guard<'a>>;

    fn new(_: usize) -> Self {
        Self::new(())
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        match operation {
            Read => held.push(Guard::Read(self.read())),
            Write => held.push(Guard::Write(self.write())),
            TryRead => return keep(held, self.try_read().map(Guard::Read)),
            TryReadFor => return keep(held, self.try_read_for(SOON).map(Guard::Read)),
            TryWrite => return keep(held, self.try_write().map(Guard::Write)),
            TryWriteFor => return keep(held, self.try_write_for(SOON).map(Guard::Write)),
            Unlock => return yes(held.pop().is_some()),
            Downgrade => {
                let Some(Guard::Write(guard)) = held.pop_if(|one| matches!(one, Guard::Write(_)))
                else {
                    return Answer::No;
                };
                held.push(Guard::Read(RwLockWriteGuard::downgrade(guard)));
                return Answer::Yes;
            }
        }
        Answer::Done
    }
}
