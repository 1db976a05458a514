use super::{Monitor, SOON, yes};
use small_programs::subjects::rlock::{Holder, Operation};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 5] = [
    "the first unlock frees it, however often it was locked",
    "a second lock is not counted",
    "the holder's own try fails",
    "the last unlock wakes nobody",
    "a call of another that timed out counts as one of the holder's",
];

#[derive(Default)]
pub struct State {
    holder: Option<usize>,
    depth: u32,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn lock(&self, thread: usize, limit: Option<Duration>) -> bool {
        let free = |state: &State| state.holder.is_none_or(|holder| holder == thread);
        let (mut state, is_free) = self.0.wait(limit, free);
        if !is_free {
            if FAULT == 5 && limit == Some(SOON) {
                state.depth += 1;
            }
            return false;
        }
        if FAULT == 3 && limit == Some(Duration::ZERO) && state.depth > 0 {
            return false;
        }
        if FAULT != 2 || state.depth == 0 {
            state.depth += 1;
        }
        state.holder = Some(thread);
        true
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Holder;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, thread: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Lock => {
                self.lock(thread, None);
                Answer::Done
            }
            Operation::TryLock => yes(self.lock(thread, Some(Duration::ZERO))),
            Operation::TryLockFor => yes(self.lock(thread, Some(SOON))),
            Operation::Unlock => {
                let mut state = self.0.value.lock();
                if state.holder != Some(thread) {
                    return Answer::No;
                }
                state.depth = if FAULT == 1 { 0 } else { state.depth - 1 };
                if state.depth == 0 {
                    state.holder = None;
                    if FAULT != 4 {
                        self.0.changed.notify_all();
                    }
                }
                Answer::Yes
            }
            Operation::Depth => {
                let state = self.0.value.lock();
                Answer::Number(if state.holder == Some(thread) { state.depth } else { 0 })
            }
        }
    }
}
