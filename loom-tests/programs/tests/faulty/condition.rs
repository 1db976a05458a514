use super::{SOON, yes};
use primitives::platform::time::Instant;
use primitives::{Condition, Lock};
use small_programs::subjects::condition::{Line, Operation};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 5] = [
    "all who are to be woken are counted, and one is woken",
    "a notification that wakes a thread says that nobody was there",
    "a wait that timed out says that it was notified",
    "a notification that nobody waits for is kept",
    "a time-out loses the notification that it meets",
];

#[derive(Default)]
pub struct State {
    waiting: Vec<u32>,
    notified: Vec<u32>,
    next: u32,
    kept: bool,
}

/// A line of waiters, in a queue of numbers.
pub struct Faulty<const FAULT: u8> {
    state: Lock<State>,
    changed: Condition,
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn wait(&self, timed: bool) -> bool {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.kept) {
            return true;
        }
        let me = state.next;
        state.next += 1;
        state.waiting.push(me);
        let waits = |state: &State| !state.notified.contains(&me);
        if timed {
            let deadline = Instant::now() + SOON;
            let in_time = self.changed.wait_while_until(&mut state, waits, deadline);
            if FAULT == 5 && !in_time {
                drop(state);
                state = self.state.lock();
                state.notified.retain(|&one| one != me);
                state.waiting.retain(|&one| one != me);
                return false;
            }
        } else {
            self.changed.wait_while(&mut state, waits);
        }
        let notified = state.notified.contains(&me);
        state.waiting.retain(|&one| one != me);
        notified || FAULT == 3
    }

    fn notify(&self, most: usize) -> usize {
        let mut state = self.state.lock();
        let count = most.min(state.waiting.len());
        for nth in 0..count {
            let who = match FAULT {
                1 if nth > 0 => break,
                _ => state.waiting.remove(0),
            };
            state.notified.push(who);
        }
        state.kept |= FAULT == 4 && count == 0;
        self.changed.notify_all();
        if FAULT == 2 { 0 } else { count }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Line;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self { state: Lock::default(), changed: Condition::new() }
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Operation::Wait => {
                self.wait(false);
                Answer::Done
            }
            Operation::WaitFor => yes(self.wait(true)),
            Operation::NotifyOne => yes(self.notify(1) == 1),
            Operation::NotifyAll => Answer::Number(self.notify(usize::MAX) as u32),
        }
    }
}
