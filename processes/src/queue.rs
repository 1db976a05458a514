//! A queue between processes: items go through shared memory, in the order in which they came.
//!
//! Use it where several processes make items and several take them, and none is to be lost when one
//! of them is killed. For two processes that talk to each other take a pipe.
//!
//! # How it works
//!
//! The memory has a fixed number of places. An item is made into bytes before the queue is locked,
//! and made from bytes after it was unlocked. Under the lock the bytes are copied, and nothing
//! else. The order of the steps is in `shared/ring.rs`, with what a death does at each of them.
//!
//! serde makes a `Vec<u8>` into bytes one by one. [`ProcessQueue::put_bytes`] and
//! [`ProcessQueue::get_bytes`] copy them as a whole.
//!
//! # When a process is killed
//!
//! | where it was | what happens |
//! |---|---|
//! | it waited | nothing |
//! | in a put that has not returned | the item is there as a whole, or not at all: it was never acknowledged |
//! | after a put has returned | the item stays |
//! | in a get that has not returned | the item is there for others, or is gone with it |
//! | after a get has returned | the item is gone with it |
//!
//! [`ProcessQueue::broken_puts`] counts the items that were half written, and
//! [`ProcessQueue::last_death`] names the process. A consumer that says [`ProcessQueue::task_done`]
//! after each item lets [`ProcessQueue::unfinished`] count those that went with a consumer.
//!
//! # Coming from Python
//!
//! | `multiprocessing.Queue` | here |
//! |---|---|
//! | `Queue(3)` | [`ProcessQueue::bounded`]; there is none without a bound |
//! | `put(item)`, `put(item, timeout=s)` | [`ProcessQueue::put`], [`ProcessQueue::put_for`], [`ProcessQueue::put_until`] |
//! | `put_nowait(item)` | [`ProcessQueue::try_put`] |
//! | `get()`, `get(timeout=s)`, `get_nowait()` | [`ProcessQueue::get`], [`ProcessQueue::get_for`], [`ProcessQueue::get_until`], [`ProcessQueue::try_get`] |
//! | pickled items alone | bytes as they are: [`ProcessQueue::put_bytes`], [`ProcessQueue::get_bytes`] |
//! | `queue.Full`, `queue.Empty` | [`PutError::Full`], [`GetError::Empty`] |
//! | `put` returns before the item is in the pipe | the item is in the queue, or there is an error |
//! | a process that is killed in a `put` or `get` may leave the queue unusable | never |
//! | `close()` ends this process's use of it | [`ProcessQueue::close`] ends it for all |
//! | `JoinableQueue.task_done()` | [`ProcessQueue::task_done`] |

use crate::shareable;
use crate::shared::SharedMemory;
use crate::shared::SharedMemoryError;
use crate::shared::platform::deadline::Deadline;
use crate::shared::ring::{Refused, Ring, Side};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// How many bytes an item may have if nothing else is said.
const USUAL_LIMIT: usize = 64 * 1024;

shareable! {
    struct Head {
        ring: Ring,
        /// How many bytes an item may have.
        limit: u64,
    }
}

/// A queue between processes. See the [module](self) for how it works.
#[doc(alias = "multiprocessing.Queue")]
pub struct ProcessQueue<T> {
    memory: SharedMemory<Head>,
    item: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> ProcessQueue<T> {
    /// A queue of at most `capacity` items, each of which has at most 64 KiB when it is made into
    /// bytes.
    ///
    /// ```
    /// use processes::{ProcessQueue, queue::PutError};
    ///
    /// let queue = ProcessQueue::bounded(1)?;
    /// queue.put("Ann".to_owned())?;
    /// let refused = queue.try_put("Ben".to_owned());
    /// assert!(matches!(refused, Err(PutError::Full(item)) if item == "Ben"));
    /// assert_eq!(queue.get()?, "Ann");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError::System`] when there is no memory.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0.
    pub fn bounded(capacity: usize) -> Result<Self, SharedMemoryError> {
        Self::with_limit(capacity, USUAL_LIMIT)
    }

    /// A queue of at most `capacity` items, each of which has at most `limit` bytes. The system
    /// finds memory for a place when it is first used for so long an item.
    ///
    /// # Errors
    ///
    /// As [`bounded`](Self::bounded).
    ///
    /// # Panics
    ///
    /// When `capacity` is 0.
    pub fn with_limit(capacity: usize, limit: usize) -> Result<Self, SharedMemoryError> {
        assert!(capacity > 0, "a queue with no room");
        let head = Head { ring: Ring::new(capacity as u64), limit: limit as u64 };
        let room = stride(limit).and_then(|stride| stride.checked_mul(capacity));
        let memory = SharedMemory::with_room(head, room.unwrap_or(usize::MAX))?;
        Ok(Self { memory, item: PhantomData })
    }

    /// The same queue once more, for another owner: an argument of a process is one.
    ///
    /// # Errors
    ///
    /// [`SharedMemoryError::System`] when no further file can be open.
    pub fn try_clone(&self) -> Result<Self, SharedMemoryError> {
        Ok(Self { memory: self.memory.try_clone()?, item: PhantomData })
    }

    /// Waits for room and puts the item.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, when the queue is closed, also if that happens while it waits,
    /// or when the item cannot be made into so many bytes at most.
    #[doc(alias = "send")]
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        self.put_by(item, Some(Deadline::Never))
    }

