//! What a worker does, and how it is told.

use super::TaskError;
use crate::function::{self, Registered};
use crate::message::{self, MessageError};
use crate::pipe::{Connection, duplex_pipe};
use crate::process::{Builder, Process, ProcessOutcome, Start};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Calls of one function: its name and their number, and then the arguments of each.
pub(super) fn calls<A: Serialize>(
    function: &'static str,
    arguments: &[A],
) -> Result<Vec<u8>, TaskError> {
    if function::find(function).is_none() {
        return Err(TaskError::NotRegistered(function.to_owned()));
    }
    let calls = message::encode(&(function, arguments.len()), Vec::new())?;
    Ok(arguments.iter().try_fold(calls, |calls, one| message::encode(one, calls))?)
}

/// A worker, as the pool sees it.
pub(super) struct Worker {
    pub(super) process: Arc<Process>,
    line: Connection,
    /// How many tasks it was sent.
    pub(super) tasks: usize,
}

impl Worker {
    /// Starts a worker, and waits until it is ready: it has made the calls of the initializer.
    pub(super) fn start(start: Start, initializer: &[u8]) -> Result<Self, TaskError> {
        let broken = |why: String| TaskError::Broken(why);
        let (mut ours, mut theirs) = duplex_pipe().map_err(|error| broken(error.to_string()))?;
        // Both are this program.
        ours.set_limit(usize::MAX);
        theirs.set_limit(usize::MAX);
        let worker = Builder::new().name("worker").daemon(true);
        let process = worker.start(start, work, (theirs, initializer.to_owned()));
        let process = Arc::new(process.map_err(|error| broken(error.to_string()))?);
        let mut worker = Self { process, line: ours, tasks: 0 };
        match worker.line.recv::<Result<(), TaskError>>() {
            Ok(Ok(())) => Ok(worker),
            Ok(Err(TaskError::Panicked(message))) => {
                Err(broken(format!("the initializer panicked: {message}")))
            }
            Ok(Err(why)) => Err(broken(why.to_string())),
            Err(_) => Err(broken(format!("a worker {} at its start", worker.process.join()))),
        }
    }

    /// Sends a task. If that fails, the worker has not begun with it.
    pub(super) fn send(&mut self, task: &[u8]) -> Result<(), MessageError> {
        self.tasks += 1;
        self.line.send_bytes(task)
    }

    /// Waits for the answer, or for the worker's end.
    pub(super) fn answer(&mut self) -> Result<Vec<u8>, ProcessOutcome> {
        self.line.recv_bytes().map_err(|_| {
            self.process.kill();
            self.process.join()
        })
    }

    /// Lets it end when it has nothing more to do.
    pub(super) fn end(self) {
        drop(self.line);
        self.process.join();
    }
}

// ANCHOR: work
/// Makes the calls that come by the line, until there are no more. The first ones are those of the
/// initializer.
fn work(mut line: Connection, initializer: Vec<u8>) {
    let ready = answers(&initializer);
    let failed = ready != READY;
    if line.send_bytes(&ready).is_err() || failed {
        return;
    }
    while let Ok(calls) = line.recv_bytes() {
        if line.send_bytes(&answers(&calls)).is_err() {
            return;
        }
    }
}
// ANCHOR_END: work

/// The answer of one call that returns nothing.
const READY: &[u8] = &[0];

/// The results of calls, one after another: each is a `Result<R, TaskError>`, for which `R` need
/// not be known here.
fn answers(calls: &[u8]) -> Vec<u8> {
    let calls = message::decode::<(String, usize)>(calls);
    let ((name, count), mut arguments) = calls.expect("it is of this program");
    let registered = function::find(&name).expect("the pool has looked");
    let mut answers = Vec::new();
    for _ in 0..count {
        match result(registered, &mut arguments) {
            Ok(returned) => {
                answers.push(0);
                answers.extend(returned);
            }
            Err(why) => {
                let failed = Err::<(), TaskError>(why);
                answers = message::encode(&failed, answers).expect("it is text and numbers");
            }
        }
    }
    answers
}

/// Makes one call, and takes its arguments off the front.
fn result(registered: &Registered, arguments: &mut &[u8]) -> Result<Vec<u8>, TaskError> {
    match catch_unwind(AssertUnwindSafe(|| (registered.call)(arguments))) {
        Ok(returned) => Ok(returned?),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(TaskError::Panicked(text.unwrap_or_else(|| "no message".to_owned())))
        }
    }
}

/// Does nothing, where no initializer is given.
pub(super) fn nothing() {}

crate::register!(work, nothing);
