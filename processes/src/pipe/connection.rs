//! One end of a pipe with two directions.

use super::{Receiver, Sender};
use crate::message::MessageError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, Instant};

/// One end of a pipe with two directions: a sender and a receiver.
#[derive(Serialize, Deserialize)]
pub struct Connection {
    sender: Sender,
    receiver: Receiver,
}

impl Connection {
    pub(super) fn new(sender: Sender, receiver: Receiver) -> Self {
        Self { sender, receiver }
    }

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

    /// As [`Sender::try_send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MessageError> {
        self.sender.try_send(value)
    }

    /// As [`Sender::send_for`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_for<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        timeout: Duration,
    ) -> Result<(), MessageError> {
        self.sender.send_for(value, timeout)
    }

    /// As [`Sender::send_until`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_until<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        deadline: Instant,
    ) -> Result<(), MessageError> {
        self.sender.send_until(value, deadline)
    }

    /// As [`Sender::send_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.sender.send_bytes(bytes)
    }

    /// As [`Sender::try_send_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send_bytes(&mut self, bytes: &[u8]) -> Result<(), MessageError> {
        self.sender.try_send_bytes(bytes)
    }

    /// As [`Sender::send_bytes_for`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_bytes_for(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), MessageError> {
        self.sender.send_bytes_for(bytes, timeout)
    }

    /// As [`Sender::send_bytes_until`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_bytes_until(
        &mut self,
        bytes: &[u8],
        deadline: Instant,
    ) -> Result<(), MessageError> {
        self.sender.send_bytes_until(bytes, deadline)
    }

    /// As [`Sender::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn finish(&mut self, timeout: Duration) -> Result<bool, MessageError> {
        self.sender.finish(timeout)
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

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("sender", &self.sender)
            .field("receiver", &self.receiver)
            .finish()
    }
}
