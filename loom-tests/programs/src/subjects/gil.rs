//! An interpreter lock, of either kind: one that counts ticks, and one that is asked for.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{Gil, GilGuard};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits.
    Acquire,
    /// Does not wait.
    TryAcquire,
    /// Waits up to a time.
    AcquireFor,
    /// May let others run.
    Tick,
    /// Lets others run.
    AllowThreads,
    /// Drops the guard.
    Release,
}
use Operation::{Acquire, AcquireFor, AllowThreads, Release, Tick, TryAcquire};

/// Which thread has the lock, and which threads are inside of a tick, or let others run.
///
/// Those are two steps. With the first the lock is free, or a tick keeps it; with the second the
/// thread has it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Turn {
    holder: Option<usize>,
    inside: [bool; 3],
}

impl Specification for Turn {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] =
        &[Acquire, TryAcquire, AcquireFor, Tick, AllowThreads, Release];

    fn new(_: usize) -> Self {
        Self { holder: None, inside: [false; 3] }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        let mut keeps = *self;
        keeps.inside[thread] = true;
        let lets_go = Self { holder: None, ..keeps };
        match operation {
            _ if self.holder != Some(thread) || self.inside[thread] => Vec::new(),
            Tick => vec![lets_go, keeps],
            AllowThreads => vec![lets_go],
            _ => Vec::new(),
        }
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = Self { holder: Some(thread), ..*self };
        let is_mine = self.holder == Some(thread);
        match operation {
            Tick | AllowThreads if self.inside[thread] => {
                after.inside[thread] = false;
                let free = self.holder.is_none() || is_mine;
                if free { vec![(Answer::Done, after)] } else { vec![] }
            }
            Tick | AllowThreads => vec![(Answer::No, *self)],
            Acquire if self.holder.is_none() => vec![(Answer::Done, after)],
            Acquire => vec![],
            TryAcquire | AcquireFor if self.holder.is_none() => vec![(Answer::Yes, after)],
            TryAcquire | AcquireFor => vec![(Answer::No, *self)],
            Release if is_mine => vec![(Answer::Yes, Self { holder: None, ..*self })],
            Release => vec![(Answer::No, *self)],
        }
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        // There is nothing to give back yet.
        matches!(calls[0], Acquire | TryAcquire | AcquireFor)
    }
}

fn call<'a>(gil: &'a Gil, operation: Operation, held: &mut Vec<GilGuard<'a>>) -> Answer {
    match (operation, held.last_mut()) {
        (Acquire, _) => {
            held.push(gil.acquire());
            Answer::Done
        }
        (TryAcquire, _) => keep(held, gil.try_acquire()),
        (AcquireFor, _) => keep(held, gil.acquire_for(SOON)),
        (Tick, Some(guard)) => {
            guard.tick();
            Answer::Done
        }
        (AllowThreads, Some(guard)) => {
            guard.allow_threads(|| {});
            Answer::Done
        }
        (Tick | AllowThreads, None) => Answer::No,
        (Release, _) => yes(held.pop().is_some()),
    }
}

/// One that lets others run at each tick.
pub struct Ticking(Gil);

impl Subject for Ticking {
    type Specification = Turn;
    type Held<'a> = Vec<GilGuard<'a>>;

    fn new(_: usize) -> Self {
        Self(Gil::ticks(1))
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        call(&self.0, operation, held)
    }
}

/// One that lets others run when they have asked.
pub struct Asked(Gil);

impl Subject for Asked {
    type Specification = Turn;
    type Held<'a> = Vec<GilGuard<'a>>;

    fn new(_: usize) -> Self {
        Self(Gil::interval(SOON / 2))
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        call(&self.0, operation, held)
    }
}
