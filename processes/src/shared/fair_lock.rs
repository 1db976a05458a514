//! The line of those that wait for a semaphore in shared memory.
//!
//! The library's [`FairLock`](primitives::FairLock) keeps its waiters in a list of addresses. This
//! one is a robust lock: if the first in the line dies, the kernel lets the next come forward. Who
//! that is the kernel says, so nobody is promised the order of arrival.

use super::platform::const_unless_modelled;
use super::platform::deadline::Deadline;
use super::robust_lock::RobustLock;

/// A turn for one thread at a time.
#[derive(Debug)]
#[repr(C)]
pub struct FairLock(RobustLock);

impl FairLock {
    const_unless_modelled! {
        /// One that nobody has.
        pub fn new() -> Self {
            Self(RobustLock::new())
        }
    }

    /// Waits for the turn, but gives up at `deadline`.
    pub(super) fn try_lock_by(&self, deadline: Deadline) -> Option<Turn<'_>> {
        // One that died first in the line leaves behind what it wanted. The next writes that anew.
        self.0.lock_by(deadline).map(|_| Turn(&self.0))
    }
}

/// Somebody's turn. Dropping it lets the next come forward.
pub(super) struct Turn<'a>(&'a RobustLock);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // SAFETY: a turn is made by locking and stays on its thread, which it borrows from.
        unsafe { self.0.unlock() };
    }
}
