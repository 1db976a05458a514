//! The end of a pipe that messages go into.

use super::{CHUNK, wait_until};
use crate::ends::End;
use crate::message::{self, HEADER, MessageError};
use primitives::platform::deadline::Deadline;
use rustix::event::PollFlags;
use rustix::io::{Errno, retry_on_intr, write};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// The end of a pipe that messages go into.
#[derive(Serialize, Deserialize)]
pub struct Sender {
    #[serde(with = "crate::handles")]
    file: End,
    /// The message that is being sent, or that a deadline has broken off. Its first `sent` bytes
    /// have gone.
    message: Vec<u8>,
    sent: usize,
}

impl Sender {
    pub(super) fn new(file: End) -> Self {
        Self { file, message: Vec::new(), sent: 0 }
    }

    /// Sends a value. Waits while the pipe is full.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more, and
    /// [`Value`](MessageError::Value) when the value cannot be made into bytes. Then nothing was
    /// sent.
    pub fn send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.send_by(Some(Deadline::Never), |bytes| message::encode(value, bytes))
    }

    /// Sends a value if there is room now.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`Full`](MessageError::Full) or
    /// [`Unfinished`](MessageError::Unfinished) where there is no room for all of it.
    pub fn try_send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.send_by(None, |bytes| message::encode(value, bytes))
    }

    /// Sends a value, but waits no longer than `timeout`. One too long for the clock means for
    /// ever.
    ///
    /// ```
    /// use processes::{MessageError, pipe};
    /// use std::time::Duration;
    ///
    /// let (mut receiver, mut sender) = pipe()?;
    /// // Nobody reads yet, and a pipe has no room for so much.
    /// let long = vec![7_u8; 100_000];
    /// let late = sender.send_for(&long, Duration::from_millis(10));
    /// assert!(matches!(late, Err(MessageError::Unfinished { .. })));
    /// let reader = std::thread::spawn(move || receiver.recv::<Vec<u8>>());
    /// assert!(sender.finish(Duration::MAX)?);
    /// assert_eq!(reader.join().unwrap()?, long);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), if there is no room in time.
    pub fn send_for<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        timeout: Duration,
    ) -> Result<(), MessageError> {
        self.send_by(Some(Deadline::After(timeout)), |bytes| message::encode(value, bytes))
    }

    /// Sends a value, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), if there is no room in time.
    pub fn send_until<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        deadline: Instant,
    ) -> Result<(), MessageError> {
        self.send_by(Some(Deadline::At(deadline)), |bytes| message::encode(value, bytes))
    }

    /// Sends bytes as they are. Waits while the pipe is full.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.send_bytes_by(Some(Deadline::Never), bytes)
    }

    /// Sends bytes as they are, if there is room now.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send).
    pub fn try_send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.send_bytes_by(None, bytes)
    }

    /// Sends bytes as they are, but waits no longer than `timeout`. One too long for the clock
    /// means for ever.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), if there is no room in time.
    pub fn send_bytes_for(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), MessageError> {
        self.send_bytes_by(Some(Deadline::After(timeout)), bytes)
    }

    /// Sends bytes as they are, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), if there is no room in time.
    pub fn send_bytes_until(
        &mut self,
        bytes: &[u8],
        deadline: Instant,
    ) -> Result<(), MessageError> {
        self.send_bytes_by(Some(Deadline::At(deadline)), bytes)
    }

    /// Waits no longer than `timeout` until the rest of a message has gone that a deadline has
    /// broken off. `true` means that nothing is left, as it is if none was broken off. A timeout
    /// too long for the clock means for ever.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more.
    pub fn finish(&mut self, timeout: Duration) -> Result<bool, MessageError> {
        self.flush(Some(Deadline::After(timeout)))
    }

    fn send_bytes_by(
        &mut self,
        deadline: Option<Deadline>,
        bytes: &[u8],
    ) -> Result<(), MessageError> {
        self.send_by(deadline, |mut message| {
            message.extend_from_slice(bytes);
            Ok(message)
        })
    }

    // ANCHOR: send
    /// Without a deadline it is sent now, as far as there is room.
    fn send_by(
        &mut self,
        deadline: Option<Deadline>,
        fill: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, MessageError>,
    ) -> Result<(), MessageError> {
        let deadline = deadline.map(Deadline::resolved);
        if !self.flush(deadline)? {
            return Err(MessageError::Full);
        }
        let mut message = std::mem::take(&mut self.message);
        message.extend_from_slice(&message::header(0));
        let mut message = fill(message)?;
        let length = message.len() - HEADER;
        message[..HEADER].copy_from_slice(&message::header(length));
        self.message = message;
        let done = self.flush(deadline);
        if self.sent == 0 {
            // None of it has gone, so it is the caller's again.
            self.message.clear();
        }
        match (done?, self.sent) {
            (true, _) => Ok(()),
            (false, 0) => Err(MessageError::Full),
            (false, sent) => Err(MessageError::Unfinished { sent, length: self.message.len() }),
        }
    }

    /// Writes what is left of the message. `false` means that the time was up first.
    fn flush(&mut self, deadline: Option<Deadline>) -> Result<bool, MessageError> {
        // Found at the first wait: most messages need none.
        let mut until = None;
        while self.sent < self.message.len() {
            match retry_on_intr(|| write(&self.file, &self.message[self.sent..])) {
                Ok(written) => self.sent += written,
                Err(Errno::AGAIN) => {
                    let Some(deadline) = deadline else { return Ok(false) };
                    let until = *until.get_or_insert_with(|| deadline.instant());
                    if !wait_until(&self.file, PollFlags::OUT, until)? {
                        return Ok(false);
                    }
                }
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        self.sent = 0;
        self.message.clear();
        // One message that was long is no reason to keep so much.
        self.message.shrink_to(CHUNK);
        Ok(true)
    }
    // ANCHOR_END: send
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("file", &self.file)
            .field("unfinished", &(self.message.len() - self.sent))
            .finish()
    }
}
