//! A pipe: messages from one process to another.
//!
//! Use it between two processes that know each other. Between many that hand work on, a queue is
//! better.
//!
//! # How it works
//!
//! A pipe of the system carries bytes, and knows nothing of messages. So each message has a header
//! that says how long it is:
//!
//! ```text
//!   Sender ──▶ header, value, header, value, ... ──▶ Receiver
//! ```
//!
//! A message is written by one call. If it has no more than 4096 bytes, it is never mixed with
//! those of another process that has a copy of the same end. The receiver takes from the system
//! what is there, which may be several messages, and keeps what it was not yet asked for.
//!
//! When the sender is gone, dropped or ended with its process, [`recv`](Receiver::recv) gives
//! [`Closed`](MessageError::Closed). For that no other process may have a copy of it. An end that
//! is an argument of a new process is moved there, and a process has those ends that it was given
//! and no others: not even if it is forked, when it has copies of all other files.
//!
//! # What a peer may do
//!
//! The bytes come from another process, which may be of another version, be killed in the middle of
//! a message, or wish us ill. All this is an error and nothing else: nothing is read past, the
//! memory that is taken grows with what has come, up to a [limit](Receiver::set_limit), and
//! [`poll`](Receiver::poll) tells whether a whole message is there, so that one that sends half of
//! it and stops keeps nobody waiting. After an error that is not `Closed` there is no telling where
//! the next message begins: all calls that follow give an error too.
//!
//! # Coming from Python
//!
//! | `multiprocessing` | here |
//! |---|---|
//! | `Pipe(duplex=False)` | [`pipe`], whose ends are of two types |
//! | `Pipe()` | [`duplex_pipe`] |
//! | `send(object)`, `recv()` | [`Sender::send`], [`Receiver::recv`], with types that serde knows |
//! | `send_bytes(buffer)`, `recv_bytes(maxlength)` | the same; the limit is the receiver's |
//! | `poll()`, `poll(timeout)` | [`Receiver::poll`], which waits for a whole message |
//! | `EOFError` | [`MessageError::Closed`] |
//! | `close()` | drop it |
//! | `conn.send(other_conn)` | an end is an argument of a new process, and no message |
//! | the parent must close the child's end itself | it has been moved |
//!
//! # Example
//!
//! ```
//! use processes::{Connection, MessageError, Process, Start, duplex_pipe};
//!
//! fn double(mut line: Connection) {
//!     while let Ok(number) = line.recv::<u64>() {
//!         line.send(&(2 * number)).unwrap();
//!     }
//! }
//! processes::register!(double);
//!
//! fn main() {
//!     processes::init();
//!     let (mut ours, theirs) = duplex_pipe().unwrap();
//!     let child = Process::start(Start::Spawn, double, (theirs,)).unwrap();
//!     ours.send(&21_u64).unwrap();
//!     assert_eq!(ours.recv::<u64>().unwrap(), 42);
//!     drop(ours);
//!     child.join();
//! }
//! ```

use crate::ends::End;
use crate::message::{self, HEADER, MessageError};
use primitives::platform::deadline::Deadline;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{read, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long a message may be if nothing else is said: 64 MiB.
const LIMIT: usize = 1 << 26;

/// How much is taken from the system at once.
const CHUNK: usize = 1 << 16;

/// A pipe with one direction.
///
/// # Errors
///
/// When the system has no more files.
#[doc(alias = "Pipe")]
pub fn pipe() -> io::Result<(Receiver, Sender)> {
    let (from, to) = End::pair(|| pipe_with(PipeFlags::CLOEXEC))?;
    let receiver = Receiver { file: from, came: Vec::new(), taken: 0, limit: LIMIT };
    Ok((receiver, Sender { file: to, message: Vec::new() }))
}

/// A pipe with two directions.
///
/// # Errors
///
/// As [`pipe`].
pub fn duplex_pipe() -> io::Result<(Connection, Connection)> {
    let (here, to_here) = pipe()?;
    let (there, to_there) = pipe()?;
    let ours = Connection { sender: to_there, receiver: here };
    Ok((ours, Connection { sender: to_here, receiver: there }))
}

/// The end of a pipe that messages go into.
#[derive(Serialize, Deserialize)]
pub struct Sender {
    #[serde(with = "crate::handles")]
    file: End,
    /// Memory for the next message.
    #[serde(skip)]
    message: Vec<u8>,
}

impl Sender {
    /// Sends a value. Waits while the pipe is full.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more, and
    /// [`Value`](MessageError::Value) when the value cannot be made into bytes. Then nothing was
    /// sent.
    pub fn send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.send_with(|bytes| message::encode(value, bytes))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.send_with(|mut message| {
            message.extend_from_slice(bytes);
            Ok(message)
        })
    }

    fn send_with(
        &mut self,
        fill: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, MessageError>,
    ) -> Result<(), MessageError> {
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        message.extend_from_slice(&message::header(0));
        let mut message = fill(message)?;
        let length = message.len() - HEADER;
        message[..HEADER].copy_from_slice(&message::header(length));
        (&mut &self.file).write_all(&message)?;
        if message.capacity() <= CHUNK {
            self.message = message;
        }
        Ok(())
    }
}

