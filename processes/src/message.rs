//! A message: a header that says what it is and how long, and a value.
//!
//! | bytes | what |
//! |---|---|
//! | 0–3 | the letters `ILVM`: something else was never a message of ours |
//! | 4–7 | the version of this layout |
//! | 8–15 | how many bytes follow |
//!
//! Numbers have their lowest byte first. A reader looks at all three before it takes any memory, so
//! a peer that is broken, of another version or hostile gets an error and no more than the limit.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, ErrorKind, Read};

const MAGIC: [u8; 4] = *b"ILVM";
const VERSION: u32 = 1;

/// How many bytes a header has.
pub(crate) const HEADER: usize = 16;

/// Why a message was not sent, or not received.
#[derive(Debug)]
pub enum MessageError {
    /// There are no more messages: the other end is closed. For one that sends: nobody will read.
    Closed,
    /// The pipe was full until the time was up. Nothing of the message was sent.
    Full,
    /// The time was up in the middle of the message. Its rest goes before the next one, or by
    /// [`finish`](crate::Sender::finish): do not send it again.
    Unfinished {
        /// How many bytes of the message, with its header, have gone.
        sent: usize,
        /// How many it has.
        length: usize,
    },
    /// The other end was closed, or killed, in the middle of a message.
    Truncated {
        /// How many bytes of the message, with its header, had come.
        got: usize,
    },
    /// The message is longer than this end takes.
    TooLong {
        /// How many bytes it has.
        length: u64,
        /// How many are taken.
        limit: usize,
    },
    /// What came does not begin as a message does.
    NotAMessage,
    /// The message is of another version of this library.
    WrongVersion {
        /// Which version it is of.
        found: u32,
        /// Which version this is.
        wanted: u32,
    },
    /// The value cannot be made into bytes, or the bytes are not of such a value.
    Value(postcard::Error),
    /// The system says no.
    System(io::Error),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the other end is closed"),
            Self::Full => f.write_str("the pipe is full"),
            Self::Unfinished { sent, length } => write!(
                f,
                "the time was up after {sent} of {length} bytes of a message: the rest goes before \
                 the next one, do not send it again"
            ),
            Self::Truncated { got } => {
                write!(f, "the other end was closed after {got} bytes of a message")
            }
            Self::TooLong { length, limit } => {
                write!(f, "a message of {length} bytes, where at most {limit} are taken")
            }
            Self::NotAMessage => f.write_str("what came does not begin as a message does"),
            Self::WrongVersion { found, wanted } => write!(
                f,
                "a message of version {found}, where this program has version {wanted}: build both \
                 ends from the same version"
            ),
            Self::Value(error) => write!(f, "no bytes of such a value: {error}"),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MessageError {}

impl From<io::Error> for MessageError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Self::Closed,
            _ => Self::System(error),
        }
    }
}

/// The header of a message of so many bytes.
pub(crate) fn header(length: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&VERSION.to_le_bytes());
    header[8..].copy_from_slice(&(length as u64).to_le_bytes());
    header
}

/// How many bytes follow a header.
pub(crate) fn length(header: &[u8; HEADER], limit: usize) -> Result<usize, MessageError> {
    let [m0, m1, m2, m3, v0, v1, v2, v3, length @ ..] = *header;
    if [m0, m1, m2, m3] != MAGIC {
        return Err(MessageError::NotAMessage);
    }
    let found = u32::from_le_bytes([v0, v1, v2, v3]);
    if found != VERSION {
        return Err(MessageError::WrongVersion { found, wanted: VERSION });
    }
    let length = u64::from_le_bytes(length);
    let fits = usize::try_from(length).ok().filter(|length| *length <= limit);
    fits.ok_or(MessageError::TooLong { length, limit })
}

/// Appends the bytes of a value.
pub(crate) fn encode<T: Serialize + ?Sized>(
    value: &T,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, MessageError> {
    postcard::to_extend(value, bytes).map_err(MessageError::Value)
}

/// The value that the bytes begin with, and the rest of them.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), MessageError> {
    postcard::take_from_bytes(bytes).map_err(MessageError::Value)
}

/// Reads what follows a header.
pub(crate) fn read_rest(
    mut from: impl Read,
    header: &[u8; HEADER],
    limit: usize,
) -> Result<Vec<u8>, MessageError> {
    let length = length(header, limit)?;
    let mut bytes = Vec::new();
    // Memory grows with what comes, not with what the header promises.
    let got = from.by_ref().take(length as u64).read_to_end(&mut bytes)?;
    if got < length {
        return Err(MessageError::Truncated { got: HEADER + got });
    }
    Ok(bytes)
}
