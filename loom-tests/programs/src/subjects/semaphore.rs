//! A semaphore: so many permits.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, keep, yes};
use primitives::{Permit, Semaphore};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for a permit.
    Acquire,
    /// Takes a permit if there is one.
    TryAcquire,
    /// Waits for a permit, up to a time.
    TryAcquireFor,
    /// Waits for two permits at once.
    AcquireTwo,
    /// Waits for two permits at once, up to a time.
    TryAcquireTwoFor,
    /// Drops what was acquired last.
    GiveBack,
    /// Makes a permit that there was not.
    Release,
    /// How many permits there are.
    Available,
}
use Operation::{
    Acquire, AcquireTwo, Available, GiveBack, Release, TryAcquire, TryAcquireFor, TryAcquireTwoFor,
};

/// How many permits there are, and how many each thread has got, one call after another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Permits {
    left: u32,
    taken: [Vec<u32>; 3],
}

fn wanted(operation: Operation) -> u32 {
    if matches!(operation, AcquireTwo | TryAcquireTwoFor) { 2 } else { 1 }
}

impl Specification for Permits {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[
        Acquire,
        TryAcquire,
        TryAcquireFor,
        AcquireTwo,
        TryAcquireTwoFor,
        GiveBack,
        Release,
        Available,
    ];

    fn new(_: usize) -> Self {
        Self { left: 1, taken: Default::default() }
    }

    fn ways(&self, thread: usize, operation: Operation, overlap: Overlap) -> Vec<(Answer, Self)> {
        let wanted = wanted(operation);
        let mut after = self.clone();
        let got = |mut after: Self, answer| {
            after.left -= wanted;
            after.taken[thread].push(wanted);
            (answer, after)
        };
        match operation {
            Acquire | AcquireTwo if self.left >= wanted => vec![got(after, Answer::Done)],
            Acquire | AcquireTwo => vec![],
            TryAcquire | TryAcquireFor | TryAcquireTwoFor => {
                let mut ways = Vec::new();
                // Nobody overtakes those who wait, so a permit may be there for another.
                if self.left < wanted || overlap.others {
                    ways.push((Answer::No, after.clone()));
                }
                if self.left >= wanted {
                    ways.push(got(after, Answer::Yes));
                }
                ways
            }
            GiveBack => match after.taken[thread].pop() {
                Some(count) => {
                    after.left += count;
                    vec![(Answer::Yes, after)]
                }
                None => vec![(Answer::No, after)],
            },
            Release => {
                after.left += 1;
                vec![(Answer::Done, after)]
            }
            Available => vec![(Answer::Number(self.left), after)],
        }
    }

    fn may_wait(&self, _: usize, operation: Operation, beside: &[Operation]) -> bool {
        // One permit is not enough for two, and those behind wait in line.
        let stands_in_the_way = |other: &Operation| *other == AcquireTwo && self.left < 2;
        match operation {
            Acquire => self.left == 0 || beside.iter().any(stands_in_the_way),
            AcquireTwo => self.left < 2,
            _ => false,
        }
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        calls[0] != GiveBack
    }
}

impl Subject for Semaphore {
    type Specification = Permits;
    type Held<'a> = Vec<Permit<'a>>;

    fn new(_: usize) -> Self {
        Self::new(1)
    }

    fn call<'a>(&'a self, _: usize, operation: Operation, held: &mut Self::Held<'a>) -> Answer {
        match operation {
            Acquire | AcquireTwo => {
                held.push(self.acquire_many(wanted(operation)));
                Answer::Done
            }
            TryAcquire => keep(held, self.try_acquire()),
            TryAcquireFor | TryAcquireTwoFor => {
                keep(held, self.try_acquire_many_for(wanted(operation), SOON))
            }
            GiveBack => yes(held.pop().is_some()),
            Release => {
                self.release(1).expect("few permits");
                Answer::Done
            }
            Available => Answer::Number(self.available()),
        }
    }
}