    /// Puts the item if there is room now.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and [`PutError::Full`].
    #[doc(alias = "put_nowait")]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        self.put_by(item, None)
    }

    /// Waits for room and puts the item, but waits no longer than `timeout`. One too long for the
    /// clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`try_put`](Self::try_put), if it stays full.
    pub fn put_for(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
        self.put_by(item, Some(Deadline::After(timeout)))
    }

    /// Waits for room and puts the item, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_put`](Self::try_put), if it stays full.
    pub fn put_until(&self, item: T, deadline: Instant) -> Result<(), PutError<T>> {
        self.put_by(item, Some(Deadline::At(deadline)))
    }

    /// Waits for an item and takes it.
    ///
    /// # Errors
    ///
    /// [`GetError::Closed`] when the queue is closed and empty, also if that happens while it
    /// waits; [`GetError::Malformed`] when what was put is not of this type.
    #[doc(alias = "recv")]
    pub fn get(&self) -> Result<T, GetError> {
        self.get_by(Some(Deadline::Never))
    }

    /// Takes an item if there is one now.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`GetError::Empty`].
    #[doc(alias = "get_nowait")]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.get_by(None)
    }

    /// Waits for an item and takes it, but waits no longer than `timeout`. One too long for the
    /// clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`try_get`](Self::try_get), if it stays empty.
    pub fn get_for(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_by(Some(Deadline::After(timeout)))
    }

    /// Waits for an item and takes it, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_get`](Self::try_get), if it stays empty.
    pub fn get_until(&self, deadline: Instant) -> Result<T, GetError> {
        self.get_by(Some(Deadline::At(deadline)))
    }

    /// Waits for room and puts bytes as they are. What is put so is got by
    /// [`get_bytes`](Self::get_bytes).
    ///
    /// A queue of bytes alone has items of no type:
    ///
    /// ```
    /// let queue = processes::ProcessQueue::<()>::bounded(1)?;
    /// queue.put_bytes(b"Ann")?;
    /// assert_eq!(queue.get_bytes()?, b"Ann");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PutError`], with the bytes, when the queue is closed, also if that happens while it waits,
    /// or when there are more than an item may have.
    pub fn put_bytes<'a>(&self, bytes: &'a [u8]) -> Result<(), PutError<&'a [u8]>> {
        self.put_bytes_by(bytes, Some(Deadline::Never))
    }

    /// Puts bytes as they are, if there is room now.
    ///
    /// # Errors
    ///
    /// As [`put_bytes`](Self::put_bytes), and [`PutError::Full`].
    pub fn try_put_bytes<'a>(&self, bytes: &'a [u8]) -> Result<(), PutError<&'a [u8]>> {
        self.put_bytes_by(bytes, None)
    }

    /// Waits for room and puts bytes as they are, but waits no longer than `timeout`. One too long
    /// for the clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`try_put_bytes`](Self::try_put_bytes), if it stays full.
    pub fn put_bytes_for<'a>(
        &self,
        bytes: &'a [u8],
        timeout: Duration,
    ) -> Result<(), PutError<&'a [u8]>> {
        self.put_bytes_by(bytes, Some(Deadline::After(timeout)))
    }

    /// Waits for room and puts bytes as they are, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_put_bytes`](Self::try_put_bytes), if it stays full.
    pub fn put_bytes_until<'a>(
        &self,
        bytes: &'a [u8],
        deadline: Instant,
    ) -> Result<(), PutError<&'a [u8]>> {
        self.put_bytes_by(bytes, Some(Deadline::At(deadline)))
    }

    /// Waits for an item and takes its bytes.
    ///
    /// # Errors
    ///
    /// [`GetError::Closed`] when the queue is closed and empty, also if that happens while it
    /// waits.
    pub fn get_bytes(&self) -> Result<Vec<u8>, GetError> {
        self.get_bytes_by(Some(Deadline::Never))
    }

    /// Takes the bytes of an item if there is one now.
    ///
    /// # Errors
    ///
    /// As [`get_bytes`](Self::get_bytes), and [`GetError::Empty`].
    pub fn try_get_bytes(&self) -> Result<Vec<u8>, GetError> {
        self.get_bytes_by(None)
    }

    /// Waits for an item and takes its bytes, but waits no longer than `timeout`. One too long for
    /// the clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`try_get_bytes`](Self::try_get_bytes), if it stays empty.
    pub fn get_bytes_for(&self, timeout: Duration) -> Result<Vec<u8>, GetError> {
        self.get_bytes_by(Some(Deadline::After(timeout)))
    }

    /// Waits for an item and takes its bytes, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_get_bytes`](Self::try_get_bytes), if it stays empty.
    pub fn get_bytes_until(&self, deadline: Instant) -> Result<Vec<u8>, GetError> {
        self.get_bytes_by(Some(Deadline::At(deadline)))
    }

    /// Ends the putting, for all processes. What is in the queue can still be got.
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.memory.ring.close();
    }

    /// Whether it is closed. What is in it may still be got.
    pub fn is_closed(&self) -> bool {
        self.memory.ring.is_closed()
    }

    /// How many items are in it. By the time you look at the answer it may be stale.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.memory.ring.len() as usize
    }

    /// Whether it is empty. By the time you look at the answer it may be stale.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is full. By the time you look at the answer it may be stale.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many items it holds at most.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> usize {
        self.memory.ring.capacity() as usize
    }

    /// Says that the work on an item that was got is done.
    ///
    /// # Errors
    ///
    /// [`DoneTooOften`] when all that were got are done already.
    pub fn task_done(&self) -> Result<(), DoneTooOften> {
        if self.memory.ring.finish() { Ok(()) } else { Err(DoneTooOften) }
    }

    /// How many items were got and not called [done](Self::task_done). Once all consumers have
    /// ended, so many are lost.
    pub fn unfinished(&self) -> usize {
        self.memory.ring.unfinished() as usize
    }

    /// How many items were half written when their producer was killed. Nobody gets them.
    pub fn broken_puts(&self) -> usize {
        self.memory.ring.broken() as usize
    }

    /// The number of the last process that was killed in a put or a get, as far as somebody has
    /// used the queue since.
    pub fn last_death(&self) -> Option<u32> {
        Some(self.memory.ring.died()).filter(|&process| process != 0)
    }

    fn put_by(&self, item: T, deadline: Option<Deadline>) -> Result<(), PutError<T>> {
        let bytes = match postcard::to_extend(&item, Vec::new()) {
            Ok(bytes) => bytes,
            Err(error) => return Err(PutError::NoBytes(item, error)),
        };
        self.put_bytes_by(&bytes, deadline).map_err(|error| error.with(item))
    }

    fn put_bytes_by<'a>(
        &self,
        bytes: &'a [u8],
        deadline: Option<Deadline>,
    ) -> Result<(), PutError<&'a [u8]>> {
        let limit = self.memory.limit;
        if bytes.len() as u64 > limit {
            let (length, limit) = (bytes.len(), limit as usize);
            return Err(PutError::TooLong { item: bytes, length, limit });
        }
        let put = self.memory.ring.turn(Side::Put, deadline, |place| {
            let (length, start) = self.place(place);
            // SAFETY: the ring is locked, so nobody else uses the place, and it is long enough.
            unsafe {
                length.write(bytes.len() as u64);
                start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
        });
        put.map_err(|refused| match refused {
            Refused::NotReady => PutError::Full(bytes),
            Refused::Closed => PutError::Closed(bytes),
        })
    }

    fn get_by(&self, deadline: Option<Deadline>) -> Result<T, GetError> {
        postcard::from_bytes(&self.get_bytes_by(deadline)?).map_err(GetError::Malformed)
    }

    fn get_bytes_by(&self, deadline: Option<Deadline>) -> Result<Vec<u8>, GetError> {
        let mut bytes = Vec::new();
        let got = self.memory.ring.turn(Side::Get, deadline, |place| {
            let (length, start) = self.place(place);
            // SAFETY: the ring is locked, so nobody else uses the place. A length that is too long
            // was never written by us, and is not believed.
            unsafe {
                let length = length.read().min(self.memory.limit) as usize;
                bytes.extend_from_slice(std::slice::from_raw_parts(start, length));
            }
        });
        match got {
            Ok(()) => Ok(bytes),
            Err(Refused::NotReady) => Err(GetError::Empty),
            Err(Refused::Closed) => Err(GetError::Closed),
        }
    }

    /// Where a place has the length of its item, and the item.
    fn place(&self, place: u64) -> (*mut u64, *mut u8) {
        let stride = stride(self.memory.limit as usize).expect("it was so when it was made");
        // SAFETY: the memory was made with room for so many places.
        let start = unsafe { self.memory.room().cast::<u8>().add(place as usize * stride) };
        (start.cast(), start.wrapping_add(size_of::<u64>()))
    }
}

