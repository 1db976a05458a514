use super::{Monitor, SOON};
use small_programs::subjects::queue::{Content, Operation, item};
use small_programs::{Answer, Subject};
use std::collections::VecDeque;

pub const FAULTS: [&str; 7] = [
    "a get that timed out drops an item that has just come",
    "a close wakes nobody",
    "a get wakes nobody",
    "a put into a closed queue succeeds",
    "a close drops what is inside",
    "there is room for two",
    "a put that timed out has put its item",
];

#[derive(Default)]
pub struct State {
    items: VecDeque<u32>,
    closed: bool,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn put(&self, item: u32, limit: Option<std::time::Duration>) -> Answer {
        let room = if FAULT == 6 { 2 } else { 1 };
        let is_closed = |state: &State| state.closed && FAULT != 4;
        let (mut state, _) =
            self.0.wait(limit, |state| is_closed(state) || state.items.len() < room);
        if is_closed(&state) {
            return Answer::Over;
        }
        let has_room = state.items.len() < room;
        if has_room || FAULT == 7 {
            state.items.push_back(item);
            self.0.changed.notify_all();
        }
        if has_room { Answer::Yes } else { Answer::No }
    }

    fn get(&self, limit: Option<std::time::Duration>) -> Answer {
        let ready = |state: &State| state.closed || !state.items.is_empty();
        let (mut state, is_ready) = self.0.wait(limit, ready);
        if FAULT == 1 && limit.is_some() && !is_ready {
            drop(state);
            self.0.value.lock().items.pop_front();
            return Answer::No;
        }
        match state.items.pop_front() {
            Some(item) => {
                if FAULT != 3 {
                    self.0.changed.notify_all();
                }
                Answer::Number(item)
            }
            None if state.closed => Answer::Over,
            None => Answer::No,
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Content;
    type Held<'a> = u32;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, thread: usize, operation: Operation, made: &mut u32) -> Answer {
        let none = Some(std::time::Duration::ZERO);
        let limit = match operation {
            Operation::Put | Operation::Get => None,
            Operation::TryPut | Operation::TryGet => none,
            _ => Some(SOON),
        };
        match operation {
            Operation::Put | Operation::TryPut | Operation::PutFor => {
                *made += 1;
                self.put(item(thread, *made), limit)
            }
            Operation::Get | Operation::TryGet | Operation::GetFor => self.get(limit),
            Operation::Close => {
                let mut state = self.0.value.lock();
                state.closed = true;
                if FAULT == 5 {
                    state.items.clear();
                }
                if FAULT != 2 {
                    self.0.changed.notify_all();
                }
                Answer::Done
            }
        }
    }
}
