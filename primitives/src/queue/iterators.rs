//! Items, one after another.

use super::super::platform::panics::drop_all;
use super::{BlockingQueue, Storage};
use std::fmt;
use std::iter::FusedIterator;
use std::mem::replace;

impl<'a, S: Storage> IntoIterator for &'a BlockingQueue<S> {
    type Item = S::Item;
    type IntoIter = Iter<'a, S>;

    fn into_iter(self) -> Iter<'a, S> {
        self.iter()
    }
}

/// Takes items out of a queue until it is closed and empty. Made by [`BlockingQueue::iter`].
#[derive(Debug)]
#[must_use = "nothing is taken before the iterator is asked"]
pub struct Iter<'a, S: Storage> {
    pub(super) queue: &'a BlockingQueue<S>,
}

impl<S: Storage> Iterator for Iter<'_, S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.queue.get().ok()
    }
}

impl<S: Storage> FusedIterator for Iter<'_, S> {}

/// Takes items out of a queue until there is none. Made by [`BlockingQueue::try_iter`].
#[derive(Debug)]
#[must_use = "nothing is taken before the iterator is asked"]
pub struct TryIter<'a, S: Storage> {
    pub(super) queue: &'a BlockingQueue<S>,
}

impl<S: Storage> Iterator for TryIter<'_, S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.queue.try_get().ok()
    }
}

impl<S: Storage> IntoIterator for BlockingQueue<S> {
    type Item = S::Item;
    type IntoIter = IntoIter<S>;

    /// The items that are left, in the order of gets.
    fn into_iter(mut self) -> IntoIter<S> {
        IntoIter { items: replace(&mut self.state.get_mut().items, S::EMPTY) }
    }
}

/// Items that were taken out of a queue all at once, in the order of gets. Made by
/// [`BlockingQueue::drain`], and from a queue that is consumed.
pub struct IntoIter<S: Storage> {
    pub(super) items: S,
}

impl<S: Storage> Iterator for IntoIter<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.items.pop()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.items.count(), Some(self.items.count()))
    }
}

impl<S: Storage> ExactSizeIterator for IntoIter<S> {}
impl<S: Storage> FusedIterator for IntoIter<S> {}

impl<S: Storage> Drop for IntoIter<S> {
    fn drop(&mut self) {
        drop_all(replace(&mut self.items, S::EMPTY).into_items());
    }
}

impl<S: Storage> fmt::Debug for IntoIter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("len", &self.items.count()).finish()
    }
}
