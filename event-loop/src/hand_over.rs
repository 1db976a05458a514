//! The hand-over: how other threads reach the loop.
//!
//! Another thread must not touch the ready list, which has no lock. It puts what shall be ready
//! into a second list, which has one, and the loop moves all of that over when it looks around.
//! Before the loop sleeps it says so under the same lock. A thread that finds the loop asleep rings
//! for it.

use crate::poller::Poller;
use crate::waker::TaskWaker;
use primitives::Lock;
use std::collections::VecDeque;
use std::error::Error;
use std::mem::{replace, take};
use std::sync::Arc;
use std::{fmt, io};

/// What stands in the ready list.
pub(crate) enum Ready {
    /// A task that can go on.
    Task(Arc<TaskWaker>),
    /// A function that another thread has sent.
    Call(Box<dyn FnOnce() + Send>),
}

/// What the loop shares with other threads.
pub(crate) struct Shared {
    inbox: Lock<Inbox>,
    pub(crate) poller: Poller,
}

struct Inbox {
    handed_over: VecDeque<Ready>,
    /// The loop sleeps or is about to, and nobody has rung for it.
    asleep: bool,
    /// The loop is gone.
    closed: bool,
}

impl Shared {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let inbox = Inbox { handed_over: VecDeque::new(), asleep: false, closed: false };
        Ok(Arc::new(Self { inbox: Lock::new(inbox), poller: Poller::new()? }))
    }

    // ANCHOR: hand_over
    /// Called by other threads. Gives it back if the loop is gone.
    pub(crate) fn hand_over(&self, ready: Ready) -> Result<(), Ready> {
        let mut inbox = self.inbox.lock();
        if inbox.closed {
            return Err(ready);
        }
        inbox.handed_over.push_back(ready);
        let asleep = replace(&mut inbox.asleep, false);
        drop(inbox);
        if asleep {
            self.poller.ring();
        }
        Ok(())
    }

    /// Called by the loop: moves all behind what is ready. `true` means that nothing is ready, and
    /// that from now on other threads ring.
    pub(crate) fn take_over(&self, ready: &mut VecDeque<Ready>) -> bool {
        let mut inbox = self.inbox.lock();
        ready.append(&mut inbox.handed_over);
        inbox.asleep = ready.is_empty();
        inbox.asleep
    }
    // ANCHOR_END: hand_over

    /// Called by the loop at its end. Gives what nobody will run.
    pub(crate) fn close(&self) -> VecDeque<Ready> {
        let mut inbox = self.inbox.lock();
        inbox.closed = true;
        take(&mut inbox.handed_over)
    }
}

/// The way into an [`EventLoop`](crate::EventLoop) for other threads.
///
/// ```
/// use event_loop::sync::Event;
/// use std::sync::Arc;
///
/// let rung = Arc::new(Event::new());
/// event_loop::run(async {
///     let (handle, bell) = (event_loop::handle(), rung.clone());
///     let ringer = std::thread::spawn(move || {
///         handle.call_soon_threadsafe(move || bell.set()).unwrap();
///     });
///     rung.wait().await;
///     ringer.join().unwrap();
/// });
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Handle {
    /// Has `f` called on the thread of the loop, which is woken if it sleeps. There `f` may use all
    /// that tasks may, such as [`spawn`](crate::spawn). A panic in it goes no further.
    ///
    /// Functions are called in the order in which they came. One that came and was not called
    /// before the loop is dropped is dropped with it.
    ///
    /// # Errors
    ///
    /// [`LoopIsGone`] when nobody will call it.
    pub fn call_soon_threadsafe(
        &self,
        f: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopIsGone> {
        // Also on the thread of the loop: so they keep their order.
        self.shared.hand_over(Ready::Call(Box::new(f))).map_err(|_| LoopIsGone)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// The loop has been dropped: nobody calls the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopIsGone;

impl fmt::Display for LoopIsGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event loop has been dropped, and calls no more functions")
    }
}

impl Error for LoopIsGone {}
