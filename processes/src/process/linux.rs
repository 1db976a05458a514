//! Processes as Linux has them.

mod control;
mod fork;
mod server;

pub(super) use control::Control;
pub(super) use fork::fork;
pub(super) use server::fork_by_server;

use super::{ProcessOutcome, StartError, entry};
use crate::ends::End;
use crate::message::MessageError;
use rustix::io::{fcntl_dupfd_cloexec, retry_on_intr};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getppid, kill_process,
    set_parent_process_death_signal, waitid, waitpid,
};
use rustix::stdio::dup2_stdin;
use server::Line;
use std::env::args_os;
use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, exit};

/// A child that was started, whoever its parent is.
pub(super) enum Child {
    /// Ours.
    Own(Pid),
    /// Of the fork server, which waits for it in our place.
    OfServer(Line),
}

/// What a new process is sent: bytes, and the files in them.
pub(super) struct Parcel(Vec<u8>, Vec<End>);

impl Parcel {
    pub(super) fn encode(
        value: &impl serde::Serialize,
        bytes: Vec<u8>,
    ) -> Result<Self, MessageError> {
        let (bytes, files) = crate::handles::encode(value, bytes)?;
        Ok(Self(bytes, files))
    }

    /// Calls `decode` with the bytes, and the files at hand.
    pub(super) fn open<R>(self, decode: impl FnOnce(&[u8]) -> R) -> R {
        crate::handles::with_arrived(self.1, || decode(&self.0))
    }
}

impl Child {
    fn raw(&self) -> Pid {
        match self {
            Self::Own(pid) => *pid,
            Self::OfServer(line) => line.pid(),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.raw().as_raw_nonzero().get().cast_unsigned()
    }

    /// Waits until it has ended, and leaves it a zombie: until it is released its number is its
    /// own, and no other process can be meant by it.
    pub(super) fn wait(&self) -> ProcessOutcome {
        match self {
            Self::Own(pid) => wait(*pid),
            Self::OfServer(line) => line.wait(),
        }
    }

    /// Lets the system forget it. It has ended.
    pub(super) fn release(&self) {
        match self {
            Self::Own(pid) => release(*pid),
            Self::OfServer(line) => line.release(),
        }
    }

    pub(super) fn terminate(&self) -> io::Result<()> {
        Ok(kill_process(self.raw(), Signal::TERM)?)
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        Ok(kill_process(self.raw(), Signal::KILL)?)
    }
}

fn wait(child: Pid) -> ProcessOutcome {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    match retry_on_intr(|| waitid(WaitId::Pid(child), options)) {
        Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => ProcessOutcome::Exited(code),
            (None, Some(signal)) => ProcessOutcome::Killed(signal),
            (None, None) => ProcessOutcome::Lost,
        },
        Ok(None) | Err(_) => ProcessOutcome::Lost,
    }
}

fn release(child: Pid) {
    // That there is none to wait for is as good.
    let _ = retry_on_intr(|| waitpid(Some(child), WaitOptions::empty()));
}

/// Starts this program anew, and sends it the parcel by its standard input.
pub(super) fn spawn(parcel: &Parcel) -> Result<Child, StartError> {
    let (ours, theirs) = Control::pair()?;
    // This very program, also if another has taken its place on the disk by now.
    let child = Command::new("/proc/self/exe")
        .arg0(args_os().next().unwrap_or_default())
        .arg(format!("{}{}", entry::ARGUMENT, std::process::id()))
        .stdin(Stdio::from(OwnedFd::from(theirs.0)))
        .spawn()?;
    let child = Child::Own(Pid::from_raw(child.id().cast_signed()).expect("no process is 0"));
    if let Err(error) = ours.send(&parcel.0, &parcel.1) {
        // It has ended before, or does not listen.
        let _ = child.kill();
        child.release();
        return Err(StartError::Gone(error));
    }
    Ok(child)
}

/// What this process was sent when it was spawned by this parent.
pub(super) fn receive(parent: u32) -> Result<Parcel, MessageError> {
    if !end_with(parent) {
        exit(entry::REFUSED);
    }
    let control = fcntl_dupfd_cloexec(stdin(), 3).map_err(io::Error::from)?;
    // Those that read the standard input find its end, and nobody inherits our line.
    dup2_stdin(File::open("/dev/null")?).map_err(io::Error::from)?;
    let (bytes, files) = Control(End::from(control)).receive(usize::MAX)?;
    Ok(Parcel(bytes, files))
}

// ANCHOR: end_with
/// From here on this process is killed when its parent ends. `false` means that it has ended.
///
/// Linux takes the end of the *thread* that has started this process for the end of the parent. It
/// is the keeper, which does not end before.
pub(super) fn end_with(parent: u32) -> bool {
    let asked = set_parent_process_death_signal(Some(Signal::KILL));
    // If it ended before the line above, this process has another parent by now.
    let now = getppid().map(|pid| pid.as_raw_nonzero().get().cast_unsigned());
    asked.is_ok() && now == Some(parent)
}
// ANCHOR_END: end_with
