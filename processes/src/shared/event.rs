//! An event in shared memory.

use super::platform::time::{Duration, Instant};
use super::source::event::Event;

/// Something that has happened or not, for all processes that share the memory.
///
/// It is the source of [`primitives::Event`], compiled once more over a futex that works between
/// processes, and it does what that one does. A process that is killed in the middle of
/// [`set`](Self::set) has set it or not. If it has, and did not come to wake the others, they find
/// out by themselves within a twentieth of a second.
///
/// ```
/// use processes::{SharedEvent, SharedMemory};
///
/// let ready = SharedMemory::new(SharedEvent::new())?;
/// assert!(!ready.is_set());
/// ready.set();
/// ready.wait();
/// # Ok::<(), processes::SharedMemoryError>(())
/// ```
#[doc(alias = "multiprocessing.Event")]
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct SharedEvent(Event);

impl SharedEvent {
    /// An event that is not set.
    pub const fn new() -> Self {
        Self(Event::new())
    }

    /// Whether the event is set. What its setter did before is seen by all that follows.
    pub fn is_set(&self) -> bool {
        self.0.is_set()
    }

    /// Sets the event and lets all go on that wait for it.
    pub fn set(&self) {
        self.0.set();
    }

    /// Takes the event back. A thread that waited when it was set goes on all the same.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        self.0.wait();
    }

    /// Whether the event is set, without waiting: another name for [`is_set`](Self::is_set).
    #[must_use = "`false` means that the event is not set"]
    pub fn try_wait(&self) -> bool {
        self.0.try_wait()
    }

    /// Waits until the event is set, but no longer than `timeout`. `true` means that it was set.
    #[must_use = "`false` means that the event is not set"]
    pub fn wait_for(&self, timeout: Duration) -> bool {
        self.0.wait_for(timeout)
    }

    /// Waits until the event is set, but gives up at `deadline`. `true` means that it was set.
    #[must_use = "`false` means that the event is not set"]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        self.0.wait_until(deadline)
    }
}
