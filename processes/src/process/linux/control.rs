//! The line by which a new process gets to know what it is for.

use crate::ends::End;
use crate::message::{self, HEADER, MessageError};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

/// How many files go with one message at most: so many Linux takes.
const MOST_FILES: usize = 253;

/// One end of the line. It carries messages, and open files with them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Control(#[serde(with = "crate::handles")] pub(crate) End);

impl Control {
    /// Both ends.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (unix, stream) = (AddressFamily::UNIX, SocketType::STREAM);
        let (one, other) = End::pair(|| socketpair(unix, stream, SocketFlags::CLOEXEC, None))?;
        Ok((Self(one), Self(other)))
    }

    /// Sends a message, and files with it.
    pub(crate) fn send(&self, bytes: &[u8], files: &[End]) -> Result<(), MessageError> {
        if files.len() > MOST_FILES {
            return Err(MessageError::System(Errno::TOOBIG.into()));
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let files: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        if !files.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&files));
        }
        let header = message::header(bytes.len());
        // The files are tied to the header. It is short: it goes whole, or not at all.
        let flags = SendFlags::NOSIGNAL;
        let header = [IoSlice::new(&header)];
        retry(|| sendmsg(&self.0, &header, &mut ancillary, flags))?;
        Ok(Write::write_all(&mut &self.0, bytes)?)
    }

    /// Receives a message of at most `limit` bytes, and the files that came with it.
    pub(crate) fn receive(&self, limit: usize) -> Result<(Vec<u8>, Vec<End>), MessageError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut header = [0; HEADER];
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::WAITALL;
        let came =
            retry(|| recvmsg(&self.0, &mut [IoSliceMut::new(&mut header)], &mut ancillary, flags))?;
        let files = ancillary.drain().flat_map(|one| match one {
            RecvAncillaryMessage::ScmRights(files) => files.map(End::from).collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let files = files.collect();
        match came.bytes {
            0 => Err(MessageError::Closed),
            HEADER => Ok((message::read_rest(&self.0, &header, limit)?, files)),
            got => Err(MessageError::Truncated { got }),
        }
    }
}

/// A signal that has a handler may cut a call short.
fn retry<T>(call: impl FnMut() -> Result<T, Errno>) -> io::Result<T> {
    Ok(rustix::io::retry_on_intr(call)?)
}
