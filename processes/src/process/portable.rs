//! Processes as every system has them.

use super::{ProcessOutcome, StartError, entry};
use crate::message::{self, HEADER, MessageError};
use primitives::Lock;
use shared_child::SharedChild;
use std::env::current_exe;
use std::io::{self, ErrorKind, Read, Write, sink, stdin};
use std::process::{ChildStdin, Command, Stdio, exit};
use std::thread;

/// A child that was started.
pub(super) struct Child {
    child: SharedChild,
    /// Closed by the end of this process, whatever ends it: then the child ends too.
    alive: Lock<Option<ChildStdin>>,
}

/// What a new process is sent.
pub(super) struct Parcel(Vec<u8>);

impl Parcel {
    pub(super) fn encode(
        value: &impl serde::Serialize,
        bytes: Vec<u8>,
    ) -> Result<Self, MessageError> {
        message::encode(value, bytes).map(Self)
    }

    /// Calls `decode` with the bytes.
    pub(super) fn open<R>(self, decode: impl FnOnce(&[u8]) -> R) -> R {
        decode(&self.0)
    }
}

impl Child {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended.
    pub(super) fn wait(&self) -> ProcessOutcome {
        match self.child.wait().map(|status| status.code()) {
            Ok(Some(code)) => ProcessOutcome::Exited(code),
            Ok(None) | Err(_) => ProcessOutcome::Lost,
        }
    }

    /// Its number is kept as long as there is a handle, and nobody is killed in its place.
    pub(super) fn release(&self) {
        *self.alive.lock() = None;
    }

    pub(super) fn terminate(&self) -> io::Result<()> {
        self.kill()
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        self.child.kill()
    }
}

/// Starts this program anew, and sends it the parcel by its standard input.
pub(super) fn spawn(parcel: &Parcel) -> Result<Child, StartError> {
    let mut command = Command::new(current_exe()?);
    command.arg(format!("{}{}", entry::ARGUMENT, std::process::id())).stdin(Stdio::piped());
    let child = SharedChild::spawn(&mut command)?;
    let mut line = child.take_stdin().expect("it was asked for");
    if let Err(error) = write(&mut line, &parcel.0) {
        // It has ended before, or does not listen.
        let _ = child.kill();
        let _ = child.wait();
        return Err(StartError::Gone(error));
    }
    Ok(Child { child, alive: Lock::new(Some(line)) })
}

/// What this process was sent when it was spawned.
pub(super) fn receive(_parent: u32) -> Result<Parcel, MessageError> {
    let bytes = read(stdin().lock(), usize::MAX)?;
    // Nothing more comes, until the parent ends.
    thread::spawn(|| {
        let _ = io::copy(&mut stdin().lock().by_ref(), &mut sink());
        exit(entry::REFUSED);
    });
    Ok(Parcel(bytes))
}

/// Writes a message.
fn write(mut to: impl Write, bytes: &[u8]) -> Result<(), MessageError> {
    to.write_all(&message::header(bytes.len()))?;
    Ok(to.write_all(bytes)?)
}

/// Reads a message.
fn read(mut from: impl Read, limit: usize) -> Result<Vec<u8>, MessageError> {
    let mut header = [0; HEADER];
    let mut got = 0;
    while got < HEADER {
        match from.read(&mut header[got..]) {
            Ok(0) if got == 0 => return Err(MessageError::Closed),
            Ok(0) => return Err(MessageError::Truncated { got }),
            Ok(more) => got += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    message::read_rest(from, &header, limit)
}
