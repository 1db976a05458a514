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
//! A message is written by one call, if there is room for it. If it has no more than 4096 bytes, it
//! is never mixed with those of another process that has a copy of the same end. The receiver takes
//! from the system what is there, which may be several messages, and keeps what it was not yet
//! asked for. A message that is longer gets memory of its own, once its length is known:
//! [`recv_bytes`](Receiver::recv_bytes) gives that away, and copies nothing.
//!
//! # When the pipe is full
//!
//! The system keeps 128 KiB for a pipe, or less if its user has many. A sender waits for room, in
//! four forms: for ever, not at all, for a while, or until a moment. If the time is up, there are
//! two cases, and the error tells which:
//!
//! | error | what has gone | what to do |
//! |---|---|---|
//! | [`Full`](crate::MessageError::Full) | nothing | send it again, or leave it |
//! | [`Unfinished`](crate::MessageError::Unfinished) | a part | do not send it again: the sender keeps the rest |
//!
//! The rest goes before the next message, whichever call sends that, or by [`Sender::finish`]. So
//! what comes out is always whole messages in their order. A message of no more than 4096 bytes,
//! with its header, goes as a whole or not at all.
//!
//! When the sender is gone, dropped or ended with its process, [`recv`](Receiver::recv) gives
//! [`Closed`](crate::MessageError::Closed). For that no other process may have a copy of it. An
//! end that is an argument of a new process is moved there, and a process has those ends that it
//! was given and no others: not even if it is forked, when it has copies of all other files.
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
//! | no time limit to `send` | [`Sender::try_send`], [`Sender::send_for`], [`Sender::send_until`] |
//! | `send_bytes(buffer)`, `recv_bytes(maxlength)` | the same; the limit is the receiver's |
//! | `poll()`, `poll(timeout)` | [`Receiver::poll`], which waits for a whole message |
//! | `EOFError` | [`MessageError::Closed`](crate::MessageError::Closed) |
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
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use std::io;
use std::time::Instant;

mod connection;
mod receiver;
mod sender;

pub use connection::Connection;
pub use receiver::Receiver;
pub use sender::Sender;

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
    // Room for a message of 64 KiB with its header. A user with many pipes gets less: then such a
    // message goes in parts.
    let _ = fcntl_setpipe_size(&to, 2 * CHUNK);
    // A sender waits by `poll`, which knows deadlines. The other end still waits in its reads.
    fcntl_setfl(&to, fcntl_getfl(&to)? | OFlags::NONBLOCK)?;
    Ok((Receiver::new(from), Sender::new(to)))
}

/// A pipe with two directions.
///
/// # Errors
///
/// As [`pipe`].
pub fn duplex_pipe() -> io::Result<(Connection, Connection)> {
    let (here, to_here) = pipe()?;
    let (there, to_there) = pipe()?;
    Ok((Connection::new(to_there, here), Connection::new(to_here, there)))
}

/// `false` means that `deadline` passed before the end was ready.
fn wait_until(end: &End, ready: PollFlags, deadline: Option<Instant>) -> io::Result<bool> {
    loop {
        let mut look = [PollFd::new(end, ready)];
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