/// As an argument of a process: there it is the same queue.
impl<T> Serialize for ProcessQueue<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.memory.serialize(to)
    }
}

impl<'de, T> Deserialize<'de> for ProcessQueue<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let memory = SharedMemory::<Head>::deserialize(from)?;
        let places = stride(memory.limit as usize)
            .and_then(|stride| stride.checked_mul(memory.ring.capacity() as usize));
        if places != Some(memory.room().len()) {
            return Err(D::Error::custom("a queue that has not as many places as it says"));
        }
        Ok(Self { memory, item: PhantomData })
    }
}

/// How many bytes a place takes, so that each begins at an address for a length.
fn stride(limit: usize) -> Option<usize> {
    limit.checked_next_multiple_of(size_of::<u64>())?.checked_add(size_of::<u64>())
}

impl<T> fmt::Debug for ProcessQueue<T> {
    /// Never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessQueue")
            .field("capacity", &self.memory.ring.capacity())
            .field("closed", &self.memory.ring.is_closed())
            .finish_non_exhaustive()
    }
}

/// Why an item was not put. It comes back.
pub enum PutError<T> {
    /// The queue is full, or stayed so until the time was up.
    Full(T),
    /// The queue is closed.
    Closed(T),
    /// The item has more bytes than one may have.
    TooLong {
        /// The item.
        item: T,
        /// How many bytes it has.
        length: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The item cannot be made into bytes.
    NoBytes(T, postcard::Error),
}

/// Why there was no item.
#[derive(Debug)]
pub enum GetError {
    /// The queue is empty, or stayed so until the time was up.
    Empty,
    /// The queue is closed and empty.
    Closed,
    /// There was an item of another type. It is gone.
    Malformed(postcard::Error),
}

/// More items were called done than had been got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoneTooOften;

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) | Self::NoBytes(item, _) => item,
            Self::TooLong { item, .. } => item,
        }
    }

    /// The same error about another item.
    fn with<U>(self, item: U) -> PutError<U> {
        match self {
            Self::Full(_) => PutError::Full(item),
            Self::Closed(_) => PutError::Closed(item),
            Self::TooLong { length, limit, .. } => PutError::TooLong { item, length, limit },
            Self::NoBytes(_, error) => PutError::NoBytes(item, error),
        }
    }
}

