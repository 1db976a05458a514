//! Threads that wait for room, or for an item.

use super::super::parker::{Parker, WaitQueue};
use std::sync::Arc;

// ANCHOR: sleepers
/// Threads that wait for the same thing.
pub(super) struct Sleepers {
    pub(super) queue: WaitQueue,
    /// One was taken out of the queue and has not looked yet. It will take care of the others.
    pub(super) one_is_waking: bool,
}

impl Sleepers {
    pub(super) const fn new() -> Self {
        Self { queue: WaitQueue::new(), one_is_waking: false }
    }

    /// The one to wake, when there may be something for it.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Arc<Parker>> {
        if self.one_is_waking {
            return None;
        }
        let next = self.queue.pop_front();
        self.one_is_waking = next.is_some();
        next
    }
}
// ANCHOR_END: sleepers

pub(super) fn wake(parked: impl IntoIterator<Item = Arc<Parker>>) {
    parked.into_iter().for_each(|parker| parker.unpark());
}

/// Does something when it is dropped, be it by a panic.
pub(super) struct OnDrop<F: Fn()>(pub(super) F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
