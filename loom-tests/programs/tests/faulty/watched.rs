use super::{Monitor, SOON, yes};
use small_programs::subjects::watched::{Graph, Operation};
use small_programs::{Answer, Subject};
use std::time::Duration;

pub const FAULTS: [&str; 6] = [
    "a thread that waits for itself is not found",
    "two threads that wait for each other are not found",
    "a thread that holds a lock is refused any that is held",
    "a time-out leaves the request behind",
    "a refused request frees the last lock",
    "an unlock wakes nobody",
];

const A: usize = 0;
const B: usize = 1;

/// For each lock the thread that holds it, for each thread the lock that it waits for.
#[derive(Default)]
pub struct State {
    holders: [Option<usize>; 2],
    waits_for: [Option<usize>; 3],
}

impl State {
    fn closes_a_cycle(&self, fault: u8, thread: usize, wanted: usize) -> bool {
        let mut lock = wanted;
        // No chain is longer than there are threads.
        for step in 0..3 {
            match self.holders[lock] {
                None => return false,
                Some(holder) if holder == thread => return fault != if step == 0 { 1 } else { 2 },
                Some(_) if fault == 3 && self.holders.contains(&Some(thread)) => return true,
                Some(holder) => match self.waits_for[holder] {
                    Some(next) => lock = next,
                    None => return false,
                },
            }
        }
        false
    }
}

pub struct Faulty<const FAULT: u8>(Monitor<State>);

impl<const FAULT: u8> Faulty<FAULT> {
    fn lock(
        &self,
        thread: usize,
        wanted: usize,
        limit: Option<Duration>,
        held: &mut Vec<usize>,
    ) -> Answer {
        if limit != Some(Duration::ZERO) {
            let mut state = self.0.value.lock();
            if state.closes_a_cycle(FAULT, thread, wanted) {
                drop(state);
                if FAULT == 5 {
                    self.unlock(held);
                }
                return Answer::Over;
            }
            state.waits_for[thread] = Some(wanted);
        }
        let (mut state, is_free) = self.0.wait(limit, |state| state.holders[wanted].is_none());
        if is_free || FAULT != 4 {
            state.waits_for[thread] = None;
        }
        if !is_free {
            return Answer::No;
        }
        state.holders[wanted] = Some(thread);
        held.push(wanted);
        if limit.is_some() { Answer::Yes } else { Answer::Done }
    }

    fn unlock(&self, held: &mut Vec<usize>) -> bool {
        let Some(lock) = held.pop() else { return false };
        self.0.value.lock().holders[lock] = None;
        if FAULT != 6 {
            self.0.changed.notify_all();
        }
        true
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Graph;
    type Held<'a> = Vec<usize>;

    fn new(_: usize) -> Self {
        Self(Monitor::default())
    }

    fn call(&self, thread: usize, operation: Operation, held: &mut Vec<usize>) -> Answer {
        match operation {
            Operation::LockA => self.lock(thread, A, None, held),
            Operation::LockB => self.lock(thread, B, None, held),
            Operation::TryB => self.lock(thread, B, Some(Duration::ZERO), held),
            Operation::LockBFor => self.lock(thread, B, Some(SOON), held),
            Operation::Unlock => yes(self.unlock(held)),
        }
    }
}
