use primitives::Lock;
use small_programs::subjects::local::{FIRST, Operation, Values};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 5] = [
    "all threads have one value",
    "a take leaves the value",
    "a look makes a value",
    "a new value is the last that any thread has set",
    "a set is lost where another thread has set before",
];

#[derive(Default)]
pub struct State {
    values: [Option<u32>; 3],
    last: Option<u32>,
}

pub struct Faulty<const FAULT: u8>(Lock<State>);

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Values;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Lock::default())
    }

    fn call(&self, thread: usize, operation: Operation, (): &mut ()) -> Answer {
        let mut state = self.0.lock();
        let place = if FAULT == 1 { 0 } else { thread };
        if operation == Operation::Peek && state.values[place].is_none() && FAULT != 3 {
            return Answer::No;
        }
        let first = state.last.filter(|_| FAULT == 4).unwrap_or(FIRST);
        let value = *state.values[place].get_or_insert(first);
        match operation {
            Operation::Set => {
                if FAULT != 5 || state.last.is_none_or(|last| last == thread as u32) {
                    state.values[place] = Some(thread as u32);
                }
                state.last = Some(thread as u32);
                return Answer::Done;
            }
            Operation::Take if FAULT != 2 => state.values[place] = Some(0),
            Operation::Get | Operation::Peek | Operation::Take => {}
        }
        Answer::Number(value)
    }
}
