//! Files that travel: a field with `#[serde(with = "handles")]` goes with the arguments of a process.
//!
//! The number of an open file means nothing in another process. So the file is put beside the bytes,
//! and the bytes tell its place there.

use crate::message::{self, MessageError};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::os::fd::OwnedFd;

thread_local! {
    /// What travels with the value that this thread encodes.
    static LEAVING: RefCell<Option<Vec<OwnedFd>>> = const { RefCell::new(None) };
    /// What came with the value that this thread decodes.
    static ARRIVED: RefCell<Vec<Option<OwnedFd>>> = const { RefCell::new(Vec::new()) };
}

/// Appends the bytes of a value, and gives the files in it.
pub(crate) fn encode(
    value: &impl Serialize,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Vec<OwnedFd>), MessageError> {
    let outer = LEAVING.replace(Some(Vec::new()));
    let bytes = message::encode(value, bytes);
    let files = LEAVING.replace(outer);
    Ok((bytes?, files.unwrap_or_default()))
}

/// Calls `decode` with these files at hand.
pub(crate) fn with_arrived<R>(files: Vec<OwnedFd>, decode: impl FnOnce() -> R) -> R {
    ARRIVED.set(files.into_iter().map(Some).collect());
    decode()
}

pub(crate) fn serialize<S: Serializer>(file: &OwnedFd, serializer: S) -> Result<S::Ok, S::Error> {
    let place = LEAVING.with_borrow_mut(|leaving| {
        let leaving = leaving.as_mut().ok_or("it can only be an argument of a new process")?;
        leaving.push(file.try_clone().map_err(|_| "no more files can be open")?);
        Ok(leaving.len() as u32 - 1)
    });
    place.map_err(|why: &str| S::Error::custom(why))?.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<OwnedFd, D::Error> {
    let place = u32::deserialize(from)? as usize;
    let file = ARRIVED.with_borrow_mut(|arrived| arrived.get_mut(place).and_then(Option::take));
    file.ok_or_else(|| D::Error::custom("a file that did not come"))
}
