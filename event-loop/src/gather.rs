//! Many futures at once, each in a task of its own.

use crate::event_loop::{Core, spawn};
use crate::lists::Reason;
use crate::task::Task;
use primitives::FutureError;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::take;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Starts a task for each future, and awaits them all. The results come in the order of the
/// futures, whatever the order in which they end.
///
/// They run from this call on. When this is dropped, those that have not ended are cancelled.
///
/// # Errors
///
/// That of the first task to panic or to be cancelled, as soon as it does. The others are then
/// cancelled. To get all outcomes, take [`gather_settled`].
///
/// # Panics
///
/// When no loop runs on this thread.
#[doc(alias = "join_all")]
#[doc(alias = "asyncio.gather")]
pub fn gather<F>(futures: impl IntoIterator<Item = F>) -> Gather<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    let ended = Rc::new(Ended::default());
    let start = |(place, future)| {
        // Dropped when the future ends, be it by a panic or a cancel.
        let tell = TellWhenDropped { ended: ended.clone(), place };
        spawn(async move {
            let _tell = tell;
            future.await
        })
    };
    let tasks: Vec<_> = futures.into_iter().enumerate().map(start).collect();
    let results: Vec<_> = tasks.iter().map(|_| None).collect();
    Gather { missing: tasks.len(), tasks: CancelWhenDropped(tasks), results, ended }
}

/// As [`gather`], but gives the outcome of each, and cancels none when another has failed.
///
/// ```
/// use event_loop::{FutureError, gather_settled};
///
/// let outcomes = event_loop::run(async {
///     gather_settled([1, 0].map(async |divisor| 10_i32.checked_div(divisor).unwrap())).await
/// });
/// assert!(matches!(outcomes[..], [Ok(10), Err(FutureError::Failed(_))]));
/// ```
///
/// # Panics
///
/// As [`gather`].
pub async fn gather_settled<F>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<Result<F::Output, FutureError>>
where
    F: Future<Output: 'static> + 'static,
{
    let mut tasks = CancelWhenDropped(futures.into_iter().map(spawn).collect());
    let mut outcomes = Vec::with_capacity(tasks.0.len());
    for task in &mut tasks.0 {
        outcomes.push(task.await);
    }
    outcomes
}

/// What [`gather`] returns.
#[must_use = "the tasks are cancelled when this is dropped"]
pub struct Gather<T> {
    tasks: CancelWhenDropped<T>,
    results: Vec<Option<T>>,
    /// How many results are not there yet.
    missing: usize,
    ended: Rc<Ended>,
}

impl<T> Unpin for Gather<T> {}

impl<T> Future for Gather<T> {
    type Output = Result<Vec<T>, FutureError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        me.ended.waker.set(Some(context.waker().clone()));
        // Only tasks that have ended since are looked at. All at each wake would be too many.
        for place in take(&mut *me.ended.places.borrow_mut()) {
            match Pin::new(&mut me.tasks.0[place]).poll(context) {
                Poll::Ready(Ok(result)) => {
                    me.results[place] = Some(result);
                    me.missing -= 1;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        if me.missing > 0 {
            Core::will_wait_for(Reason::Tasks(me.missing));
            return Poll::Pending;
        }
        Poll::Ready(Ok(take(&mut me.results).into_iter().flatten().collect()))
    }
}

impl<T> fmt::Debug for Gather<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").field("tasks", &self.tasks.0.len()).finish_non_exhaustive()
    }
}

/// The tasks of a gather that have ended, and that it has not looked at.
#[derive(Default)]
struct Ended {
    places: RefCell<Vec<usize>>,
    waker: Cell<Option<Waker>>,
}

struct TellWhenDropped {
    ended: Rc<Ended>,
    place: usize,
}

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.ended.places.borrow_mut().push(self.place);
        if let Some(waker) = self.ended.waker.take() {
            waker.wake();
        }
    }
}

struct CancelWhenDropped<T>(Vec<Task<T>>);

impl<T> Drop for CancelWhenDropped<T> {
    fn drop(&mut self) {
        self.0.iter().for_each(|task| _ = task.cancel());
    }
}
