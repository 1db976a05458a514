//! The end of a pipe that messages go into.

use super::{CHUNK, wait_until};
use crate::ends::End;
use crate::message::{self, MessageError};
use primitives::platform::deadline::Deadline;
use rustix::event::PollFlags;
use rustix::io::{Errno, retry_on_intr, writev};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// The end of a pipe that messages go into.
#[derive(Serialize, Deserialize)]
pub struct Sender {
    #[serde(with = "crate::handles")]
    file: End,
    /// A message that a deadline has broken off. Its first `sent` bytes have gone.
    rest: Vec<u8>,
    sent: usize,
}

impl Sender {
    pub(super) fn new(file: End) -> Self {
        Self { file, rest: Vec::new(), sent: 0 }
    }

    /// Sends a value. Waits while the pipe is full.
    ///
    /// # Errors
    ///
    /// [`Closed`](MessageError::Closed) when there is no receiver any more, and
    /// [`Value`](MessageError::Value) when the value cannot be made into bytes. Then nothing was
    /// sent.
    pub fn send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.send_value_by(Some(Deadline::Never), value)
    }

    /// Sends a value if there is room now.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`Full`](MessageError::Full) or
    /// [`Unfinished`](MessageError::Unfinished) where there is no room for all of it.
    pub fn try_send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.send_value_by(None, value)
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
    /// let long = vec![7_u8; 1_000_000];
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
        self.send_value_by(Some(Deadline::After(timeout)), value)
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
        self.send_value_by(Some(Deadline::At(deadline)), value)
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

    fn send_value_by<T: Serialize + ?Sized>(
        &mut self,
        deadline: Option<Deadline>,
        value: &T,
    ) -> Result<(), MessageError> {
        let deadline = deadline.map(Deadline::resolved);
        if !self.flush(deadline)? {
            return Err(MessageError::Full);
        }
        // The memory of the messages before it.
        let mut bytes = message::encode(value, std::mem::take(&mut self.rest))?;
        self.send_bytes_by(deadline, &bytes)?;
        bytes.clear();
        // One message that was long is no reason to keep so much.
        bytes.shrink_to(2 * CHUNK);
        self.rest = bytes;
        Ok(())
    }

    // ANCHOR: send
    /// Without a deadline it is sent now, as far as there is room.
    fn send_bytes_by(
        &mut self,
        deadline: Option<Deadline>,
        bytes: &[u8],
    ) -> Result<(), MessageError> {
        let deadline = deadline.map(Deadline::resolved);
        if !self.flush(deadline)? {
            return Err(MessageError::Full);
        }
        let (header, mut sent) = (message::header(bytes.len()), 0);
        if write_by(&self.file, [&header, bytes], &mut sent, deadline)? {
            return Ok(());
        }
        if sent == 0 {
            // None of it has gone, so it is the caller's again.
            return Err(MessageError::Full);
        }
        (self.rest, self.sent) = ([&header, bytes].concat(), sent);
        Err(MessageError::Unfinished { sent, length: self.rest.len() })
    }

    /// Writes what is left of a message that was broken off. `false` means that the time was up
    /// first.
    fn flush(&mut self, deadline: Option<Deadline>) -> Result<bool, MessageError> {
        if !write_by(&self.file, [&self.rest, &[]], &mut self.sent, deadline)? {
            return Ok(false);
        }
        self.sent = 0;
        self.rest.clear();
        Ok(true)
    }
}

/// Writes both parts but for the bytes that have been sent. `false` means that the time was up
/// first.
fn write_by(
    file: &End,
    [first, second]: [&[u8]; 2],
    sent: &mut usize,
    deadline: Option<Deadline>,
) -> Result<bool, MessageError> {
    // Found at the first wait: most messages need none.
    let mut until = None;
    while *sent < first.len() + second.len() {
        let left = match sent.checked_sub(first.len()) {
            None => [&first[*sent..], second],
            Some(of_second) => [&second[of_second..], &[]],
        };
        match retry_on_intr(|| writev(file, &left.map(IoSlice::new))) {
            Ok(written) => *sent += written,
            Err(Errno::AGAIN) => {
                let Some(deadline) = deadline else { return Ok(false) };
                let until = *until.get_or_insert_with(|| deadline.instant());
                if !wait_until(file, PollFlags::OUT, until)? {
                    return Ok(false);
                }
            }
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Ok(true)
}
// ANCHOR_END: send

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("file", &self.file)
            .field("unfinished", &(self.rest.len() - self.sent))
            .finish()
    }
}
