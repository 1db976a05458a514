//! Results that are not there yet.

use super::TaskError;
use primitives::{Future, Promise};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use std::vec::IntoIter;

/// The result of a task or a map that is not there yet.
#[doc(alias = "multiprocessing.pool.AsyncResult")]
#[must_use = "nobody hears of an error otherwise"]
pub struct AsyncResult<T>(Future<Result<T, TaskError>>);

impl<T> AsyncResult<T> {
    pub(super) fn new() -> (Promise<Result<T, TaskError>>, Self) {
        let (promise, future) = Promise::new();
        (promise, Self(future))
    }

    /// Waits until the result is there, and moves it out.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when there is none. So it is with all forms.
    pub fn get(self) -> Result<T, TaskError> {
        self.0.into_result().expect(KEPT)
    }

    /// The result, if it is there.
    #[must_use = "`None` means that the result is not there"]
    pub fn try_get(&self) -> Option<Result<&T, &TaskError>> {
        self.0.try_result().map(|kept| kept.expect(KEPT).as_ref())
    }

    /// Waits for the result, but no longer than `timeout`. `None` means that it is not there. A
    /// timeout too long for the clock means for ever.
    #[must_use = "`None` means that the result is not there"]
    pub fn get_for(&self, timeout: Duration) -> Option<Result<&T, &TaskError>> {
        self.0.result_for(timeout).map(|kept| kept.expect(KEPT).as_ref())
    }

    /// As [`get_for`](Self::get_for), but gives up at `deadline`.
    #[must_use = "`None` means that the result is not there"]
    pub fn get_until(&self, deadline: Instant) -> Option<Result<&T, &TaskError>> {
        self.0.result_until(deadline).map(|kept| kept.expect(KEPT).as_ref())
    }

    /// Whether the result, or an error in its place, is there.
    #[doc(alias = "ready")]
    pub fn is_ready(&self) -> bool {
        self.0.is_done()
    }

    /// The future of it: to wait for several, to be called back, or to await it.
    pub fn into_future(self) -> Future<Result<T, TaskError>> {
        self.0
    }
}

const KEPT: &str = "the pool keeps its promises";

impl<T> fmt::Debug for AsyncResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncResult").field(&self.0).finish()
    }
}

/// The results of one task, and its place among the tasks of the call.
pub(super) type Chunk<R> = (usize, Vec<Result<R, TaskError>>);

/// The chunks of a map, until all have come.
pub(super) struct Gathered<R> {
    chunks: Vec<Vec<Result<R, TaskError>>>,
    missing: usize,
    promise: Option<Promise<Result<Vec<R>, TaskError>>>,
}

impl<R> Gathered<R> {
    pub(super) fn new(chunks: usize, promise: Promise<Result<Vec<R>, TaskError>>) -> Self {
        let places = (0..chunks).map(|_| Vec::new()).collect();
        let mut gathered = Self { chunks: places, missing: chunks, promise: Some(promise) };
        gathered.keep();
        gathered
    }

    pub(super) fn put(&mut self, place: usize, results: Vec<Result<R, TaskError>>) {
        self.chunks[place] = results;
        self.missing -= 1;
        self.keep();
    }

    /// Keeps the promise, if nothing is missing.
    fn keep(&mut self) {
        if self.missing == 0 {
            let results = std::mem::take(&mut self.chunks).into_iter().flatten().collect();
            // Somebody may have cancelled it.
            let _ = self.promise.take().expect("kept once").set_result(results);
        }
    }
}

/// Results in the order of the items, or in that in which they came. Made by
/// [`imap`](super::ProcessPool::imap) and [`imap_unordered`](super::ProcessPool::imap_unordered).
pub struct Results<R> {
    came: Receiver<Chunk<R>>,
    /// The place of the chunk that is to be given out next, where their order counts.
    next: Option<usize>,
    /// Chunks that came before their turn.
    early: BTreeMap<usize, Vec<Result<R, TaskError>>>,
    chunk: IntoIter<Result<R, TaskError>>,
}

impl<R> Results<R> {
    pub(super) fn new(came: Receiver<Chunk<R>>, in_order: bool) -> Self {
        let next = in_order.then_some(0);
        Self { came, next, early: BTreeMap::new(), chunk: Vec::new().into_iter() }
    }

    /// Waits for the next chunk. `None` means that there are no more.
    fn next_chunk(&mut self) -> Option<Vec<Result<R, TaskError>>> {
        let Some(next) = &mut self.next else {
            return self.came.recv().ok().map(|(_, chunk)| chunk);
        };
        loop {
            if let Some(chunk) = self.early.remove(next) {
                *next += 1;
                return Some(chunk);
            }
            let (place, chunk) = self.came.recv().ok()?;
            self.early.insert(place, chunk);
        }
    }
}

impl<R> Iterator for Results<R> {
    type Item = Result<R, TaskError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.chunk.next() {
                return Some(result);
            }
            self.chunk = self.next_chunk()?.into_iter();
        }
    }
}

impl<R> fmt::Debug for Results<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results").field("next", &self.next).finish_non_exhaustive()
    }
}
