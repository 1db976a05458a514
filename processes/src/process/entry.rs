//! What a new process does first.

use super::StartError;
use super::system::{self, Parcel};
use crate::function;
use crate::message::{self, MessageError};
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::ptr::null_mut;
use std::sync::atomic::{
    AtomicBool, AtomicPtr,
    Ordering::{Acquire, Relaxed, Release},
};

/// The argument by which a new process knows that it is one. Its parent's number follows.
pub(super) const ARGUMENT: &str = "--process-of=";

/// The exit code of a process whose function has panicked: that of a Rust program that panics.
pub(super) const PANICKED: i32 = 101;

/// The exit code of a process that could not begin.
pub(super) const REFUSED: i32 = 2;

static INITIALISED: AtomicBool = AtomicBool::new(false);

/// The name of this process, which lives for ever: a fork sets it, and may wait for no lock.
static NAME: AtomicPtr<String> = AtomicPtr::new(null_mut());

/// What a new process is told before its arguments.
#[derive(Serialize, Deserialize)]
struct Job {
    name: String,
    function: String,
}

/// Lets this program be started anew by [`Start::Spawn`](crate::Start::Spawn) and
/// [`Start::ForkServer`](crate::Start::ForkServer). Call it at the top of `main`.
///
/// In the program that a user starts, it returns at once. In a process that this program has
/// started, it calls the function that the process is for, and ends the process: what follows in
/// `main` never runs there.
///
/// A test that starts processes needs a `main` of its own, with `harness = false` in the manifest.
/// In one that the compiler has written, no process starts, and [`StartError::NotInitialised`] says
/// why.
pub fn init() {
    INITIALISED.store(true, Relaxed);
    let first = std::env::args_os().nth(1).unwrap_or_default();
    let Some(parent) = first.to_str().and_then(|first| first.strip_prefix(ARGUMENT)) else {
        return;
    };
    let parent = parent.parse().unwrap_or(0);
    let parcel = system::receive(parent).map_err(StartError::Arguments);
    exit(parcel.and_then(run).unwrap_or_else(refuse));
}

/// A new process says why it could not begin.
pub(super) fn refuse(why: StartError) -> i32 {
    eprintln!("a process could not begin: {why}");
    REFUSED
}

/// Calls the function that this process is for. Gives its exit code.
pub(super) fn run(parcel: Parcel) -> Result<i32, StartError> {
    parcel.open(|bytes| {
        let (Job { name, function }, mut arguments) =
            message::decode(bytes).map_err(StartError::Arguments)?;
        let Some(registered) = function::find(&function) else {
            return Err(StartError::NotRegistered(function));
        };
        call(name, || (registered.call)(&mut arguments).map(drop))
    })
}

/// Makes the call that this process is for. Gives its exit code.
pub(super) fn call(
    name: String,
    call: impl FnOnce() -> Result<(), MessageError>,
) -> Result<i32, StartError> {
    NAME.store(Box::into_raw(Box::new(name)), Release);
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(called) => called.map(|()| 0).map_err(StartError::Arguments),
        // The panic has been printed.
        Err(_) => Ok(PANICKED),
    }
}

/// The name of this process: the one that it was started with, or `MainProcess`.
pub fn current_name() -> &'static str {
    // SAFETY: a name that was set is never freed. Acquire: it was written before it was set.
    unsafe { NAME.load(Acquire).as_ref() }.map_or("MainProcess", String::as_str)
}

/// What a process is sent that is to call a function. Where it could not begin, none is started.
pub(super) fn parcel(
    name: &str,
    function: &str,
    arguments: &impl Serialize,
) -> Result<Parcel, StartError> {
    if !INITIALISED.load(Relaxed) {
        return Err(StartError::NotInitialised);
    }
    if function::find(function).is_none() {
        return Err(StartError::NotRegistered(function.to_owned()));
    }
    let job = Job { name: name.to_owned(), function: function.to_owned() };
    let bytes = message::encode(&job, Vec::new());
    bytes.and_then(|bytes| Parcel::encode(arguments, bytes)).map_err(StartError::Arguments)
}
