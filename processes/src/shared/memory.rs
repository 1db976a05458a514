//! Memory that several processes have.
//!
//! It begins with a header, by which a process that opens it knows that it is what it takes it for:
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | the letters `ILVSHMEM`, written last: until then nothing else is there for certain |
//! | 8–11 | the version of this layout |
//! | 12–15 | nothing |
//! | 16–23 | the [shape](Shareable::SHAPE) of the value's type |
//! | 24–31 | how many bytes the value has |
//! | 32–39 | how many bytes there are behind it |
//! | 64– | the value |

use super::platform::robust;
use super::shareable::Shareable;
use crate::handles;
use memmap2::MmapRaw;
use rustix::fs::{MemfdFlags, Mode, SealFlags, fcntl_add_seals, fstat, ftruncate, memfd_create};
use rustix::shm::{self, OFlags};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

const MAGIC: u64 = u64::from_le_bytes(*b"ILVSHMEM");
const VERSION: u32 = 2;

#[repr(C, align(64))]
struct Header {
    magic: AtomicU64,
    version: u32,
    shape: u64,
    size: u64,
    room: u64,
}

/// A value in memory that several processes have.
///
/// Memory without a name comes to a child made by `fork` by itself, and goes to a process that is
/// started anew as an argument. It is gone with the last process that has it, also if they are
/// killed.
///
/// Memory with a [name](Self::create) can be [opened](Self::open) by any program of the same user.
/// Its name goes when the process that made it drops it. If that process is killed, the name stays,
/// as a file in `/dev/shm`.
///
/// What is in it has to be [`Shareable`]. All programs that open it are trusted: they can write
/// anywhere in it. The value is never dropped.
///
/// ```
/// use processes::{SharedLock, SharedMemory};
///
/// let counter = SharedMemory::new(SharedLock::new(0))?;
/// *counter.lock().unwrap() += 1;
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
#[doc(alias = "multiprocessing.shared_memory.SharedMemory")]
#[doc(alias = "mmap")]
pub struct SharedMemory<T: Shareable> {
    map: ManuallyDrop<MmapRaw>,
    file: OwnedFd,
    /// The name to remove, and by which process.
    name: Option<(String, u32)>,
    value: PhantomData<T>,
}

impl<T: Shareable> SharedMemory<T> {
    const VALUE: usize = size_of::<Header>().next_multiple_of(align_of::<T>());
    const ROOM: usize = Self::VALUE + size_of::<T>();

    /// Memory without a name, with this value in it.
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError::System`] when there is no memory, or no file left to open.
    pub fn new(value: T) -> Result<Self, SharedMemoryError> {
        Self::with_room(value, 0)
    }

    /// The same, and so many bytes behind it, which are zero. The system finds memory for them when
    /// they are first written.
    pub(crate) fn with_room(value: T, room: usize) -> Result<Self, SharedMemoryError> {
        let file = memfd_create("interleave", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let memory = Self::fill(file, value, room)?;
        // Nobody shall make it shorter: memory behind the end of a file kills those that look at
        // it.
        fcntl_add_seals(&memory.file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(memory)
    }

    /// Memory of that name, with this value in it.
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError::System`] when there is memory of that name already, when the name is
    /// empty or has a slash in it, or when there is no memory.
    pub fn create(name: &str, value: T) -> Result<Self, SharedMemoryError> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR;
        let file = shm::open(path(name)?, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| {
            let error = io::Error::from(errno);
            if error.kind() == ErrorKind::AlreadyExists {
                let advice = format!(
                    "there is shared memory of the name `{name}` already: open it, or if the \
                     program that made it was killed, remove the file /dev/shm/{name}"
                );
                return io::Error::new(ErrorKind::AlreadyExists, advice);
            }
            error
        })?;
        let mut memory = Self::fill(file, value, 0)?;
        memory.name = Some((name.to_owned(), process::id()));
        Ok(memory)
    }

    /// The memory that some process has [created](Self::create) under that name.
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError`] when there is none, or it is not what it should be.
    pub fn open(name: &str) -> Result<Self, SharedMemoryError> {
        Self::from_file(shm::open(path(name)?, OFlags::RDWR, Mode::empty())?)
    }

    fn fill(file: OwnedFd, value: T, room: usize) -> Result<Self, SharedMemoryError> {
        let length = Self::ROOM.checked_add(room).ok_or(ErrorKind::OutOfMemory)?;
        ftruncate(&file, length as u64)?;
        let memory = Self::map(file)?;
        let header = memory.map.as_mut_ptr().cast::<Header>();
        // SAFETY: the mapping is long enough and aligned to a page, nobody else knows of the value,
        // and nobody believes the header before its magic is written, which is an atomic.
        unsafe {
            memory.map.as_mut_ptr().add(Self::VALUE).cast::<T>().write(value);
            (&raw mut (*header).version).write(VERSION);
            (&raw mut (*header).shape).write(T::SHAPE);
            (&raw mut (*header).size).write(size_of::<T>() as u64);
            (&raw mut (*header).room).write(room as u64);
            // Release: a process that finds the magic finds the rest.
            (*header).magic.store(MAGIC, Release);
        }
        Ok(memory)
    }

    /// The same memory once more, for another owner: an argument of a process is one.
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError::System`] when no further file can be open.
    pub fn try_clone(&self) -> Result<Self, SharedMemoryError> {
        Self::map(self.file.try_clone()?)
    }

    /// The memory that is in this file.
    pub(crate) fn from_file(file: OwnedFd) -> Result<Self, SharedMemoryError> {
        let length = fstat(&file)?.st_size as u64;
        if length < size_of::<Header>() as u64 {
            return Err(SharedMemoryError::Unfinished);
        }
        let memory = Self::map(file)?;
        // SAFETY: the mapping is as long as a header and aligned to a page. Any bytes are a header.
        // Once the magic is there, nobody writes it.
        let header = unsafe { &*memory.map.as_ptr().cast::<Header>() };
        // Acquire: with the magic the rest is there.
        match header.magic.load(Acquire) {
            MAGIC => {}
            0 => return Err(SharedMemoryError::Unfinished),
            _ => return Err(SharedMemoryError::NotSharedMemory),
        }
        if header.version != VERSION {
            let found = header.version;
            return Err(SharedMemoryError::WrongVersion { found, wanted: VERSION });
        }
        if (header.shape, header.size) != (T::SHAPE, size_of::<T>() as u64) {
            let (found, wanted) = (header.size, size_of::<T>() as u64);
            return Err(SharedMemoryError::WrongType { found, wanted });
        }
        match (Self::ROOM as u64).checked_add(header.room) {
            Some(wanted) if wanted == length => Ok(memory),
            wanted => {
                let wanted = wanted.unwrap_or(u64::MAX);
                Err(SharedMemoryError::WrongLength { found: length, wanted })
            }
        }
    }

    fn map(file: OwnedFd) -> Result<Self, SharedMemoryError> {
        const { assert!(align_of::<T>() <= 4096, "a mapping is aligned to a page") };
        let map = ManuallyDrop::new(MmapRaw::map_raw(&file)?);
        Ok(Self { map, file, name: None, value: PhantomData })
    }

    /// The bytes behind the value.
    pub(crate) fn room(&self) -> *mut [u8] {
        let length = self.map.len() - Self::ROOM;
        // SAFETY: the mapping has all these bytes: it was made so, or looked at when it was opened.
        let start = unsafe { self.map.as_mut_ptr().add(Self::ROOM) };
        std::ptr::slice_from_raw_parts_mut(start, length)
    }
}

