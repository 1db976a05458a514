//! Waiting for the clock.

use crate::event_loop::Core;
use crate::lists::Reason;
use primitives::platform::deadline::Deadline;
use primitives::platform::time::{Duration, Instant};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Waits until `delay` has passed, counted from this call. One too long for the clock means for
/// ever. Other tasks go on meanwhile.
#[doc(alias = "asyncio.sleep")]
pub fn sleep(delay: Duration) -> Sleep {
    Sleep { deadline: Deadline::After(delay).instant(), alarm: None }
}

/// Waits until `deadline`. One that has passed lets the tasks go on that are ready, and no more.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline: Some(deadline), alarm: None }
}

/// Lets all tasks go on that are ready, and then this one.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Awaits `future`, but no longer than `limit`, counted from when this is first polled. When the
/// time is up, `future` is dropped.
///
/// ```
/// use event_loop::{TimedOut, sleep, timeout};
/// use std::time::Duration;
///
/// let soon = Duration::from_millis(1);
/// event_loop::run(async {
///     assert_eq!(timeout(soon, sleep(Duration::MAX)).await, Err(TimedOut));
///     assert_eq!(timeout(soon, async { "at once" }).await, Ok("at once"));
/// });
/// ```
///
/// # Errors
///
/// [`TimedOut`] when the time was up first.
#[doc(alias = "wait_for")]
pub async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, TimedOut> {
    let (mut future, mut time) = (pin!(future), pin!(sleep(limit)));
    poll_fn(|context| {
        let result = future.as_mut().poll(context).map(Ok);
        if result.is_ready() {
            return result;
        }
        time.as_mut().poll(context).map(|()| Err(TimedOut))
    })
    .await
}

/// The time was up before the future was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was up before the future was ready")
    }
}

impl Error for TimedOut {}

/// What [`sleep`] and [`sleep_until`] return.
///
/// It stands in the heap of the loop that runs where it is first polled. Dropping it takes it out.
#[must_use = "a sleep that nobody awaits takes no time"]
pub struct Sleep {
    /// `None` means never.
    deadline: Option<Instant>,
    /// What stands in the heap.
    alarm: Option<Rc<Alarm>>,
}

impl Future for Sleep {
    type Output = ();

    // ANCHOR: sleep
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let alarm = self.alarm.get_or_insert_with(|| {
            let alarm = Rc::new(Alarm::default());
            Core::here().timers.borrow_mut().push(deadline, alarm.clone());
            alarm
        });
        if alarm.rung.get() {
            return Poll::Ready(());
        }
        alarm.waker.set(Some(context.waker().clone()));
        Core::will_wait_for(Reason::What("the clock"));
        Poll::Pending
    }
    // ANCHOR_END: sleep
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// A place in the heap of a loop.
#[derive(Default)]
pub(crate) struct Alarm {
    rung: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Alarm {
    /// Its time has come.
    pub(crate) fn ring(&self) {
        self.rung.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
