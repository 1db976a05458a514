//! Tasks that borrow what outlives them.

use super::super::future::Future;
use super::super::lock::Lock;
use super::super::parker::Parker;
use super::{Map, SubmitError, ThreadPool};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A scope in which tasks may borrow. Made by [`ThreadPool::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    pool: &'env ThreadPool,
    open: Arc<Lock<Open>>,
    /// Neither lifetime may be shortened or lengthened.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The tasks of a scope that have not ended.
#[derive(Default)]
struct Open {
    count: usize,
    /// The thread that waits until there is none.
    waits: Option<Arc<Parker>>,
}

/// One of them. It is dropped after all else of its task: then nothing is borrowed any more.
pub(super) struct Ticket(Arc<Lock<Open>>);

impl Ticket {
    fn new(open: &Arc<Lock<Open>>) -> Self {
        open.lock().count += 1;
        Self(open.clone())
    }
}

impl Drop for Ticket {
    // ANCHOR: ticket
    fn drop(&mut self) {
        let mut open = self.0.lock();
        open.count -= 1;
        let waits = if open.count == 0 { open.waits.take() } else { None };
        drop(open);
        if let Some(waits) = waits {
            waits.unpark();
        }
    }
    // ANCHOR_END: ticket
}

/// Waits, when it is dropped, until no task is left: also when a panic drops it.
struct WaitForAll<'a>(&'a Lock<Open>);

impl Drop for WaitForAll<'_> {
    // ANCHOR: wait
    fn drop(&mut self) {
        let mut open = self.0.lock();
        if open.count > 0 {
            let parker = Arc::new(Parker::new());
            open.waits = Some(parker.clone());
            drop(open);
            // Once: from here on only tasks submit, and there is none when it is woken.
            parker.park();
        }
    }
    // ANCHOR_END: wait
}

pub(super) fn scope<'env, R>(
    pool: &'env ThreadPool,
    f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
) -> R {
    let open = Arc::new(Lock::new(Open::default()));
    let scope = Scope { pool, open: open.clone(), scope: PhantomData, env: PhantomData };
    let _wait = WaitForAll(&open);
    f(&scope)
}

impl<'scope> Scope<'scope, '_> {
    /// As [`ThreadPool::submit`], for a function that borrows.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] when the pool is closed or broken.
    pub fn submit<T: Send + 'scope>(
        &'scope self,
        f: impl FnOnce() -> T + Send + 'scope,
    ) -> Result<Future<T>, SubmitError> {
        // SAFETY: the scope does not end before the ticket is dropped, and `'scope` outlives it.
        unsafe { self.pool.shared.submit(f, Some(Ticket::new(&self.open))) }
    }

    /// As [`ThreadPool::map`], for a function and items that borrow.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn map<I: Send + 'scope, R: Send + 'scope>(
        &'scope self,
        items: impl IntoIterator<Item = I>,
        f: impl Fn(I) -> R + Send + Sync + 'scope,
    ) -> Result<Map<R>, SubmitError> {
        self.map_chunks(items, 1, f)
    }

    /// As [`ThreadPool::map_chunks`], for a function and items that borrow.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    ///
    /// # Panics
    ///
    /// When `size` is 0.
    pub fn map_chunks<I: Send + 'scope, R: Send + 'scope>(
        &'scope self,
        items: impl IntoIterator<Item = I>,
        size: usize,
        f: impl Fn(I) -> R + Send + Sync + 'scope,
    ) -> Result<Map<R>, SubmitError> {
        let ticket = || Some(Ticket::new(&self.open));
        // SAFETY: as in `submit`, for each of the tasks.
        unsafe { self.pool.shared.map(items, size, f, ticket) }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Scope");
        if let Some(open) = self.open.try_lock() {
            out.field("tasks", &open.count);
        }
        out.finish_non_exhaustive()
    }
}