/// The end of a pipe that messages come out of.
#[derive(Serialize, Deserialize)]
pub struct Receiver {
    #[serde(with = "crate::handles")]
    file: End,
    /// What has come. The first `taken` bytes have been given to the caller.
    came: Vec<u8>,
    taken: usize,
    limit: usize,
}

impl Receiver {
    /// Takes no messages of more than `limit` bytes. Without this it is 64 MiB.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Waits for a message, and gives its value.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there are no more messages and nobody is left to send
    /// one, and every other [`MessageError`] when what came is not a message. If it is a message,
    /// and not of a `T`, it is gone, and the next can be received.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T, MessageError> {
        self.recv_with(|bytes| match message::decode(bytes)? {
            (value, []) => Ok(value),
            // One that is shorter than what was sent is another type's.
            _ => Err(MessageError::Value(postcard::Error::DeserializeBadEncoding)),
        })
    }

    /// Waits for a message, and gives its bytes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), but for the value.
    pub fn recv_bytes(&mut self) -> Result<Vec<u8>, MessageError> {
        self.recv_with(|bytes| Ok(bytes.to_vec()))
    }

    /// Waits no longer than `timeout` until a whole message is there, or an error. `true` means
    /// that the next call that receives does not wait. A timeout too long for the clock means for
    /// ever.
    ///
    /// # Errors
    ///
    /// When the system says no. What else goes wrong, the call that receives tells.
    pub fn poll(&mut self, timeout: Duration) -> Result<bool, MessageError> {
        match self.fill_by(Deadline::After(timeout)) {
            Ok(whole) => Ok(whole.is_some()),
            Err(MessageError::System(error)) => Err(MessageError::System(error)),
            Err(_) => Ok(true),
        }
    }

    fn recv_with<R>(
        &mut self,
        decode: impl FnOnce(&[u8]) -> Result<R, MessageError>,
    ) -> Result<R, MessageError> {
        let length = self.fill_by(Deadline::Never)?.expect("without a deadline nobody gives up");
        let start = self.taken + HEADER;
        self.taken = start + length;
        let value = decode(&self.came[start..self.taken]);
        if self.taken == self.came.len() {
            self.taken = 0;
            self.came.clear();
            // One message that was long is no reason to keep so much.
            self.came.shrink_to(2 * CHUNK);
        }
        value
    }

    // ANCHOR: fill
    /// Waits until a whole message is there, and says how long it is. `None` means that `deadline`
    /// passed first; what has come by then is kept.
    fn fill_by(&mut self, deadline: Deadline) -> Result<Option<usize>, MessageError> {
        let deadline = deadline.instant();
        loop {
            let came = self.came.len() - self.taken;
            let mut wanted = HEADER;
            if let Some(header) = self.came[self.taken..].first_chunk() {
                let length = message::length(header, self.limit)?;
                if came >= HEADER + length {
                    return Ok(Some(length));
                }
                wanted += length;
            }
            if deadline.is_some() && !self.wait_until(deadline)? {
                return Ok(None);
            }
            // What was given away makes room. Memory grows with what comes, not with what a header
            // promises.
            self.came.drain(..std::mem::take(&mut self.taken));
            self.came.reserve((wanted - came).clamp(CHUNK, self.came.len() + CHUNK));
            let got = retry_on_intr(|| read(&self.file, spare_capacity(&mut self.came)));
            match (got.map_err(io::Error::from)?, came) {
                (0, 0) => return Err(MessageError::Closed),
                (0, got) => return Err(MessageError::Truncated { got }),
                _ => {}
            }
        }
    }
    // ANCHOR_END: fill

    /// `false` means that `deadline` passed before there was something to read.
    fn wait_until(&self, deadline: Option<Instant>) -> io::Result<bool> {
        loop {
            let mut look = [PollFd::new(&self.file, PollFlags::IN)];
            let rest = deadline.map(|one| one.saturating_duration_since(Instant::now()));
            // One too long for the system is as good as none.
            let rest = rest.and_then(|rest| Timespec::try_from(rest).ok());
            match poll(&mut look, rest.as_ref()) {
                Ok(ready) => return Ok(ready > 0),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// One end of a pipe with two directions: a sender and a receiver.
#[derive(Serialize, Deserialize)]
pub struct Connection {
    sender: Sender,
    receiver: Receiver,
}

impl Connection {
    /// The two directions, for two threads.
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }

    /// As [`Sender::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.sender.send(value)
    }

    /// As [`Sender::send_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.sender.send_bytes(bytes)
    }

    /// As [`Receiver::recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<T, MessageError> {
        self.receiver.recv()
    }

    /// As [`Receiver::recv_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_bytes(&mut self) -> Result<Vec<u8>, MessageError> {
        self.receiver.recv_bytes()
    }

    /// As [`Receiver::poll`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll(&mut self, timeout: Duration) -> Result<bool, MessageError> {
        self.receiver.poll(timeout)
    }

    /// As [`Receiver::set_limit`].
    pub fn set_limit(&mut self, limit: usize) {
        self.receiver.set_limit(limit);
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("file", &self.file)
            .field("bytes", &(self.came.len() - self.taken))
            .field("limit", &self.limit)
            .finish()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("sender", &self.sender)
            .field("receiver", &self.receiver)
            .finish()
    }
}
