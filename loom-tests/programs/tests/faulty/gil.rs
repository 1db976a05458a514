use super::{Monitor, SOON, yes};
use small_programs::subjects::gil::{Operation, Turn};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 6] = [
    "a tick takes the lock back, whether it is free or not",
    "work without the lock ends without the lock",
    "a release wakes nobody",
    "a call that timed out releases the lock",
    "a tick that was asked for the lock waits for the thread that asked, though it has given up",
    "a try waits",
];

#[derive(Default)]
pub struct State {
    taken: bool,
    asked: bool,
    /// How often it was taken.
    turns: u32,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn acquire(&self, limit: Option<Duration>) -> bool {
        self.0.value.lock().asked |= limit.is_none() || FAULT == 5;
        let (mut state, is_free) = self.0.wait(limit, |state| !state.taken);
        if is_free {
            (state.taken, state.asked) = (true, false);
            state.turns += 1;
            self.0.changed.notify_all();
        } else if FAULT == 4 {
            state.taken = false;
        }
        is_free
    }

    fn release(&self) {
        let mut state = self.0.value.lock();
        state.taken = false;
        if FAULT != 3 {
            self.0.changed.notify_all();
        }
    }

    fn tick(&self) {
        let mut state = self.0.value.lock();
        if !state.asked {
            return;
        }
        state.taken = false;
        let turns = state.turns;
        self.0.changed.notify_all();
        drop(state);
        let (mut state, _) = match FAULT {
            1 => (self.0.value.lock(), true),
            _ => self.0.wait(None, |state| state.turns != turns && !state.taken),
        };
        state.taken = true;
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Turn;
    type Held<'a> = bool;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, held: &mut bool) -> Answer {
        let got = match operation {
            Operation::Acquire => {
                self.acquire(None);
                *held = true;
                return Answer::Done;
            }
            Operation::TryAcquire if FAULT == 6 => self.acquire(None),
            Operation::TryAcquire => {
                let mut state = self.0.value.lock();
                !std::mem::replace(&mut state.taken, true)
            }
            Operation::AcquireFor => self.acquire(Some(SOON)),
            _ if !*held => return Answer::No,
            Operation::Tick => {
                self.tick();
                return Answer::Done;
            }
            Operation::AllowThreads => {
                self.release();
                if FAULT != 2 {
                    self.acquire(None);
                }
                return Answer::Done;
            }
            Operation::Release => {
                *held = false;
                self.release();
                return Answer::Yes;
            }
        };
        *held |= got;
        yes(got)
    }
}
