use super::{Monitor, SOON};
use loom_platform::thread;
use small_programs::subjects::pool::{Operation, Work};
use small_programs::{Answer, Subject};
use std::sync::Arc;
use std::time::Duration;

pub const FAULTS: [&str; 7] = [
    "a pool that is closed takes tasks",
    "the worker ends with tasks left in the line",
    "a task runs twice",
    "a close does not wake the worker",
    "the worker is told to have ended as soon as the pool is closed",
    "the end wakes nobody that joins",
    "a pool that is closed now takes tasks all the same",
];

#[derive(Default)]
pub struct State {
    waiting: u32,
    counted: u32,
    is_closed: bool,
    has_ended: bool,
}

pub struct Faulty<const FAULT: u8>(Arc<Monitor<State>>);

fn work<const FAULT: u8>(pool: &Monitor<State>) {
    loop {
        let (mut state, _) = pool.wait(None, |state| state.waiting > 0 || state.is_closed);
        if state.waiting == 0 || (FAULT == 2 && state.is_closed) {
            state.has_ended = true;
            break;
        }
        state.waiting -= 1;
        // A task runs without the lock.
        drop(state);
        pool.value.lock().counted += if FAULT == 3 { 2 } else { 1 };
    }
    if FAULT != 6 {
        pool.changed.notify_all();
    }
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn submit(&self) -> Answer {
        let mut state = self.0.value.lock();
        if state.is_closed && FAULT != 1 {
            return Answer::Over;
        }
        state.waiting += 1;
        self.0.changed.notify_all();
        Answer::Yes
    }

    fn close(&self, now: bool) -> Answer {
        let mut state = self.0.value.lock();
        state.is_closed = !(now && FAULT == 7);
        state.has_ended |= FAULT == 5;
        if now {
            state.waiting = 0;
        }
        if FAULT != 4 {
            self.0.changed.notify_all();
        }
        Answer::Done
    }

    fn join(&self, limit: Option<Duration>) -> Answer {
        match self.0.wait(limit, |state| state.has_ended) {
            (state, true) => Answer::Number(state.counted),
            (_, false) => Answer::No,
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Work;
    type Held<'a> = ();

    const LOCKS_IN_ONE_STEP: bool = true;

    fn new(_: usize) -> Self {
        let pool = Arc::new(Monitor::default());
        let worked = pool.clone();
        drop(thread::spawn("worker", move || work::<FAULT>(&worked)));
        Self(pool)
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Submit => self.submit(),
            Operation::Close => self.close(false),
            Operation::CloseNow => self.close(true),
            Operation::Join => self.join(None),
            Operation::TryJoin => self.join(Some(Duration::ZERO)),
            Operation::JoinFor => self.join(Some(SOON)),
        }
    }
}
