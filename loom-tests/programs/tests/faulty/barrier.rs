use super::{Monitor, SOON};
use primitives::platform::time::Instant;
use small_programs::subjects::barrier::{Operation, Round};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "a time-out does not break it",
    "a reset leaves those who wait waiting",
    "both are told that they came first",
    "an abort wakes nobody",
    "a thread that waits in a broken one waits on",
    "a thread that has timed out still counts as inside",
];

#[derive(Default)]
pub struct State {
    inside: u32,
    /// How many rounds have come to an end, well or not.
    rounds: u32,
    failed: [bool; 8],
    broken: bool,
}

impl State {
    fn ends(&mut self, failed: bool) {
        if self.inside > 0 || !failed {
            self.failed[self.rounds as usize] = failed;
            self.rounds += 1;
            self.inside = 0;
        }
    }
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn wait(&self, timed: bool) -> Answer {
        let mut state = self.0.value.lock();
        if state.broken && FAULT != 5 {
            return Answer::Over;
        }
        let round = state.rounds;
        state.inside += 1;
        if state.inside == 2 {
            state.ends(false);
            self.0.changed.notify_all();
            return Answer::Number(u32::from(FAULT != 3));
        }
        let same = |state: &State| state.rounds == round;
        if timed {
            let deadline = Instant::now() + SOON;
            let _ = self.0.changed.wait_while_until(&mut state, same, deadline);
            if state.rounds == round {
                match FAULT {
                    1 => state.inside -= 1,
                    6 => state.broken = true,
                    _ => {
                        state.broken = true;
                        state.ends(true);
                    }
                }
                self.0.changed.notify_all();
                return Answer::Over;
            }
        } else {
            self.0.changed.wait_while(&mut state, same);
        }
        if state.failed[round as usize] { Answer::Over } else { Answer::Number(0) }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Round;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Wait => return self.wait(false),
            Operation::WaitFor => return self.wait(true),
            Operation::Abort => {
                let mut state = self.0.value.lock();
                state.broken = true;
                state.ends(true);
                if FAULT != 4 {
                    self.0.changed.notify_all();
                }
            }
            Operation::Reset => {
                let mut state = self.0.value.lock();
                state.broken = false;
                if FAULT == 2 {
                    return Answer::Done;
                }
                state.ends(true);
                self.0.changed.notify_all();
            }
            Operation::Waiting => return Answer::Number(self.0.value.lock().inside),
            Operation::IsBroken => {
                return if self.0.value.lock().broken { Answer::Yes } else { Answer::No };
            }
        }
        Answer::Done
    }
}
