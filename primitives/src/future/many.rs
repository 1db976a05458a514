//! Waiting for several futures.

use super::super::lock::Lock;
use super::super::platform::deadline::Deadline;
use super::super::platform::time::{Duration, Instant};
use super::Future;
use super::crew::{Crew, Sleeper};
use std::borrow::Borrow;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Wake;

/// Futures in the order in which they end. See [`as_completed`].
///
/// `F` is a [`Future`], or a reference or an [`Arc`] to one.
pub struct AsCompleted<T, F: Borrow<Future<T>>> {
    /// Each with the key of its waiter. `None` in the place of those that have been given out.
    futures: Vec<Option<(F, usize)>>,
    left: usize,
    ended: Arc<Lock<Ended>>,
    results: PhantomData<fn() -> T>,
}

/// What the threads that end futures tell the one that waits for them.
struct Ended {
    /// Places of futures that have ended and have not been given out.
    places: VecDeque<usize>,
    sleeper: Option<Arc<Sleeper>>,
}

/// The waiter of one future.
struct Notice {
    place: usize,
    ended: Arc<Lock<Ended>>,
}

impl Wake for Notice {
    // ANCHOR: notice
    fn wake(self: Arc<Self>) {
        let mut ended = self.ended.lock();
        ended.places.push_back(self.place);
        let sleeper = ended.sleeper.take();
        drop(ended);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }
    // ANCHOR_END: notice
}

/// Gives out the futures as they end: first those that have ended already, in their order here, and
/// then each when it ends, also if it is cancelled or fails. One that is named twice is given out
/// once.
///
/// ```
/// use primitives::{Promise, as_completed};
/// use std::thread;
/// use std::time::Duration;
///
/// let futures = [30, 10, 20].map(|milliseconds| {
///     let (promise, future) = Promise::new();
///     thread::spawn(move || {
///         thread::sleep(Duration::from_millis(milliseconds));
///         promise.set_result(milliseconds)
///     });
///     future
/// });
/// let results = as_completed(futures).map(|future| future.into_result().unwrap());
/// assert_eq!(results.collect::<Vec<_>>(), [10, 20, 30]);
/// ```
pub fn as_completed<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
) -> AsCompleted<T, F> {
    let ended = Arc::new(Lock::new(Ended { places: VecDeque::new(), sleeper: None }));
    let mut all = AsCompleted { futures: Vec::new(), left: 0, ended, results: PhantomData };
    let mut known = HashSet::new();
    for future in futures {
        let shared = &future.borrow().shared;
        if !known.insert(Arc::as_ptr(shared)) {
            continue;
        }
        let notice = Arc::new(Notice { place: all.left, ended: all.ended.clone() });
        let key = Arc::as_ptr(&notice).addr();
        if shared.is_done_or_subscribe(key, || notice.clone().into()) {
            notice.wake();
        }
        all.futures.push(Some((future, key)));
        all.left += 1;
    }
    all
}

impl<T, F: Borrow<Future<T>>> AsCompleted<T, F> {
    /// The next, if one has ended. `None` means that none has, or that all were given out.
    #[must_use = "`None` means that no future has ended"]
    pub fn try_next(&mut self) -> Option<F> {
        let place = self.ended.lock().places.pop_front();
        place.map(|place| self.give_out(place))
    }

    /// Waits for the next, but no longer than `timeout`. `None` means that none has ended, or that
    /// all were given out: [`len`](ExactSizeIterator::len) says which. A `timeout` too long for the
    /// clock means for ever.
    #[must_use = "`None` means that no future has ended"]
    pub fn next_for(&mut self, timeout: Duration) -> Option<F> {
        self.next_by(Deadline::After(timeout))
    }

    /// As [`next_for`](Self::next_for), but gives up at `deadline`. Python's time limit for all is
    /// the same deadline again and again.
    #[must_use = "`None` means that no future has ended"]
    pub fn next_until(&mut self, deadline: Instant) -> Option<F> {
        self.next_by(Deadline::At(deadline))
    }

    // ANCHOR: next
    fn next_by(&mut self, deadline: Deadline) -> Option<F> {
        let deadline = deadline.resolved();
        let mut ended = self.ended.lock();
        if ended.places.is_empty() && self.left > 0 {
            let sleeper = Sleeper::new(deadline, || self.crew());
            ended.sleeper = Some(sleeper.clone());
            drop(ended);
            // If nothing has ended when it is awake, its time was up.
            sleeper.sleep_by(deadline);
            ended = self.ended.lock();
            ended.sleeper = None;
        }
        let place = ended.places.pop_front();
        drop(ended);
        place.map(|place| self.give_out(place))
    }
    // ANCHOR_END: next

