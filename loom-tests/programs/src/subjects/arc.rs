//! A value of which each thread is an owner at first.

use crate::subject::{Answer, Overlap, Specification, Subject, yes};
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use primitives::{Arc, Weak};
use std::mem::forget;
use std::sync::Mutex;

/// What can be called. A call is answered *over* if the thread has not what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes another owner.
    Clone,
    /// Drops an owner.
    Drop,
    /// Drops an owner, and takes the value if it was the last.
    IntoInner,
    /// Takes the value if there is no other owner.
    TryUnwrap,
    /// Makes a weak one.
    Downgrade,
    /// Makes an owner from a weak one, if there is still an owner.
    Upgrade,
    /// Drops a weak one.
    DropWeak,
    /// Changes the value if there is no other owner, and no weak one.
    GetMut,
    /// How many owners there are.
    StrongCount,
    /// How often the value was dropped.
    Dropped,
}
use Operation::{Downgrade, DropWeak, Dropped, GetMut, IntoInner, StrongCount, TryUnwrap, Upgrade};

/// What each thread has, and how often the value was dropped.
///
/// To drop an owner is two steps: it does not count any more, and then, if it was the last, the
/// value has been dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counts {
    owners: [u32; 3],
    weak: [u32; 3],
    /// The thread is about to drop the value, or nothing.
    drops: [Option<bool>; 3],
    dropped: u32,
}

impl Specification for Counts {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[
        Operation::Clone,
        Operation::Drop,
        IntoInner,
        TryUnwrap,
        Downgrade,
        Upgrade,
        DropWeak,
        GetMut,
        StrongCount,
        Dropped,
    ];

    fn new(threads: usize) -> Self {
        let owners = std::array::from_fn(|thread| u32::from(thread < threads));
        Self { owners, weak: [0; 3], drops: [None; 3], dropped: 0 }
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        if operation != Operation::Drop || self.owners[thread] == 0 || self.drops[thread].is_some()
        {
            return Vec::new();
        }
        let mut after = *self;
        after.owners[thread] -= 1;
        after.drops[thread] = Some(after.all() == 0);
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = *self;
        let is_alone = self.all() == 1;
        let answer = match operation {
            Dropped => Answer::Number(self.dropped),
            Upgrade | DropWeak if self.weak[thread] == 0 => Answer::Over,
            Upgrade => {
                after.owners[thread] += u32::from(self.all() > 0);
                yes(self.all() > 0)
            }
            DropWeak => {
                after.weak[thread] -= 1;
                Answer::Done
            }
            Operation::Drop if self.drops[thread].is_some() => {
                after.dropped += u32::from(after.drops[thread].take() == Some(true));
                Answer::Done
            }
            _ if self.owners[thread] == 0 => Answer::Over,
            Operation::Drop => return vec![],
            Operation::Clone => {
                after.owners[thread] += 1;
                Answer::Done
            }
            Downgrade => {
                after.weak[thread] += 1;
                Answer::Done
            }
            IntoInner | TryUnwrap => {
                after.owners[thread] -= u32::from(operation == IntoInner || is_alone);
                yes(is_alone)
            }
            GetMut => yes(is_alone && self.weak == [0; 3]),
            StrongCount => Answer::Number(self.all()),
        };
        vec![(answer, after)]
    }

    fn is_of_use(calls: &[Operation]) -> bool {
        // There is no weak one yet.
        !matches!(calls[0], Upgrade | DropWeak)
    }
}

impl Counts {
    fn all(&self) -> u32 {
        self.owners.iter().sum()
    }
}

/// A number that counts its drops.
pub struct Value {
    number: u32,
    dropped: std::sync::Arc<AtomicU32>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Release);
    }
}

/// The owner that each thread has at first. No other thread looks for it there.
pub struct Owners {
    first: Vec<Mutex<Option<Arc<Value>>>>,
    dropped: std::sync::Arc<AtomicU32>,
}

/// What a thread has, if it has called before.
#[derive(Default)]
pub struct Has {
    owners: Vec<Arc<Value>>,
    weak: Vec<Weak<Value>>,
}

impl Subject for Owners {
    type Specification = Counts;
    type Held<'a> = Has;

    fn new(threads: usize) -> Self {
        let dropped = std::sync::Arc::new(AtomicU32::new(0));
        let value = Arc::new(Value { number: 0, dropped: dropped.clone() });
        let mut first: Vec<_> =
            (1..threads).map(|_| Mutex::new(Some(Arc::clone(&value)))).collect();
        first.push(Mutex::new(Some(value)));
        Self { first, dropped }
    }

    fn call(&self, thread: usize, operation: Operation, has: &mut Has) -> Answer {
        let first = self.first[thread].lock().expect("not poisoned").take();
        has.owners.extend(first);
        match operation {
            Dropped => return Answer::Number(self.dropped.load(Acquire)),
            Upgrade => {
                let Some(weak) = has.weak.last() else { return Answer::Over };
                let upgraded = weak.upgrade();
                let answer = yes(upgraded.is_some());
                has.owners.extend(upgraded);
                return answer;
            }
            DropWeak => return has.weak.pop().map_or(Answer::Over, |_| Answer::Done),
            _ => {}
        }
        let Some(mut owner) = has.owners.pop() else { return Answer::Over };
        let taken = match operation {
            Operation::Drop => return Answer::Done,
            IntoInner => Arc::into_inner(owner),
            TryUnwrap => match Arc::try_unwrap(owner) {
                Ok(value) => Some(value),
                Err(owner) => {
                    has.owners.push(owner);
                    None
                }
            },
            _ => {
                let answer = match operation {
                    Operation::Clone => {
                        has.owners.push(owner.clone());
                        Answer::Done
                    }
                    Downgrade => {
                        has.weak.push(Arc::downgrade(&owner));
                        Answer::Done
                    }
                    GetMut => {
                        let value = Arc::get_mut(&mut owner);
                        yes(value.map(|value| value.number += 1).is_some())
                    }
                    _ => Answer::Number(Arc::strong_count(&owner) as u32),
                };
                has.owners.push(owner);
                return answer;
            }
        };
        let answer = yes(taken.is_some());
        // It was not dropped where it was shared.
        forget(taken);
        answer
    }
}