// Items need not be printable for the errors to be.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("the queue is full"),
            Self::Closed(_) => f.write_str("the queue is closed"),
            Self::TooLong { length, limit, .. } => write!(
                f,
                "an item of {length} bytes, where at most {limit} are taken: make the queue by \
                 `with_limit`"
            ),
            Self::NoBytes(_, error) => write!(f, "the item cannot be made into bytes: {error}"),
        }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the queue is empty"),
            Self::Closed => f.write_str("the queue is closed and empty"),
            Self::Malformed(error) => write!(f, "an item of another type: {error}"),
        }
    }
}

impl<T> Error for PutError<T> {}
impl Error for GetError {}

impl fmt::Display for DoneTooOften {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task_done was called more often than items were got")
    }
}

impl Error for DoneTooOften {}

#[cfg(test)]
mod tests {
    use super::{GetError, Head, ProcessQueue};
    use crate::handles;
    use crate::message::{self, MessageError};
    use crate::shared::ring::Side;
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt;

    /// Does something in a child that does not come back from it, and gives the child's number.
    fn dies_in(act: impl FnOnce()) -> u32 {
        // SAFETY: the child uses nothing that another thread may have left half done.
        match unsafe { libc::fork() } {
            0 => {
                act();
                unreachable!("it has ended");
            }
            child => {
                // SAFETY: the child is this function's, and nobody asks for its status.
                assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
                child.unsigned_abs()
            }
        }
    }

