//! Work that would stop the loop, done by the threads of a pool.

use crate::event_loop::Core;
use crate::lists::Reason;
use primitives::pool::SubmitError;
use primitives::{Future, FutureError, ThreadPool};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Has a worker of `pool` call `f`, and awaits what it returns. Other tasks go on meanwhile.
///
/// The work is submitted by this call. If what is returned is dropped before a worker has begun,
/// it is cancelled; work that runs cannot be stopped.
///
/// ```
/// use event_loop::run_in_pool;
/// use primitives::ThreadPool;
///
/// let pool = ThreadPool::new(2);
/// let sum = event_loop::run(async {
///     run_in_pool(&pool, || (1..=50).sum::<i32>()).unwrap().await.unwrap()
/// });
/// assert_eq!(sum, 1275);
/// ```
///
/// # Errors
///
/// [`SubmitError`] when the pool is closed or broken. The await gives [`FutureError`] when `f`
/// panicked, or when the pool was closed before it came to it.
#[doc(alias = "run_in_executor")]
#[doc(alias = "to_thread")]
pub fn run_in_pool<T: Send + 'static>(
    pool: &ThreadPool,
    f: impl FnOnce() -> T + Send + 'static,
) -> Result<InPool<T>, SubmitError> {
    pool.submit(f).map(InPool)
}

/// What [`run_in_pool`] returns.
#[derive(Debug)]
#[must_use = "the work is cancelled when this is dropped"]
pub struct InPool<T>(Future<T>);

impl<T> std::future::Future for InPool<T> {
    type Output = Result<T, FutureError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = Pin::new(&mut self.0).poll(context);
        if polled.is_pending() {
            Core::will_wait_for(Reason::What("the pool"));
        }
        polled
    }
}

impl<T> Drop for InPool<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
