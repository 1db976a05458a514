//! The end of a pipe that messages come out of.

use super::{CHUNK, wait_until};
use crate::ends::End;
use crate::message::{self, HEADER, MessageError};
use primitives::platform::deadline::Deadline;
use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::io::{read, retry_on_intr};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// How long a message may be if nothing else is said: 64 MiB.
const LIMIT: usize = 1 << 26;

/// How much is taken from the system before the length of a message is known.
const AHEAD: usize = 1 << 13;

/// The end of a pipe that messages come out of.
#[derive(Serialize, Deserialize)]
pub struct Receiver {
    #[serde(with = "crate::handles")]
    file: End,
    /// What has come. The first `taken` bytes have been given to the caller.
    came: Vec<u8>,
    taken: usize,
    /// The message that comes after these, if it has begun.
    long: Option<Long>,
    limit: usize,
}

/// A message that had not come as a whole when its header was read. It has memory of its own, which
/// the caller may get as it is.
#[derive(Serialize, Deserialize)]
struct Long {
    length: usize,
    came: Vec<u8>,
}

impl Receiver {
    pub(super) fn new(file: End) -> Self {
        Self { file, came: Vec::new(), taken: 0, long: None, limit: LIMIT }
    }

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
        match message::decode(&self.recv_message()?)? {
            (value, []) => Ok(value),
            // One that is shorter than what was sent is another type's.
            _ => Err(MessageError::Value(postcard::Error::DeserializeBadEncoding)),
        }
    }

    /// Waits for a message, and gives its bytes.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), but for the value.
    pub fn recv_bytes(&mut self) -> Result<Vec<u8>, MessageError> {
        Ok(self.recv_message()?.into_owned())
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
            Ok(whole) => Ok(whole),
            Err(MessageError::System(error)) => Err(MessageError::System(error)),
            Err(_) => Ok(true),
        }
    }

    fn recv_message(&mut self) -> Result<Cow<'_, [u8]>, MessageError> {
        assert!(self.fill_by(Deadline::Never)?, "without a deadline nobody gives up");
        if let Some(mut long) = self.long.take() {
            // There may have been more room than was asked for.
            self.came.extend(long.came.drain(long.length..));
            return Ok(Cow::Owned(long.came));
        }
        let length = self.next_length()?.expect("it is there");
        let start = self.taken + HEADER;
        self.taken = start + length;
        Ok(Cow::Borrowed(&self.came[start..self.taken]))
    }

    /// How long the message is whose header comes next, if all of that is there.
    fn next_length(&self) -> Result<Option<usize>, MessageError> {
        let header = self.came[self.taken..].first_chunk();
        header.map(|header| message::length(header, self.limit)).transpose()
    }

    // ANCHOR: fill
    /// Waits until a whole message is there. `false` means that `deadline` passed first; what has
    /// come by then is kept.
    fn fill_by(&mut self, deadline: Deadline) -> Result<bool, MessageError> {
        let deadline = deadline.instant();
        loop {
            if let Some(long) = &self.long {
                if long.came.len() >= long.length {
                    return Ok(true);
                }
            } else if let Some(length) = self.next_length()? {
                let value = &self.came[self.taken + HEADER..];
                if value.len() >= length {
                    return Ok(true);
                }
                let mut came = Vec::with_capacity(length.min(CHUNK));
                came.extend_from_slice(value);
                self.long = Some(Long { length, came });
                self.taken = self.came.len();
            }
            if deadline.is_some() && !wait_until(&self.file, PollFlags::IN, deadline)? {
                return Ok(false);
            }
            self.read()?;
        }
    }

    /// Takes from the system what is there.
    fn read(&mut self) -> Result<(), MessageError> {
        // What was given away makes room.
        self.came.drain(..std::mem::take(&mut self.taken));
        let (room, before) = match &mut self.long {
            None => {
                self.came.reserve(AHEAD - self.came.len());
                (&mut self.came, 0)
            }
            Some(Long { length, came }) => {
                // Memory grows with what comes, not with what a header promises.
                came.reserve_exact((*length - came.len()).min(CHUNK.max(came.len())));
                (came, HEADER)
            }
        };
        let before = before + room.len();
        let got = retry_on_intr(|| read(&self.file, spare_capacity(room)));
        match (got.map_err(io::Error::from)?, before) {
            (0, 0) => Err(MessageError::Closed),
            (0, got) => Err(MessageError::Truncated { got }),
            _ => Ok(()),
        }
    }
    // ANCHOR_END: fill
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_long = self.long.as_ref().map_or(0, |long| long.came.len());
        f.debug_struct("Receiver")
            .field("file", &self.file)
            .field("bytes", &(self.came.len() - self.taken + of_long))
            .field("limit", &self.limit)
            .finish()
    }
}
