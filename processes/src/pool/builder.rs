//! How a pool comes to be.

use super::manager::{Manager, Shared};
use super::{ProcessPool, TaskError, worker};
use crate::function::{Function, name_of};
use crate::process::Start;
use serde::Serialize;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

/// What a pool is to be.
#[derive(Clone, Debug)]
pub struct PoolBuilder {
    workers: usize,
    start: Start,
    initializer: Result<Vec<u8>, TaskError>,
    most_tasks: usize,
}

impl PoolBuilder {
    /// A pool of so many workers, which are spawned.
    ///
    /// # Panics
    ///
    /// When `workers` is 0.
    pub fn new(workers: usize) -> Self {
        assert!(workers > 0, "a pool without workers runs nothing");
        let initializer = worker::calls(name_of(&worker::nothing), &[()]);
        Self { workers, start: Start::Spawn, initializer, most_tasks: usize::MAX }
    }

    /// How workers are started.
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// What each worker calls before it does tasks.
    pub fn initializer<F, A>(self, function: F, arguments: A) -> Self
    where
        F: Function<A, Output = ()>,
        A: Serialize,
    {
        Self { initializer: worker::calls(name_of(&function), &[arguments]), ..self }
    }

    /// After how many tasks a worker ends, and another takes its place.
    ///
    /// # Panics
    ///
    /// When `most` is 0.
    #[doc(alias = "maxtasksperchild")]
    pub fn tasks_a_worker(self, most: usize) -> Self {
        assert!(most > 0, "a worker that does no task is of no use");
        Self { most_tasks: most, ..self }
    }

    /// Starts the workers, and waits until all are ready.
    ///
    /// # Errors
    ///
    /// [`Broken`](TaskError::Broken) when a worker cannot be started, or its initializer panics;
    /// [`NotRegistered`](TaskError::NotRegistered) and [`NotSent`](TaskError::NotSent) if the
    /// initializer, or its arguments, are at fault.
    pub fn build(self) -> Result<ProcessPool, TaskError> {
        let shared = Arc::new(Shared::new(self.start, self.initializer?, self.most_tasks));
        let pool = ProcessPool { shared: shared.clone(), starter: std::process::id() };
        let (told, hears) = channel();
        for number in 0..self.workers {
            let (manager, told) = (Manager::new(shared.clone()), told.clone());
            let manage = move || manager.manage(|started| _ = told.send(started));
            let thread = thread::Builder::new().name(format!("manager-{number}")).spawn(manage);
            thread.map_err(|error| TaskError::Broken(error.to_string()))?;
        }
        hears.iter().take(self.workers).collect::<Result<(), TaskError>>()?;
        Ok(pool)
    }
}
