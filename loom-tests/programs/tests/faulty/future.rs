use super::{Monitor, SOON, yes};
use small_programs::subjects::future::{BROKEN, CANCELLED, FAILED, Operation, Stage};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 7] = [
    "a cancel comes in time though the work has begun",
    "a result is kept though the future was cancelled",
    "a promise that is dropped leaves those who wait to wait",
    "the end wakes one of those who wait",
    "a wait that timed out cancels",
    "a cancel wakes nobody",
    "the end is told before the result is there",
];

#[derive(Default)]
pub struct State {
    running: bool,
    taken: bool,
    ended: bool,
    outcome: Option<Answer>,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn keep(&self, outcome: Answer) -> Answer {
        let mut state = self.0.value.lock();
        if std::mem::replace(&mut state.taken, true) {
            return Answer::Over;
        }
        if state.ended && !(FAULT == 2 && outcome != BROKEN) {
            return yes(outcome == BROKEN);
        }
        if FAULT == 3 && outcome == BROKEN {
            return Answer::Yes;
        }
        (state.running, state.ended) = (false, true);
        if FAULT == 7 {
            drop(state);
            state = self.0.value.lock();
        }
        state.outcome = Some(outcome);
        match FAULT {
            4 => _ = self.0.changed.notify_one(),
            _ => _ = self.0.changed.notify_all(),
        }
        Answer::Yes
    }

    fn cancel(&self) -> bool {
        let mut state = self.0.value.lock();
        if !state.ended && (!state.running || FAULT == 1) {
            (state.ended, state.outcome) = (true, Some(CANCELLED));
            if FAULT != 6 {
                self.0.changed.notify_all();
            }
        }
        state.outcome == Some(CANCELLED)
    }

    fn result(&self, limit: Option<Duration>) -> Answer {
        let (state, ended) = self.0.wait(limit, |state| state.ended);
        let outcome = state.outcome;
        drop(state);
        if !ended && FAULT == 5 {
            self.cancel();
        }
        outcome.unwrap_or(Answer::No)
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, thread: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Start => {
                let mut state = self.0.value.lock();
                if state.taken {
                    return Answer::Over;
                }
                state.running = !state.ended;
                yes(state.running)
            }
            Operation::SetResult => self.keep(Answer::Number(thread as u32)),
            Operation::SetException => self.keep(FAILED),
            Operation::DropPromise => self.keep(BROKEN),
            Operation::Cancel => yes(self.cancel()),
            Operation::Result => self.result(None),
            Operation::TryResult => self.result(Some(Duration::ZERO)),
            Operation::ResultFor => self.result(Some(SOON)),
            Operation::IsCancelled => yes(self.0.value.lock().outcome == Some(CANCELLED)),
            Operation::IsRunning => yes(self.0.value.lock().running),
        }
    }
}
