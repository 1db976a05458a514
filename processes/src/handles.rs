//! Files that travel: a field with `#[serde(with = "handles")]` goes with the arguments of a
//! process.
//!
//! The number of an open file means nothing in another process. So the file is put beside the
//! bytes, and the bytes tell its place there. The field is an [`End`], or an `OwnedFd` if forks may
//! have it too.

use crate::ends::End;
use crate::message::{self, MessageError};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::os::fd::AsFd;

thread_local! {
    /// What travels with the value that this thread encodes.
    static LEAVING: RefCell<Option<Vec<End>>> = const { RefCell::new(None) };
    /// What came with the value that this thread decodes.
    static ARRIVED: RefCell<Vec<Option<End>>> = const { RefCell::new(Vec::new()) };
}

/// Appends the bytes of a value, and gives the files in it.
pub(crate) fn encode(
    value: &impl Serialize,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Vec<End>), MessageError> {
    let outer = LEAVING.replace(Some(Vec::new()));
    let bytes = message::encode(value, bytes);
    let files = LEAVING.replace(outer);
    Ok((bytes?, files.unwrap_or_default()))
}

/// Calls `decode` with these files at hand.
pub(crate) fn with_arrived<R>(files: Vec<End>, decode: impl FnOnce() -> R) -> R {
    ARRIVED.set(files.into_iter().map(Some).collect());
    decode()
}

pub(crate) fn serialize<S: Serializer>(file: &impl AsFd, to: S) -> Result<S::Ok, S::Error> {
    let place = LEAVING.with_borrow_mut(|leaving| {
        let leaving = leaving.as_mut().ok_or("it can only be an argument of a new process")?;
        leaving.push(End::of(file.as_fd()).map_err(|_| "no more files can be open")?);
        Ok(leaving.len() as u32 - 1)
    });
    place.map_err(|why: &str| S::Error::custom(why))?.serialize(to)
}

pub(crate) fn deserialize<'de, D, F>(from: D) -> Result<F, D::Error>
where
    D: Deserializer<'de>,
    F: From<End>,
{
    let place = u32::deserialize(from)? as usize;
    let file = ARRIVED.with_borrow_mut(|arrived| arrived.get_mut(place).and_then(Option::take));
    file.map(F::from).ok_or_else(|| D::Error::custom("a file that did not come"))
}