    fn die(_place: u64) {
        // SAFETY: it ends the process.
        unsafe { libc::_exit(0) }
    }

    #[test]
    fn an_item_that_is_half_written_is_skipped_and_told_of_with_its_producer() {
        let queue = ProcessQueue::bounded(1).unwrap();
        for times in 1..=2 {
            let dead = dies_in(|| _ = queue.memory.ring.turn(Side::Put, None, die));
            assert_eq!((queue.len(), queue.broken_puts()), (0, times));
            assert_eq!(queue.last_death(), Some(dead));
        }
        queue.try_put(7).unwrap();
        assert_eq!((queue.try_get().unwrap(), queue.broken_puts()), (7, 2));
    }

    /// Sends the queue to another process, which is this one, and gives what comes of it there.
    fn sent(queue: &ProcessQueue<u64>) -> Result<ProcessQueue<u64>, MessageError> {
        let (bytes, files) = handles::encode(queue, Vec::new())?;
        handles::with_arrived(files, || message::decode(&bytes).map(|(queue, _)| queue))
    }

    #[test]
    fn a_queue_of_another_version_or_that_is_not_what_it_says_is_refused_where_it_arrives() {
        let queue = ProcessQueue::bounded(2).unwrap();
        queue.put(7).unwrap();
        let files = handles::encode(&queue, Vec::new()).unwrap().1;
        let file = File::from(files[0].as_fd().try_clone_to_owned().unwrap());
        let length = file.metadata().unwrap().len();
        // Each of the header: magic, version, shape, size, room, and the queue's own limit.
        let limit = 64 + std::mem::offset_of!(Head, limit) as u64;
        for place in [0, 8, 16, 24, 32, limit] {
            let mut byte = [0];
            file.read_exact_at(&mut byte, place).unwrap();
            file.write_all_at(&[byte[0] ^ 0x10], place).unwrap();
            assert!(sent(&queue).is_err(), "byte {place} is wrong");
            file.write_all_at(&byte, place).unwrap();
            assert_eq!(sent(&queue).unwrap().len(), 1);
        }
        for cut in [0, 64, length - 1, length + 1] {
            assert!(file.set_len(cut).is_err(), "nobody makes it shorter or longer");
        }
        assert_eq!(sent(&queue).unwrap().get().unwrap(), 7);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_length_that_no_put_has_written_is_not_believed() {
        let queue = ProcessQueue::<u64>::with_limit(1, 10).unwrap();
        for length in [11, u64::MAX] {
            queue.put_bytes(&[0x80; 10]).unwrap();
            // SAFETY: nobody else has the queue.
            unsafe { queue.place(0).0.write(length) };
            assert!(matches!(queue.get(), Err(GetError::Malformed(_))));
            queue.put_bytes(&[7; 10]).unwrap();
            // SAFETY: as above.
            unsafe { queue.place(0).0.write(length) };
            assert_eq!(queue.get_bytes().unwrap(), [7; 10]);
        }
    }

    #[test]
    fn an_item_whose_consumer_dies_before_it_has_it_is_left_to_others() {
        let queue = ProcessQueue::bounded(1).unwrap();
        queue.try_put(7).unwrap();
        let dead = dies_in(|| _ = queue.memory.ring.turn(Side::Get, None, die));
        assert_eq!((queue.len(), queue.broken_puts(), queue.unfinished()), (1, 0, 0));
        assert_eq!(queue.last_death(), Some(dead));
        assert!(queue.try_put(8).is_err(), "it is still in its place");
        assert_eq!(queue.try_get().unwrap(), 7);
    }
}
