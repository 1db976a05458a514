use super::{Monitor, SOON, yes};
use small_programs::subjects::event::{Flag, Operation};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "a set wakes one of those who wait",
    "a clear lets those who wait go on",
    "a wait that timed out says that the event is set",
    "a clear does nothing while nobody waits",
    "a set wakes nobody",
    "a wait takes the signal away",
];

#[derive(Default)]
pub struct State {
    set: bool,
    cleared: bool,
    waiting: u32,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Flag;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Set => {
                self.0.value.lock().set = true;
                match FAULT {
                    1 => _ = self.0.changed.notify_one(),
                    5 => {}
                    _ => _ = self.0.changed.notify_all(),
                }
            }
            Operation::Clear => {
                let mut state = self.0.value.lock();
                if FAULT != 4 || state.waiting > 0 {
                    state.set = false;
                }
                if FAULT == 2 {
                    state.cleared = true;
                    self.0.changed.notify_all();
                }
            }
            Operation::IsSet => return yes(self.0.value.lock().set),
            Operation::Wait | Operation::WaitFor => {
                self.0.value.lock().waiting += 1;
                let limit = (operation == Operation::WaitFor).then_some(SOON);
                let (mut state, is_set) =
                    self.0.wait(limit, |state| state.set || FAULT == 2 && state.cleared);
                state.waiting -= 1;
                if FAULT == 6 {
                    state.set = false;
                }
                if limit.is_some() {
                    return yes(is_set || FAULT == 3);
                }
            }
        }
        Answer::Done
    }
}
