use super::{Monitor, SOON, yes};
use loom_platform::thread;
use small_programs::subjects::timer::{Operation, Stage};
use small_programs::{Answer, Subject};
use std::sync::Arc;
use std::time::Duration;

pub const FAULTS: [&str; 6] = [
    "a cancel always came in time",
    "a cancelled one runs all the same",
    "the end is told before the function has run",
    "a join that timed out cancels",
    "the end wakes nobody that joins",
    "it runs twice",
];

#[derive(Default)]
pub struct State {
    ended: Option<Answer>,
    times: u32,
}

pub struct Faulty<const FAULT: u8>(Arc<Monitor<State>>);

fn run<const FAULT: u8>(timer: &Monitor<State>) {
    let (mut state, _) = timer.wait(Some(SOON), |state| state.ended == Some(Answer::Over));
    if state.ended.is_none() {
        state.ended = Some(Answer::Yes);
        if FAULT == 3 {
            drop(state);
            state = timer.value.lock();
        }
        state.times += if FAULT == 6 { 2 } else { 1 };
    } else if FAULT == 2 {
        state.times += 1;
    }
    if FAULT != 5 {
        timer.changed.notify_all();
    }
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn cancel(&self) -> bool {
        let mut state = self.0.value.lock();
        if state.ended.is_some() {
            return FAULT == 1;
        }
        state.ended = Some(Answer::Over);
        self.0.changed.notify_all();
        true
    }

    fn join(&self, limit: Option<Duration>) -> Answer {
        let (state, _) = self.0.wait(limit, |state| state.ended.is_some());
        let ended = state.ended;
        drop(state);
        if ended.is_none() && FAULT == 4 {
            self.cancel();
        }
        ended.unwrap_or(Answer::No)
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        let timer = Arc::new(Monitor::default());
        let driven = timer.clone();
        // Nobody joins it: a program ends when its threads have.
        drop(thread::spawn("driver", move || run::<FAULT>(&driven)));
        Self(timer)
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Cancel => yes(self.cancel()),
            Operation::Join => self.join(None),
            Operation::TryJoin => self.join(Some(Duration::ZERO)),
            Operation::JoinFor => self.join(Some(SOON)),
            Operation::Times => Answer::Number(self.0.value.lock().times),
        }
    }
}
