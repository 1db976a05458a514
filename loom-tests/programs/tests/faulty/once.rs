use super::{Monitor, SOON, yes};
use small_programs::subjects::once::{Operation, Progress};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "who finds that nothing has run runs its function, though another runs one",
    "a function that panics counts as run",
    "a function that panics wakes nobody",
    "the end of a function wakes one of those who wait",
    "a call does not wait for the function of another",
    "a call that gave up says that a function has run",
];

pub struct Faulty<const FAULT: u8>(Monitor<State>);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Incomplete,
    Running,
    Complete,
}
use State::{Complete, Incomplete, Running};

impl<const FAULT: u8> Faulty<FAULT> {
    /// Runs a function that does nothing, or fails.
    fn run(&self, fails: bool) -> Answer {
        let mut state = self.0.value.lock();
        *state = if fails && FAULT != 2 { Incomplete } else { Complete };
        match FAULT {
            3 if fails => {}
            4 => _ = self.0.changed.notify_one(),
            _ => _ = self.0.changed.notify_all(),
        }
        if fails { Answer::Over } else { Answer::Yes }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Progress;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let limit = match operation {
            Operation::IsCompleted => return yes(*self.0.value.lock() == Complete),
            Operation::TryCall => None,
            Operation::Call | Operation::Fail => None,
            Operation::CallFor => Some(SOON),
        };
        let mut state = self.0.value.lock();
        let waits = *state == Running && operation != Operation::TryCall;
        if waits && FAULT == 5 {
            return Answer::Done;
        }
        if waits && FAULT != 1 {
            drop(state);
            state = self.0.wait(limit, |state| *state != Running).0;
        }
        match *state {
            Complete => Answer::Done,
            Running if FAULT == 6 => Answer::Done,
            Running if FAULT != 1 => Answer::No,
            Running | Incomplete => {
                *state = Running;
                drop(state);
                self.run(operation == Operation::Fail)
            }
        }
    }
}