    fn give_out(&mut self, place: usize) -> F {
        self.left -= 1;
        self.futures[place].take().expect("a future ends once").0
    }

    fn left(&self) -> impl Iterator<Item = &F> {
        self.futures.iter().flatten().map(|(future, _)| future)
    }

    /// The crew of all that are left, if they have one in common.
    fn crew(&self) -> Option<&Arc<Crew>> {
        let mut crews = self.left().map(|future| future.borrow().shared.crew.as_ref());
        let first = crews.next()??;
        crews.all(|crew| crew.is_some_and(|crew| Arc::ptr_eq(crew, first))).then_some(first)
    }

    /// Those that have not been given out.
    fn into_left(mut self) -> Vec<F> {
        self.unsubscribe();
        self.futures.drain(..).flatten().map(|(future, _)| future).collect()
    }

    fn unsubscribe(&mut self) {
        for (future, key) in self.futures.iter().flatten() {
            future.borrow().shared.unsubscribe(*key);
        }
    }
}

impl<T, F: Borrow<Future<T>>> Iterator for AsCompleted<T, F> {
    type Item = F;

    /// Waits for the next. `None` means that all were given out.
    ///
    /// # Panics
    ///
    /// As [`Future::result`], if all that are left are of one pool.
    fn next(&mut self) -> Option<F> {
        self.next_by(Deadline::Never)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T, F: Borrow<Future<T>>> ExactSizeIterator for AsCompleted<T, F> {}

impl<T, F: Borrow<Future<T>>> Drop for AsCompleted<T, F> {
    fn drop(&mut self) {
        self.unsubscribe();
    }
}

impl<T, F: Borrow<Future<T>>> fmt::Debug for AsCompleted<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("left", &self.left).finish_non_exhaustive()
    }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "return_when")]
pub enum ReturnWhen {
    /// One future has ended, in whatever way.
    FirstCompleted,
    /// One has failed, or all have ended. A future that was cancelled has not failed.
    FirstException,
    /// All have ended.
    AllCompleted,
}

/// Futures that have ended, in the order in which they did, and those that have not.
pub type DoneAndNotDone<F> = (Vec<F>, Vec<F>);

/// Waits until the first of the futures has ended, or all have, and returns those that have ended
/// and those that have not. One that is named twice is returned once.
///
/// ```
/// use primitives::Promise;
/// use primitives::future::{ReturnWhen, wait};
///
/// let (sooner, first) = Promise::new();
/// let (_later, second) = Promise::new();
/// sooner.set_result("here").unwrap();
/// let (done, not_done) = wait([first, second], ReturnWhen::FirstCompleted);
/// assert_eq!((done.len(), not_done.len()), (1, 1));
/// assert_eq!(*done[0].result().unwrap(), "here");
/// ```
///
/// # Panics
///
/// As [`Future::result`], if all that it waits for are of one pool.
pub fn wait<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
    until: ReturnWhen,
) -> DoneAndNotDone<F> {
    wait_by(futures, until, Deadline::Never)
}

/// Which of the futures have ended and which have not, without waiting.
pub fn try_wait<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
) -> DoneAndNotDone<F> {
    let mut all = as_completed(futures);
    let done = std::iter::from_fn(|| all.try_next()).collect();
    (done, all.into_left())
}

/// As [`wait`], but waits no longer than `timeout`. One too long for the clock means for ever.
pub fn wait_for<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
    until: ReturnWhen,
    timeout: Duration,
) -> DoneAndNotDone<F> {
    wait_by(futures, until, Deadline::After(timeout))
}

/// As [`wait`], but gives up at `deadline`.
pub fn wait_until<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
    until: ReturnWhen,
    deadline: Instant,
) -> DoneAndNotDone<F> {
    wait_by(futures, until, Deadline::At(deadline))
}

fn wait_by<T, F: Borrow<Future<T>>>(
    futures: impl IntoIterator<Item = F>,
    until: ReturnWhen,
    deadline: Deadline,
) -> DoneAndNotDone<F> {
    let deadline = deadline.resolved();
    let (mut all, mut done) = (as_completed(futures), Vec::new());
    while let Some(future) = all.next_by(deadline) {
        let enough = match until {
            ReturnWhen::FirstCompleted => true,
            ReturnWhen::FirstException => future.borrow().has_failed(),
            ReturnWhen::AllCompleted => false,
        };
        done.push(future);
        if enough {
            break;
        }
    }
    // What has ended meanwhile is among those that have.
    done.extend(std::iter::from_fn(|| all.try_next()));
    (done, all.into_left())
}
