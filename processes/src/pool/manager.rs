//! A manager: a thread of the pool's program that has a worker, and hands it one task after
//! another.

use super::TaskError;
use super::worker::Worker;
use crate::process::{Process, Start};
use primitives::platform::deadline::Deadline;
use primitives::{Condition, Lock};
use std::collections::VecDeque;
use std::sync::Arc;

/// What the pool shares with its managers.
pub(super) struct Shared {
    pub(super) start: Start,
    /// What each worker is to do first.
    pub(super) initializer: Vec<u8>,
    /// After so many tasks a worker ends, and another takes its place.
    pub(super) most_tasks: usize,
    state: Lock<State>,
    /// There is a task, or there will be none.
    tasks: Condition,
    /// A manager has ended.
    ended: Condition,
}

struct State {
    tasks: VecDeque<Task>,
    /// Why no more are taken.
    refuses: Option<TaskError>,
    /// How many managers have not ended.
    managers: usize,
    /// The workers of the managers that have one.
    workers: Vec<Arc<Process>>,
}

/// What a worker is sent, and what becomes of its answer.
pub(super) struct Task {
    pub(super) calls: Vec<u8>,
    pub(super) done: Done,
}

pub(super) type Done = Box<dyn FnOnce(Result<&[u8], TaskError>) + Send>;

impl Shared {
    pub(super) fn new(start: Start, initializer: Vec<u8>, most_tasks: usize) -> Self {
        let state =
            State { tasks: VecDeque::new(), refuses: None, managers: 0, workers: Vec::new() };
        let (tasks, ended) = (Condition::new(), Condition::new());
        Self { start, initializer, most_tasks, state: Lock::new(state), tasks, ended }
    }

    /// Puts a task into the line.
    pub(super) fn submit(&self, task: Task) -> Result<(), TaskError> {
        let mut state = self.state.lock();
        if let Some(why) = &state.refuses {
            return Err(why.clone());
        }
        state.tasks.push_back(task);
        drop(state);
        self.tasks.notify_one();
        Ok(())
    }

    /// The next task. `None` means that there will be none.
    fn next(&self) -> Option<Task> {
        let mut state = self.state.lock();
        self.tasks
            .wait_while(&mut state, |state| state.tasks.is_empty() && state.refuses.is_none());
        state.tasks.pop_front()
    }

    /// Lets nobody submit any more.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.refuses.get_or_insert(TaskError::Closed);
        drop(state);
        self.tasks.notify_all();
    }

    /// Ends all workers, and the tasks with them, for this reason.
    pub(super) fn end(&self, why: &TaskError) {
        let mut state = self.state.lock();
        state.refuses = Some(why.clone());
        let tasks = std::mem::take(&mut state.tasks);
        state.workers.iter().for_each(|worker| worker.kill());
        drop(state);
        self.tasks.notify_all();
        tasks.into_iter().for_each(|task| (task.done)(Err(why.clone())));
    }

    /// Why the workers are ended, if they are.
    fn is_ended(&self) -> Option<TaskError> {
        let why = self.state.lock().refuses.clone();
        why.filter(|why| *why != TaskError::Closed)
    }

    /// `false` means that `deadline` passed before all managers had ended.
    pub(super) fn join_by(&self, deadline: Deadline) -> bool {
        let mut state = self.state.lock();
        match deadline.instant() {
            None => self.ended.wait_while(&mut state, |state| state.managers > 0),
            Some(deadline) => {
                let wait = |state: &State| state.managers > 0;
                return self.ended.wait_while_until(&mut state, wait, deadline);
            }
        }
        true
    }

    pub(super) fn workers(&self) -> Vec<u32> {
        self.state.lock().workers.iter().map(|one| one.pid()).collect()
    }
}

/// A manager that has not ended.
pub(super) struct Manager(Arc<Shared>);

impl Manager {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        shared.state.lock().managers += 1;
        Self(shared)
    }

    /// Hands tasks to a worker, until there are no more. `tell` hears whether the first worker has
    /// started.
    pub(super) fn manage(self, tell: impl FnOnce(Result<(), TaskError>)) {
        let mut worker = match self.worker() {
            Ok(worker) => worker,
            Err(why) => return tell(Err(why)),
        };
        tell(Ok(()));
        while let Some(task) = self.0.next() {
            if worker.tasks == self.0.most_tasks {
                self.without(worker).end();
                worker = match self.worker() {
                    Ok(worker) => worker,
                    Err(why) => return (task.done)(Err(why)),
                };
            }
            let Some(next) = self.give(worker, task) else { return };
            worker = next;
        }
        self.without(worker).end();
    }

    // ANCHOR: give
    /// Has the worker do a task. Gives the worker for the next one, which is another if this one
    /// has ended, and none if there can be no other.
    fn give(&self, mut worker: Worker, task: Task) -> Option<Worker> {
        // One that has ended between two tasks has not seen this one: another will do it.
        while !worker.process.is_alive() || worker.send(&task.calls).is_err() {
            drop(self.without(worker));
            worker = match self.worker() {
                Ok(worker) => worker,
                Err(why) => {
                    (task.done)(Err(why));
                    return None;
                }
            };
        }
        match worker.answer() {
            Ok(answers) => {
                (task.done)(Ok(&answers));
                Some(worker)
            }
            Err(outcome) => {
                drop(self.without(worker));
                let why = self.0.is_ended().unwrap_or(TaskError::WorkerEnded(outcome));
                // The line is served again before the task's owner hears of it.
                let next = self.worker().ok();
                (task.done)(Err(why));
                next
            }
        }
    }
    // ANCHOR_END: give

    /// A new worker. If there can be none, the pool ends.
    fn worker(&self) -> Result<Worker, TaskError> {
        let worker = match self.0.is_ended() {
            Some(why) => Err(why),
            None => Worker::start(self.0.start, &self.0.initializer),
        };
        let worker = worker.inspect_err(|why| {
            if self.0.is_ended().is_none() {
                self.0.end(why);
            }
        })?;
        let mut state = self.0.state.lock();
        state.workers.push(worker.process.clone());
        // Those that end the pool kill the workers in the list. It was not there yet.
        if state.refuses.as_ref().is_some_and(|why| *why != TaskError::Closed) {
            worker.process.kill();
        }
        drop(state);
        Ok(worker)
    }

    /// The worker, which those that end the pool need not end any more.
    fn without(&self, worker: Worker) -> Worker {
        let mut state = self.0.state.lock();
        state.workers.retain(|one| !Arc::ptr_eq(one, &worker.process));
        worker
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.0.state.lock().managers -= 1;
        self.0.ended.notify_all();
    }
}
