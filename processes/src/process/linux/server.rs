//! The fork server: a process that was spawned, has one thread, and forks when it is asked to.
//!
//! ```text
//!   keeper ──request, with one end of a line──▶ server ──forks──▶ process
//!     ▲                                           │                  │
//!     └───── by the line: number, then outcome ───┴◀──── ends ───────┘
//! ```
//!
//! The server is the parent of what it forks, so it waits for them in the place of the keepers. A
//! zombie stays until its keeper has closed the line: until then the keeper may send it a signal,
//! and its number must not be that of another process.

use super::super::{Builder, Process, ProcessOutcome, Start, StartError, entry};
use super::fork::copy;
use super::{Child, Control, Parcel, release, wait};
use crate::ends::End;
use crate::message::{self, MessageError};
use primitives::{Lock, LockGuard};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::net::{Shutdown, shutdown};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// The number that a keeper is told if the server cannot fork.
const NOBODY: i32 = 0;

static SERVER: Lock<Option<Server>> = Lock::new(None);

/// The lock of what is known of this process's server.
pub(super) struct Locked(#[allow(dead_code)] LockGuard<'static, Option<Server>>);

pub(super) fn locked() -> Locked {
    Locked(SERVER.lock())
}

struct Server {
    process: Arc<Process>,
    requests: Control,
}

/// A line from the server to a keeper.
pub(crate) struct Line {
    control: Control,
    server: Arc<Process>,
    pid: Pid,
}

/// Lets the server fork. It is spawned if there is none.
pub(crate) fn fork_by_server(parcel: &Parcel) -> Result<Child, StartError> {
    let (control, theirs) = Control::pair()?;
    let mut files = vec![theirs.0];
    for file in &parcel.1 {
        files.push(End::of(file.as_fd())?);
    }
    let server = loop {
        let mut server = SERVER.lock();
        // In a fork it is the server of the parent.
        let is_of_use = |one: &Server| one.process.is_ours() && one.process.is_alive();
        if !server.as_ref().is_some_and(is_of_use) {
            *server = Some(Server::spawn()?);
        }
        let Server { process, requests } = server.as_ref().expect("it was spawned");
        match requests.send(&parcel.0, &files) {
            Ok(()) => break process.clone(),
            // It was killed, and has not seen the request: another will.
            Err(MessageError::Closed) => _ = process.join(),
            Err(error) => return Err(StartError::Gone(error)),
        }
    };
    drop(files);
    let pid = receive::<i32>(&control).map_err(|error| {
        server.join();
        StartError::Gone(error)
    })?;
    let pid = Pid::from_raw(pid).ok_or_else(|| std::io::Error::other("the server cannot fork"))?;
    Ok(Child::OfServer(Line { control, server, pid }))
}

impl Server {
    fn spawn() -> Result<Self, StartError> {
        let (requests, theirs) = Control::pair()?;
        let builder = Builder::new().name("fork server").daemon(true);
        let process = builder.start(Start::Spawn, serve, (theirs,))?;
        Ok(Self { process: Arc::new(process), requests })
    }
}

fn send(line: &Control, value: &impl Serialize) -> Result<(), MessageError> {
    line.send(&message::encode(value, Vec::new())?, &[])
}

fn receive<T: DeserializeOwned>(line: &Control) -> Result<T, MessageError> {
    let (bytes, _) = line.receive(64)?;
    Ok(message::decode(&bytes)?.0)
}

impl Line {
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn wait(&self) -> ProcessOutcome {
        receive(&self.control).unwrap_or_else(|_| {
            // The server is being killed, and the process with it. The next start shall not ask it.
            self.server.join();
            ProcessOutcome::Lost
        })
    }

    pub(super) fn release(&self) {
        let _ = shutdown(&self.control.0, Shutdown::Both);
    }
}

/// A process that the server has forked.
struct Forked {
    pid: Pid,
    line: Control,
    /// Can be read when the process has ended. Closed when the keeper has been told.
    alive: Option<OwnedFd>,
}

crate::register!(serve);

/// What the server does until its parent ends.
fn serve(requests: Control) {
    let mut forked: Vec<Forked> = Vec::new();
    loop {
        let files = forked.iter().map(|one| match &one.alive {
            Some(alive) => alive.as_fd(),
            None => one.line.0.as_fd(),
        });
        let files = std::iter::once(requests.0.as_fd()).chain(files);
        let mut looks: Vec<_> =
            files.map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN)).collect();
        retry_on_intr(|| poll(&mut looks, None)).expect("the files are open");
        let ready: Vec<bool> = looks.iter().map(|one| !one.revents().is_empty()).collect();
        drop(looks);
        let mut ready = ready.into_iter();
        let asked = ready.next() == Some(true);
        forked.retain_mut(|one| ready.next() != Some(true) || one.goes_on());
        if !asked {
            continue;
        }
        let Ok((bytes, files)) = requests.receive(usize::MAX) else { return };
        let mut files = files.into_iter();
        let line = Control(files.next().expect("a request comes with the end of a line"));
        forked.extend(Forked::new(Parcel(bytes, files.collect()), line));
    }
}

impl Forked {
    /// Forks, and tells the keeper.
    fn new(parcel: Parcel, line: Control) -> Option<Self> {
        let forked = copy(parcel, entry::run).ok().and_then(|pid| {
            let alive = pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| {
                let _ = kill_process(pid, Signal::KILL);
                release(pid);
            });
            Some((pid, alive.ok()?))
        });
        let Some((pid, alive)) = forked else {
            let _ = send(&line, &NOBODY);
            return None;
        };
        let _ = send(&line, &pid.as_raw_nonzero().get());
        Some(Self { pid, line, alive: Some(alive) })
    }

    /// `false` means that it is over.
    fn goes_on(&mut self) -> bool {
        match self.alive.take() {
            // It has ended. Where nobody listens any more, the line can be read at once.
            Some(_) => {
                let _ = send(&self.line, &wait(self.pid));
                true
            }
            None => {
                release(self.pid);
                false
            }
        }
    }
}
