use super::{Monitor, SOON, yes};
use small_programs::subjects::ranked::{Operation, Ranks};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 6] = [
    "a lower rank is not refused",
    "the same rank is not refused",
    "a lock that was only tried for does not count",
    "an unlock leaves its rank behind",
    "a refused request frees the last lock",
    "a try is held to the ranks",
];

const LOW: usize = 0;
const HIGH: usize = 1;

/// Which locks are held.
pub struct Faulty<const FAULT: u8>(Monitor<[bool; 2]>);

/// What a thread holds, and the ranks that it is held to.
#[derive(Default)]
pub struct Held {
    locks: Vec<usize>,
    ranks: Vec<usize>,
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn lock(&self, wanted: usize, limit: Option<Duration>, held: &mut Held) -> Answer {
        let tries = limit == Some(Duration::ZERO);
        let rises = held.ranks.iter().all(|&rank| match FAULT {
            1 => rank != wanted,
            2 => rank <= wanted,
            _ => rank < wanted,
        });
        if !rises && (!tries || FAULT == 6) {
            if FAULT == 5 {
                self.unlock(held);
            }
            return if tries { Answer::No } else { Answer::Over };
        }
        let (mut locked, is_free) = self.0.wait(limit, |locked| !locked[wanted]);
        if !is_free {
            return Answer::No;
        }
        locked[wanted] = true;
        held.locks.push(wanted);
        if FAULT != 3 || !tries {
            held.ranks.push(wanted);
        }
        if limit.is_some() { Answer::Yes } else { Answer::Done }
    }

    fn unlock(&self, held: &mut Held) -> bool {
        let Some(lock) = held.locks.pop() else { return false };
        if FAULT != 4 {
            held.ranks.retain(|&rank| rank != lock);
        }
        self.0.value.lock()[lock] = false;
        self.0.changed.notify_all();
        true
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Ranks;
    type Held<'a> = Held;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, held: &mut Held) -> Answer {
        match operation {
            Operation::LockLow => self.lock(LOW, None, held),
            Operation::LockHigh => self.lock(HIGH, None, held),
            Operation::TryLow => self.lock(LOW, Some(Duration::ZERO), held),
            Operation::LockLowFor => self.lock(LOW, Some(SOON), held),
            Operation::Unlock => yes(self.unlock(held)),
        }
    }
}
