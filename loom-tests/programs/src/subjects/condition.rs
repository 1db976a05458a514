//! A condition, with its lock. Each call takes the lock first and lets it go afterwards, but for
//! the notifications, which need none.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject, yes};
use primitives::{Condition, Lock};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Waits for a notification.
    Wait,
    /// Waits for a notification, up to a time.
    WaitFor,
    /// Wakes the thread that has waited longest.
    NotifyOne,
    /// Wakes all that wait.
    NotifyAll,
}
use Operation::{NotifyAll, NotifyOne, Wait, WaitFor};

/// Who waits, in the order in which they came, and who has been notified.
///
/// A wait is two steps: a thread joins the line, and when it was notified it leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    waiting: Vec<usize>,
    notified: Vec<usize>,
}

impl Specification for Line {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Wait, WaitFor, NotifyOne, NotifyAll];

    fn new(_: usize) -> Self {
        Self::default()
    }

    fn enters(&self, thread: usize, operation: Operation) -> Vec<Self> {
        let is_inside = self.waiting.contains(&thread) || self.notified.contains(&thread);
        if is_inside || !matches!(operation, Wait | WaitFor) {
            return Vec::new();
        }
        let mut after = self.clone();
        after.waiting.push(thread);
        vec![after]
    }

    fn ways(&self, thread: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let mut after = self.clone();
        match operation {
            Wait | WaitFor => {
                after.waiting.retain(|&one| one != thread);
                after.notified.retain(|&one| one != thread);
                match (operation, self.notified.contains(&thread)) {
                    (Wait, true) => vec![(Answer::Done, after)],
                    (Wait, false) => vec![],
                    (_, notified) => vec![(yes(notified), after)],
                }
            }
            NotifyOne if self.waiting.is_empty() => vec![(Answer::No, after)],
            NotifyOne => {
                after.notified.push(after.waiting.remove(0));
                vec![(Answer::Yes, after)]
            }
            NotifyAll => {
                let count = self.waiting.len() as u32;
                after.notified.append(&mut after.waiting);
                vec![(Answer::Number(count), after)]
            }
        }
    }
}

/// A condition and its lock.
#[derive(Default)]
pub struct Monitor {
    lock: Lock<()>,
    changed: Condition,
}

impl Subject for Monitor {
    type Specification = Line;
    type Held<'a> = ();

    fn new(_: usize) -> Self {
        Self::default()
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        match operation {
            Wait => {
                self.changed.wait(&mut self.lock.lock());
                Answer::Done
            }
            WaitFor => yes(self.changed.wait_for(&mut self.lock.lock(), SOON)),
            NotifyOne => yes(self.changed.notify_one()),
            NotifyAll => Answer::Number(self.changed.notify_all() as u32),
        }
    }
}