/// The name as the system wants it.
fn path(name: &str) -> io::Result<String> {
    if name.is_empty() || name.contains(['/', '\0']) {
        let advice = "a name of shared memory is not empty and has no slash in it";
        return Err(io::Error::new(ErrorKind::InvalidInput, advice));
    }
    Ok(format!("/{name}"))
}

impl<T: Shareable> Deref for SharedMemory<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the value was written by its maker, and this mapping, which is long enough and
        // aligned, was checked to be of its type. Any bytes are a value of it, and it is shared by
        // threads as its type allows.
        unsafe { &*self.map.as_ptr().add(Self::VALUE).cast::<T>() }
    }
}

impl<T: Shareable> Drop for SharedMemory<T> {
    fn drop(&mut self) {
        if robust::may_unmap() {
            // SAFETY: nobody borrows from the memory any more, and it is dropped once.
            unsafe { ManuallyDrop::drop(&mut self.map) };
        }
        if let Some((name, maker)) = &self.name
            && *maker == process::id()
        {
            // It may have been removed by hand.
            let _ = shm::unlink(format!("/{name}"));
        }
    }
}

/// As an argument of a process: there it is the same memory, without a name to remove.
impl<T: Shareable> Serialize for SharedMemory<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        handles::serialize(&self.file, to)
    }
}

impl<'de, T: Shareable> Deserialize<'de> for SharedMemory<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_file(handles::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl<T: Shareable + fmt::Debug> fmt::Debug for SharedMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedMemory").field(&**self).finish()
    }
}

/// Why there is no shared memory.
#[derive(Debug)]
#[non_exhaustive]
pub enum SharedMemoryError {
    /// The system says no.
    System(io::Error),
    /// What is there was not made by this library.
    NotSharedMemory,
    /// The process that makes it is not done yet, or was killed before it was.
    Unfinished,
    /// It was made by another version of this library.
    WrongVersion {
        /// Its version.
        found: u32,
        /// The version of this library.
        wanted: u32,
    },
    /// It was made for a value of another type.
    WrongType {
        /// How many bytes that value has.
        found: u64,
        /// How many bytes a value of the type has that was asked for.
        wanted: u64,
    },
    /// It is not as long as its header says: something has cut it off, or added to it.
    WrongLength {
        /// How many bytes there are.
        found: u64,
        /// How many there should be.
        wanted: u64,
    },
}

impl fmt::Display for SharedMemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => error.fmt(f),
            Self::NotSharedMemory => f.write_str("this is no shared memory of this library"),
            Self::Unfinished => f.write_str(
                "the shared memory is not complete: the process that makes it is not done yet, or \
                 was killed, and then its file in /dev/shm has to be removed",
            ),
            Self::WrongVersion { found, wanted } => write!(
                f,
                "the shared memory has version {found} and this program version {wanted}: build \
                 both programs with the same version of the library"
            ),
            Self::WrongType { found, wanted } => write!(
                f,
                "the shared memory has a value of another type, of {found} bytes and not of \
                 {wanted}: both programs must name the same type"
            ),
            Self::WrongLength { found, wanted } => write!(
                f,
                "the shared memory has {found} bytes and not {wanted}: something has cut it off, \
                 or added to it"
            ),
        }
    }
}

impl Error for SharedMemoryError {}

impl From<io::Error> for SharedMemoryError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<ErrorKind> for SharedMemoryError {
    fn from(kind: ErrorKind) -> Self {
        Self::System(kind.into())
    }
}

impl From<rustix::io::Errno> for SharedMemoryError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::System(errno.into())
    }
}
