//! The results of one function for many items.

use super::super::future::{Future, FutureError};
use super::super::platform::time::{Duration, Instant};
use std::collections::VecDeque;
use std::fmt;
use std::vec::IntoIter;

/// Results in the order of the items. Made by [`ThreadPool::map`](super::ThreadPool::map).
///
/// Where a chunk has failed there is one error in the place of its results. Dropping this cancels
/// the tasks that have not begun.
#[must_use = "dropping it cancels what has not begun"]
pub struct Map<R> {
    /// Of the chunk that was waited for last.
    results: IntoIter<R>,
    chunks: VecDeque<Future<Vec<R>>>,
}

impl<R> Map<R> {
    pub(super) fn new() -> Self {
        Self { results: Vec::new().into_iter(), chunks: VecDeque::new() }
    }

    pub(super) fn push(&mut self, chunk: Future<Vec<R>>) {
        self.chunks.push_back(chunk);
    }

    /// Whether all results have been given out.
    pub fn is_empty(&self) -> bool {
        self.results.len() == 0 && self.chunks.is_empty()
    }

    /// The next result, if it is there.
    #[must_use = "`None` means that the next result is not there"]
    pub fn try_next(&mut self) -> Option<Result<R, FutureError>> {
        self.next_if(Future::is_done)
    }

    /// Waits for the next result, but no longer than `timeout`. `None` means that it is not there,
    /// or that all were given out: [`is_empty`](Self::is_empty) says which. A `timeout` too long
    /// for the clock means for ever.
    #[must_use = "`None` means that the next result is not there"]
    pub fn next_for(&mut self, timeout: Duration) -> Option<Result<R, FutureError>> {
        self.next_if(|chunk| chunk.result_for(timeout).is_some())
    }

    /// As [`next_for`](Self::next_for), but gives up at `deadline`. Python's time limit for all is
    /// the same deadline again and again.
    #[must_use = "`None` means that the next result is not there"]
    pub fn next_until(&mut self, deadline: Instant) -> Option<Result<R, FutureError>> {
        self.next_if(|chunk| chunk.result_until(deadline).is_some())
    }

    fn next_if(
        &mut self,
        is_done: impl Fn(&Future<Vec<R>>) -> bool,
    ) -> Option<Result<R, FutureError>> {
        loop {
            if let Some(result) = self.results.next() {
                return Some(Ok(result));
            }
            if !is_done(self.chunks.front()?) {
                return None;
            }
            match self.chunks.pop_front()?.into_result() {
                Ok(results) => self.results = results.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<R> Iterator for Map<R> {
    type Item = Result<R, FutureError>;

    /// Waits for the next result. `None` means that all were given out.
    ///
    /// # Panics
    ///
    /// As [`Future::result`].
    fn next(&mut self) -> Option<Self::Item> {
        // Taking the result of the chunk waits for it.
        self.next_if(|_| true)
    }
}

impl<R> Drop for Map<R> {
    fn drop(&mut self) {
        for chunk in &self.chunks {
            chunk.cancel();
        }
    }
}

impl<R> fmt::Debug for Map<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("chunks", &self.chunks.len()).finish_non_exhaustive()
    }
}
