use super::{Monitor, SOON, yes};
use small_programs::subjects::rwlock::{Guards, Operation};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 6] = [
    "the last reader wakes nobody",
    "a downgrade wakes no reader",
    "a try to write does not look for readers",
    "a writer that ends wakes nobody",
    "a reader that timed out is counted",
    "a downgrade lets the lock go",
];

#[derive(Default)]
pub struct State {
    readers: u32,
    writes: bool,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn read(&self, limit: Option<Duration>) -> bool {
        let (mut state, may) = self.0.wait(limit, |state| !state.writes);
        if may || FAULT == 5 && limit == Some(SOON) {
            state.readers += 1;
        }
        may
    }

    fn write(&self, limit: Option<Duration>) -> bool {
        let looks = FAULT != 3 || limit != Some(Duration::ZERO);
        let (mut state, may) =
            self.0.wait(limit, |state| !state.writes && (state.readers == 0 || !looks));
        state.writes |= may;
        may
    }

    fn unlock(&self, writes: bool) {
        let mut state = self.0.value.lock();
        if writes {
            state.writes = false;
        } else {
            state.readers = state.readers.saturating_sub(1);
        }
        if !(FAULT == 1 && !writes || FAULT == 4 && writes) {
            self.0.changed.notify_all();
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Guards;
    /// `true`: a guard to write.
    type Held<'a> = Vec<bool>;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, held: &mut Vec<bool>) -> Answer {
        let limit = match operation {
            Operation::Read | Operation::Write => None,
            Operation::TryRead | Operation::TryWrite => Some(Duration::ZERO),
            _ => Some(SOON),
        };
        let (writes, got) = match operation {
            Operation::Read | Operation::TryRead | Operation::TryReadFor => {
                (false, self.read(limit))
            }
            Operation::Write | Operation::TryWrite | Operation::TryWriteFor => {
                (true, self.write(limit))
            }
            Operation::Unlock => {
                let guard = held.pop();
                if let Some(writes) = guard {
                    self.unlock(writes);
                }
                return yes(guard.is_some());
            }
            Operation::Downgrade => {
                if held.last() != Some(&true) {
                    return Answer::No;
                }
                *held.last_mut().expect("a guard") = false;
                let mut state = self.0.value.lock();
                state.writes = false;
                state.readers += u32::from(FAULT != 6);
                if FAULT != 2 {
                    self.0.changed.notify_all();
                }
                return Answer::Yes;
            }
        };
        held.extend(got.then_some(writes));
        if limit.is_none() { Answer::Done } else { yes(got) }
    }
}
