//! Waiting for a change of what a lock guards.

use super::line::{Line, Parked, Turn};
use super::lock::LockGuard;
use primitives::WaitQueue;
use std::fmt;
use std::sync::Arc;

/// Where tasks wait for a change of what a [`Lock`](super::Lock) guards, until another notifies
/// them.
///
/// ```
/// use event_loop::sync::{Condition, Lock};
/// use event_loop::spawn;
/// use std::rc::Rc;
///
/// let account = Rc::new((Lock::new(100), Condition::new()));
/// event_loop::run(async {
///     let payer = account.clone();
///     let _runs_on = spawn(async move {
///         *payer.0.lock().await += 500;
///         payer.1.notify_all();
///     });
///     let (balance, paid_in) = &*account;
///     let balance = paid_in.wait_while(balance.lock().await, |balance| *balance < 500).await;
///     assert_eq!(*balance, 600);
/// });
/// ```
#[doc(alias = "asyncio.Condition")]
#[derive(Default)]
pub struct Condition {
    line: primitives::Lock<WaitQueue<Parked>>,
}

impl Condition {
    /// A condition that nobody waits for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets go of the lock, waits to be notified, and takes the lock again.
    ///
    /// What the task waited for may be gone again when it has the lock: look, or use
    /// [`wait_while`](Self::wait_while), which does.
    ///
    /// When it is dropped after a notification and before it has the lock, it notifies the next.
    // ANCHOR: wait
    pub async fn wait<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T> {
        let lock = guard.lock;
        let turn = Turn::new(self, self.line.lock().push_back(Parked::new()));
        drop(guard);
        turn.await;
        let pass_on = NotifyWhenDropped(self);
        let guard = lock.lock().await;
        std::mem::forget(pass_on);
        guard
    }
    // ANCHOR_END: wait

    /// Waits as long as `reason` says so, looking again after each notification.
    pub async fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: LockGuard<'a, T>,
        mut reason: impl FnMut(&T) -> bool,
    ) -> LockGuard<'a, T> {
        while reason(&guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// Notifies the task that has waited longest. `true` means that there was one.
    ///
    /// The change that it waits for must have been made under the lock.
    pub fn notify_one(&self) -> bool {
        let first = self.line.lock().pop_front();
        first.as_ref().inspect(|parked| parked.unpark()).is_some()
    }

    /// Notifies all that wait, and returns how many.
    pub fn notify_all(&self) -> usize {
        let line = std::mem::take(&mut *self.line.lock());
        let count = line.len();
        line.into_iter().for_each(|parked| parked.unpark());
        count
    }
}

/// A notification that nobody got yet.
struct NotifyWhenDropped<'a>(&'a Condition);

impl Drop for NotifyWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Line for &Condition {
    const NAME: &'static str = "a notification";

    fn leave(&self, parked: &Arc<Parked>) -> bool {
        self.line.lock().remove(parked)
    }

    fn hand_on(&self) {
        self.notify_one();
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Condition");
        if let Some(line) = self.line.try_lock() {
            out.field("waiting", &line.len());
        }
        out.finish_non_exhaustive()
    }
}
