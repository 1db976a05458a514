use super::{Monitor, SOON, yes};
use small_programs::subjects::scheduler::{LATER, Operation, Plan, number, rank};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 7] = [
    "of actions that are alike the last runs first",
    "nothing is more urgent than what was entered first",
    "a cancel always came in time",
    "a cancelled action runs all the same",
    "two threads that run may take the same action",
    "a run does not wait for what is due later",
    "what is entered while another thread waits to run is never seen by that",
];

#[derive(Default)]
pub struct State {
    /// The rank and the number of each action, in the order in which they run.
    queue: Vec<(u32, u32)>,
    entered: bool,
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn enter(&self, rank: u32, number: u32) {
        let mut state = self.0.value.lock();
        match FAULT {
            1 => state.queue.insert(0, (rank, number)),
            _ => state.queue.push((rank, number)),
        }
        if FAULT != 2 {
            state.queue.sort_by_key(|one| one.0);
        }
        state.entered = true;
        self.0.changed.notify_all();
    }

    /// What it has run last, or nothing if something is left.
    fn run(&self, waits: bool) -> Option<u32> {
        let mut last = 0;
        loop {
            let mut state = self.0.value.lock();
            let Some(&(rank, number)) = state.queue.first() else { return Some(last) };
            if rank == LATER && (!waits || FAULT == 6) {
                return None;
            }
            if rank == LATER {
                state.entered = false;
                drop(state);
                // Until then something may be entered that comes first.
                drop(self.0.wait(Some(SOON), |state| state.entered));
                state = self.0.value.lock();
                if FAULT != 7 && state.queue.first() != Some(&(rank, number)) {
                    continue;
                }
            }
            if FAULT == 5 {
                drop(state);
                state = self.0.value.lock();
            }
            state.queue.retain(|one| one.1 != number);
            last = number;
        }
    }

    fn cancel(&self, number: u32) -> bool {
        let mut state = self.0.value.lock();
        let is_there = state.queue.iter().any(|one| one.1 == number);
        if FAULT != 4 {
            state.queue.retain(|one| one.1 != number);
        }
        is_there || FAULT == 3
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Plan;
    type Held<'a> = u32;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, thread: usize, operation: Operation, made: &mut u32) -> Answer {
        let has_run = |last: Option<u32>| last.map_or(Answer::No, Answer::Number);
        match operation {
            Operation::Enter | Operation::EnterUrgent | Operation::EnterLater => {
                *made += 1;
                self.enter(rank(operation), number(thread, *made));
                Answer::Done
            }
            Operation::Cancel if *made == 0 => Answer::Over,
            Operation::Cancel => yes(self.cancel(number(thread, *made))),
            Operation::Run | Operation::RunFor => has_run(self.run(true)),
            Operation::TryRun => has_run(self.run(false)),
            Operation::IsEmpty => yes(self.0.value.lock().queue.is_empty()),
        }
    }
}
