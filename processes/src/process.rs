//! A process: a program with memory of its own, to be started, asked and joined as Python's
//! `multiprocessing.Process`.
//!
//! Use it for work that must not be hurt by what other work does to its memory, or that must be
//! ended from outside: a process can be killed at any moment, a thread cannot. For work that shares
//! what it works on, threads are simpler.
//!
//! # Three ways to start
//!
//! | way | the new process | where |
//! |---|---|---|
//! | [`Start::Spawn`] | the same program, started anew: it has what it is given, and nothing else | everywhere |
//! | [`Start::Fork`] | a copy of this one, as it is now, with one thread | Linux |
//! | [`Start::ForkServer`] | a copy of a process that was spawned for this, and has one thread only | Linux |
//!
//! A fork is quick. But it copies locks that other threads hold, and in the copy nobody will ever
//! release them: see [`fork`](Start::Fork). A spawn has no such surprises, and takes
//! longer. The fork server is spawned once, and then forks without surprises.
//!
//! # No zombies, no orphans
//!
//! ```text
//!   start ──▶ keeper, a thread ──starts──▶ process
//!                    │                        │
//!                    ◀──────── ends ──────────┘
//!                    │ takes note of how it ended, wakes those that join
//! ```
//!
//! A thread of this process, the *keeper*, starts the other one and waits for its end. So a process
//! that has ended is never left as a zombie, whether somebody joins it or not.
//!
//! When the parent ends, in whichever way, its processes are killed. On Linux the kernel does it:
//! it takes the end of the *thread* that has started a process for the end of the parent, and the
//! keeper ends after its process only. Elsewhere a thread in the new process watches a pipe that
//! closes.
//!
//! # Coming from Python
//!
//! | `multiprocessing` | here |
//! |---|---|
//! | `Process(target=f, args=(x,))`, `start()` | [`Process::start`], with `f` and `(x,)` |
//! | `name=`, `daemon=` | [`Builder`] |
//! | `set_start_method`, `get_context` | the [`Start`] that each start is given |
//! | `if __name__ == "__main__":`, `freeze_support()` | [`init`] at the top of `main` |
//! | `pid`, `name`, `is_alive()`, `exitcode` | the same, [`exit_code`](Process::exit_code) |
//! | `join()`, `join(timeout)` | [`join`](Process::join) in four forms, which say how it ended |
//! | `terminate()`, `kill()` | the same |
//! | `current_process().name` | [`current_name`] |
//! | an exception in the child: exit code 1 | a panic: exit code 101 |
//!
//! They differ in this, on purpose:
//!
//! | | `multiprocessing.Process` | here |
//! |---|---|---|
//! | the handle is dropped | nothing; the program waits at its end | a daemon is killed, for others the drop waits |
//! | the parent is killed | its children go on | they are killed too |
//! | a child that has ended | a zombie until it is joined, or the next is started | is gone at once |
//! | a daemon may start processes | no | yes: they end with it |
//!
//! # Example
//!
//! ```
//! use processes::{Process, ProcessOutcome, Start};
//!
//! fn greet(name: String) {
//!     println!("hello, {name}");
//! }
//! processes::register!(greet);
//!
//! fn main() {
//!     processes::init();
//!     let child = Process::start(Start::Spawn, greet, ("Ann".to_owned(),)).unwrap();
//!     assert_eq!(child.join(), ProcessOutcome::Exited(0));
//! }
//! ```

mod entry;
mod errors;
mod keeper;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

pub use entry::{current_name, init};
pub use errors::StartError;

#[cfg(target_os = "linux")]
use crate::message;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "linux")]
use linux::Parcel;
#[cfg(not(target_os = "linux"))]
use portable as system;

use crate::function::{self, Function};
use keeper::Kept;
use primitives::platform::deadline::Deadline;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How a process is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Start {
    /// The program is started anew, and calls the function by its name. The function must be
    /// [registered](crate::register), and `main` must begin with [`init`].
    Spawn,
    /// This process is copied as it is, with one thread, which calls the function.
    ///
    /// What other threads were about to do stays half done in the copy. A lock that one of them
    /// holds stays held there for ever, and a process that asks for it waits for ever. So fork
    /// before there are threads, or use in the new process only what is made there. The thread that
    /// calls this counts as another: it is the keeper that forks.
    ///
    /// There may be locks of which you do not know. Those of the allocator, of the standard output
    /// and of this library are in order.
    #[cfg(target_os = "linux")]
    Fork,
    /// A process that was spawned before, and has no other threads, is copied. It is spawned with
    /// the first such start. The function must be [registered](crate::register), and `main` must
    /// begin with [`init`].
    #[cfg(target_os = "linux")]
    ForkServer,
}

impl Start {
    /// All that this system has.
    pub const ALL: &[Self] = &[
        Self::Spawn,
        #[cfg(target_os = "linux")]
        Self::Fork,
        #[cfg(target_os = "linux")]
        Self::ForkServer,
    ];
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProcessOutcome {
    /// By itself, with this exit code: 0 if its function returned, 101 if it panicked.
    Exited(i32),
    /// By this signal.
    Killed(i32),
    /// Nobody knows. Another part of the program has waited for all children, or lets the system
    /// forget them by ignoring `SIGCHLD`; or the fork server was killed, and this process with it.
    Lost,
}

impl fmt::Display for ProcessOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "ended with exit code {code}"),
            Self::Killed(signal) => write!(f, "was killed by signal {signal}"),
            Self::Lost => f.write_str("ended in a way that the system did not tell"),
        }
    }
}

/// What a process is to be, apart from its function.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    name: Option<String>,
    daemon: bool,
}

