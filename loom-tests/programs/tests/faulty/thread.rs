use super::{Monitor, SOON, yes};
use loom_platform::thread;
use small_programs::subjects::thread::{Operation, Stage};
use small_programs::{Answer, Subject};
use std::sync::Arc;
use std::time::Duration;

pub const FAULTS: [&str; 7] = [
    "it can be started again while it is about to be started",
    "it can be started after its function was called",
    "the end wakes one of those that join",
    "it is told to have ended before its function has run",
    "a join before the start waits",
    "a thread that runs can be made a daemon",
    "it is alive before it was started",
];

#[derive(Default)]
pub struct State {
    called: bool,
    started: bool,
    ended: bool,
    is_daemon: bool,
    times: u32,
}

pub struct Faulty<const FAULT: u8>(Arc<Monitor<State>>);

fn live<const FAULT: u8>(one: &Monitor<State>) {
    let counts = || one.value.lock().times += 1;
    if FAULT != 4 {
        counts();
    }
    one.value.lock().ended = true;
    match FAULT {
        3 => _ = one.changed.notify_one(),
        _ => _ = one.changed.notify_all(),
    }
    if FAULT == 4 {
        counts();
    }
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn start(&self) -> Answer {
        let mut state = self.0.value.lock();
        if state.called && FAULT != 2 {
            return Answer::Over;
        }
        if state.started {
            return Answer::No;
        }
        if FAULT == 1 {
            drop(state);
            state = self.0.value.lock();
        }
        state.started = true;
        drop(state);
        let lives = self.0.clone();
        drop(thread::spawn("started", move || live::<FAULT>(&lives)));
        Answer::Yes
    }

    fn run(&self) -> Answer {
        let mut state = self.0.value.lock();
        if state.started || state.called {
            return if state.started { Answer::No } else { Answer::Over };
        }
        state.called = true;
        state.times += 1;
        Answer::Yes
    }

    fn join(&self, limit: Option<Duration>) -> Answer {
        let was_started = self.0.value.lock().started;
        if !was_started && FAULT != 5 {
            return Answer::Over;
        }
        yes(self.0.wait(limit, |state| state.ended).1)
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Stage;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Arc::new(Monitor::default()))
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Start => self.start(),
            Operation::Run => self.run(),
            Operation::Join => self.join(None),
            Operation::TryJoin => self.join(Some(Duration::ZERO)),
            Operation::JoinFor => self.join(Some(SOON)),
            Operation::IsAlive => {
                let state = self.0.value.lock();
                yes((state.started || FAULT == 7) && !state.ended)
            }
            Operation::SetDaemon => {
                let mut state = self.0.value.lock();
                let may_be = !state.started || FAULT == 6;
                state.is_daemon |= may_be;
                yes(may_be)
            }
            Operation::IsDaemon => yes(self.0.value.lock().is_daemon),
            Operation::Times => Answer::Number(self.0.value.lock().times),
        }
    }
}
