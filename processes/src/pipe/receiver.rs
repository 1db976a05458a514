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
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// How long a message may be if nothing else is said: 64 MiB.
const LIMIT: usize = 1 << 26;

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
    pub(super) fn new(file: End) -> Self {
        Self { file, came: Vec::new(), taken: 0, limit: LIMIT }
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
            if deadline.is_some() && !wait_until(&self.file, PollFlags::IN, deadline)? {
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
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
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
