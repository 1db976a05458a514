//! A pool with one worker, which is one thread more than the program has.

use crate::subject::{Answer, Overlap, SOON, Specification, Subject};
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use primitives::ThreadPool;
use std::sync::Arc;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Has a task counted, unless the pool is closed.
    Submit,
    /// Lets nobody submit any more.
    Close,
    /// As `Close`, and cancels the tasks that have not begun.
    CloseNow,
    /// Waits until the worker has ended, and says how many tasks have run.
    Join,
    /// As `Join`, if it has ended.
    TryJoin,
    /// As `Join`, up to a time.
    JoinFor,
}
use Operation::{Close, CloseNow, Join, JoinFor, Submit, TryJoin};

/// What the pool has to do, and what its worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    waiting: u32,
    counted: u32,
    worker: Worker,
    is_closed: bool,
}

/// The worker goes on by itself, between any two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    /// It has a task, which has not counted.
    Begins,
    Ended,
}

impl Work {
    /// The worker's next step, if it has one.
    fn step(&self) -> Option<Self> {
        match self.worker {
            Worker::Idle if self.waiting > 0 => {
                Some(Self { waiting: self.waiting - 1, worker: Worker::Begins, ..*self })
            }
            Worker::Idle if self.is_closed => Some(Self { worker: Worker::Ended, ..*self }),
            Worker::Begins => {
                Some(Self { counted: self.counted + 1, worker: Worker::Idle, ..*self })
            }
            Worker::Idle | Worker::Ended => None,
        }
    }
}

impl Specification for Work {
    type Operation = Operation;

    const OPERATIONS: &'static [Operation] = &[Submit, Close, CloseNow, Join, TryJoin, JoinFor];

    fn new(_: usize) -> Self {
        Self { waiting: 0, counted: 0, worker: Worker::Idle, is_closed: false }
    }

    fn ways(&self, _: usize, operation: Operation, _: Overlap) -> Vec<(Answer, Self)> {
        let way = |now: Self| {
            let has_ended = now.worker == Worker::Ended;
            Some(match operation {
                Submit if now.is_closed => (Answer::Over, now),
                Submit => (Answer::Yes, Self { waiting: now.waiting + 1, ..now }),
                Close => (Answer::Done, Self { is_closed: true, ..now }),
                CloseNow => (Answer::Done, Self { is_closed: true, waiting: 0, ..now }),
                Join | TryJoin | JoinFor if has_ended => (Answer::Number(now.counted), now),
                Join => return None,
                TryJoin | JoinFor => (Answer::No, now),
            })
        };
        std::iter::successors(Some(*self), Self::step).filter_map(way).collect()
    }
}

/// The pool, and how many of its tasks have run.
pub struct Counting {
    pool: ThreadPool,
    times: Arc<AtomicU32>,
}

impl Subject for Counting {
    type Specification = Work;
    type Held<'a> = ();

    const LOCKS_IN_ONE_STEP: bool = true;

    fn new(_: usize) -> Self {
        Self { pool: ThreadPool::new(1), times: Arc::new(AtomicU32::new(0)) }
    }

    fn call(&self, _: usize, operation: Operation, (): &mut ()) -> Answer {
        let ran = |has_ended: bool| match has_ended {
            true => Answer::Number(self.times.load(Acquire)),
            false => Answer::No,
        };
        match operation {
            Submit => {
                let times = self.times.clone();
                let task = self.pool.submit(move || _ = times.fetch_add(1, Release));
                task.map_or(Answer::Over, |_| Answer::Yes)
            }
            Close => {
                self.pool.close();
                Answer::Done
            }
            CloseNow => {
                self.pool.close_now();
                Answer::Done
            }
            Join => {
                self.pool.join();
                ran(true)
            }
            TryJoin => ran(self.pool.try_join()),
            JoinFor => ran(self.pool.join_for(SOON)),
        }
    }
}