impl Builder {
    /// A process with a name like `Process-1`, and no daemon.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name, for [`Process::name`] here and [`current_name`] there.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Whether it is a daemon: it is killed when its handle is dropped. For another the drop waits.
    pub fn daemon(self, daemon: bool) -> Self {
        Self { daemon, ..self }
    }

    /// As [`Process::start`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn start<F, A>(self, start: Start, function: F, arguments: A) -> Result<Process, StartError>
    where
        F: Function<A, Output = ()>,
        A: Serialize + DeserializeOwned + Send + 'static,
    {
        static NAMED: AtomicUsize = AtomicUsize::new(0);
        let next = || format!("Process-{}", NAMED.fetch_add(1, Relaxed) + 1);
        let name = self.name.unwrap_or_else(next);
        let kept = match start {
            Start::Spawn => {
                let parcel = entry::parcel(&name, function::name_of(&function), &arguments)?;
                keeper::keep(&name, move || system::spawn(&parcel))?
            }
            #[cfg(target_os = "linux")]
            Start::Fork => {
                let parcel =
                    Parcel::encode(&arguments, Vec::new()).map_err(StartError::Arguments)?;
                let named = name.clone();
                let call = move |bytes: &[u8]| {
                    entry::call(named, || {
                        let (arguments, _) = message::decode(bytes)?;
                        function.call_with(arguments);
                        Ok(())
                    })
                };
                keeper::keep(&name, move || system::fork(parcel, |parcel| parcel.open(call)))?
            }
            #[cfg(target_os = "linux")]
            Start::ForkServer => {
                let parcel = entry::parcel(&name, function::name_of(&function), &arguments)?;
                keeper::keep(&name, move || system::fork_by_server(&parcel))?
            }
        };
        Ok(Process { name, daemon: self.daemon, kept, starter: std::process::id() })
    }
}

/// A process that was started. See the [module](self) for how it works.
///
/// Dropping it kills a daemon, and waits for the end of another.
#[doc(alias = "multiprocessing.Process")]
#[must_use = "dropping it at once waits for the end of the process"]
pub struct Process {
    name: String,
    daemon: bool,
    kept: Arc<Kept>,
    /// The process that has the keeper. A fork of it has a copy of this handle, and no keeper.
    starter: u32,
}

impl Process {
    /// Starts a process that calls `function`, and ends.
    ///
    /// The arguments are a tuple: `(x,)` where there is one. They are moved: what is among them,
    /// such as one end of a `pipe`, the new process has and this one has no more.
    ///
    /// # Errors
    ///
    /// [`StartError`]: the function is not registered, [`init`] was not called, an argument cannot
    /// be sent, or the system refuses another process.
    pub fn start<F, A>(start: Start, function: F, arguments: A) -> Result<Self, StartError>
    where
        F: Function<A, Output = ()>,
        A: Serialize + DeserializeOwned + Send + 'static,
    {
        Builder::new().start(start, function, arguments)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number that the system has given it. When it has ended, another process may get it.
    pub fn pid(&self) -> u32 {
        self.kept.pid()
    }

    /// Whether it is killed when this is dropped.
    pub fn is_daemon(&self) -> bool {
        self.daemon
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        self.try_join().is_none()
    }

    /// Its exit code if it has ended. If a signal has killed it, the number of that, negative, as
    /// in Python.
    #[doc(alias = "exitcode")]
    pub fn exit_code(&self) -> Option<i32> {
        match self.try_join()? {
            ProcessOutcome::Exited(code) => Some(code),
            ProcessOutcome::Killed(signal) => Some(-signal),
            ProcessOutcome::Lost => None,
        }
    }

    /// Waits until it has ended, and says how.
    ///
    /// # Panics
    ///
    /// In a fork of the process that has started it, unless it had ended before the fork: only the
    /// starter hears of the end. So it is with all forms.
    pub fn join(&self) -> ProcessOutcome {
        self.join_by(Deadline::Never).expect("without a deadline nobody gives up")
    }

    /// How it has ended, if it has.
    pub fn try_join(&self) -> Option<ProcessOutcome> {
        self.join_by(Deadline::After(Duration::ZERO))
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `None` means that it has not
    /// ended. A timeout too long for the clock means for ever.
    #[must_use = "`None` means that the process has not ended"]
    pub fn join_for(&self, timeout: Duration) -> Option<ProcessOutcome> {
        self.join_by(Deadline::After(timeout))
    }

    /// As [`join_for`](Self::join_for), but gives up at `deadline`.
    #[must_use = "`None` means that the process has not ended"]
    pub fn join_until(&self, deadline: Instant) -> Option<ProcessOutcome> {
        self.join_by(Deadline::At(deadline))
    }

    fn join_by(&self, deadline: Deadline) -> Option<ProcessOutcome> {
        let outcome = self.kept.outcome();
        if outcome.is_some() {
            return outcome;
        }
        assert!(self.is_ours(), "only the process that has started {} hears of its end", self.name);
        self.kept.wait_by(deadline)
    }

    /// Asks it to end, by `SIGTERM`. Elsewhere than on Linux it is killed. Nothing happens if it
    /// has ended.
    pub fn terminate(&self) {
        self.kept.terminate();
    }

    /// Ends it at once. What it holds in shared memory stays as it is. Nothing happens if it has
    /// ended.
    pub fn kill(&self) {
        self.kept.kill();
    }

    fn is_ours(&self) -> bool {
        self.starter == std::process::id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_ours() {
            if self.daemon {
                self.kill();
            }
            self.join();
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("name", &self.name)
            .field("pid", &self.pid())
            .field("daemon", &self.daemon)
            .field("outcome", &self.kept.outcome())
            .finish_non_exhaustive()
    }
}
