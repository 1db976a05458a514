//! A scheduler: actions that one thread runs, each when its time has come.
//!
//! Use it where a thread has nothing else to do than to run what is planned: a simulation, a
//! rehearsal of a timetable, a loop of periodic work. Nothing runs by itself: a thread calls
//! [`run`](Scheduler::run), and the actions run on that thread, one after another. Where no thread
//! can be spared for that, a [`Timer`](super::timer) has one of its own.
//!
//! # How it works
//!
//! The entries stand in a heap under a lock, in the order in which they are to run: by time; where
//! that is the same, by priority, the lower number first; where that is the same too, in the order
//! in which they were entered.
//!
//! ```text
//!              first                        last
//!   time       10:00     10:00     10:00     10:05
//!   priority       1         1         2         0
//!   entered      3rd       4th       1st       2nd
//! ```
//!
//! The actions lie beside it. A cancel takes the action, and leaves the entry's place behind. It is
//! gone when it comes to the top of the heap, or when the heap is swept, which is whenever it has
//! grown to twice what the last sweep has left.
//!
//! A thread that runs the scheduler takes the first entry out if it is due, lets go of the lock,
//! and calls the action. Else it sleeps until the first is due, or until another thread enters an
//! earlier one or cancels the first. The lock is never held while an action or a function of the
//! user's is called. So an action may enter, cancel, and even run the scheduler. One that panics is
//! gone, and its panic leaves `run`; all others stand as they stood, and the next `run` goes on
//! with them.
//!
//! # Coming from Python
//!
//! | `sched.scheduler` | here |
//! |---|---|
//! | `scheduler()` | [`Scheduler::new`] |
//! | `scheduler(timefunc, delayfunc)` | [`Scheduler::with_clock`] |
//! | `enter(delay, priority, action, args)` | [`Scheduler::enter_in`]; `action` captures what it needs |
//! | `enterabs(time, priority, action, args)` | [`Scheduler::enter_at`] |
//! | `cancel(event)`, or `ValueError` | [`Scheduler::cancel`], or [`NotScheduled`] |
//! | `run()` | [`Scheduler::run`] |
//! | `run(blocking=False)` returns the time until the next, or `None` | [`Scheduler::try_run`] |
//! | – | [`Scheduler::run_for`], [`Scheduler::run_until`] |
//! | `queue` | [`Scheduler::queue`] |
//! | `empty()` | [`Scheduler::is_empty`] |
//! | an exception leaves `run`, and the rest stays | a panic does |
//! | several threads may run it, and each action runs once | the same |
//!
//! They differ in this, on purpose:
//!
//! | | `sched.scheduler` | here |
//! |---|---|---|
//! | an earlier one is entered, or the first is cancelled, while `run` sleeps | `run` sleeps on | `run` looks at once; with a sleep function of the user's, when that returns |
//! | `run(blocking=False)`, and an action becomes due meanwhile | runs it too | leaves it to the next call |
//! | `delayfunc(0)` after each action | is called | is not: other threads run anyway |
//! | a delay too long for the clock | `OverflowError` from `sleep` | never due, but it can be cancelled |
//!
//! # Example
//!
//! ```
//! use primitives::{Lock, Scheduler};
//! use std::time::{Duration, Instant};
//!
//! let said = Lock::new(Vec::new());
//! let scheduler = Scheduler::new();
//! let due = Instant::now() + Duration::from_millis(5);
//! for priority in [3, 2, 1] {
//!     let said = &said;
//!     scheduler.enter_at(due, priority, move || said.lock().push(priority));
//! }
//! scheduler.run();
//! assert_eq!(*said.lock(), [1, 2, 3]);
//! ```
//!
//! An action may enter another, also itself again:
//!
//! ```
//! use primitives::Scheduler;
//! use std::time::{Duration, Instant};
//!
//! static SCHEDULER: Scheduler = Scheduler::new();
//!
//! fn tick(due: Instant, left: u32) {
//!     if left > 0 {
//!         // From time to time: the ticks do not drift, however late each is.
//!         let next = due + Duration::from_millis(1);
//!         SCHEDULER.enter_at(next, 0, move || tick(next, left - 1));
//!     }
//! }
//!
//! tick(Instant::now(), 10);
//! SCHEDULER.run();
//! ```

mod schedule;

use super::condition::Condition;
use super::lock::{Lock, LockGuard};
use super::platform::const_unless_modelled;
use super::platform::deadline::Deadline;
use super::platform::time::{Duration, Instant};
use schedule::Schedule;
use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Actions and their times. See the [module](self) for how it works.
///
/// An action may borrow what lives longer than the scheduler.
#[doc(alias = "sched.scheduler")]
pub struct Scheduler<'a> {
    schedule: Lock<Schedule<'a>>,
    /// The first entry has become another one. Threads that run sleep here.
    first_changed: Condition,
    /// The user's clock. `None` means that of the platform.
    clock: Option<Clock<'a>>,
}

type Action<'a> = Box<dyn FnOnce() + Send + 'a>;

// ANCHOR: order
/// An entry of a [`Scheduler`], to cancel it by. Entries are ordered as they are to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scheduled {
    due: Due,
    priority: i32,
    number: u64,
    /// Where its action is.
    slot: usize,
}

/// The order of the lines is the order of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Due {
    At(Instant),
    Never,
}
// ANCHOR_END: order

struct Clock<'a> {
    now: Box<dyn Fn() -> Instant + Send + Sync + 'a>,
    sleep: Box<dyn Fn(Duration) + Send + Sync + 'a>,
}

// No function of the user's is called while something is half changed.
impl UnwindSafe for Scheduler<'_> {}
impl RefUnwindSafe for Scheduler<'_> {}

impl<'a> Scheduler<'a> {
    const_unless_modelled! {
        /// A scheduler with nothing to do, by the clock of the platform.
        pub fn new() -> Self {
            let schedule = Lock::new(Schedule::new());
            Self { schedule, first_changed: Condition::new(), clock: None }
        }
    }

    /// A scheduler by a clock of the user's: `now` tells the time, and `sleep` returns when so much
    /// of it has passed. If it returns earlier, it is called again.
    ///
    /// What takes a day can so be tried in a moment. A thread in `sleep` does not notice what
    /// others enter or cancel before it returns. While all that is left is never due, it is asked
    /// to sleep for [`Duration::MAX`].
    ///
    /// ```
    /// use primitives::{Lock, Scheduler};
    /// use std::time::{Duration, Instant};
    ///
    /// const HOUR: Duration = Duration::from_secs(3600);
    ///
    /// // A clock that stands still, except that a sleep moves it.
    /// let clock = Lock::new(Instant::now());
    /// let morning = *clock.lock();
    /// let scheduler = Scheduler::with_clock(|| *clock.lock(), |time| *clock.lock() += time);
    /// scheduler.enter_in(24 * HOUR, 0, || ());
    /// scheduler.run();
    /// assert_eq!(*clock.lock() - morning, 24 * HOUR);
    /// ```
    pub fn with_clock(
        now: impl Fn() -> Instant + Send + Sync + 'a,
        sleep: impl Fn(Duration) + Send + Sync + 'a,
    ) -> Self {
        let clock = Clock { now: Box::new(now), sleep: Box::new(sleep) };
        Self { clock: Some(clock), ..Self::new() }
    }

    /// Enters an action that is due when `delay` has passed. Of those that are due at the same
    /// time, the one with the lowest `priority` runs first.
    ///
    /// A `delay` too long for the clock means never.
    #[doc(alias = "enter")]
    pub fn enter_in(
        &self,
        delay: Duration,
        priority: i32,
        action: impl FnOnce() + Send + 'a,
    ) -> Scheduled {
        let due = self.now().checked_add(delay).map_or(Due::Never, Due::At);
        self.enter(due, priority, Box::new(action))
    }

    /// Enters an action that is due at a moment. One that has passed means now.
    #[doc(alias = "enterabs")]
    pub fn enter_at(
        &self,
        time: Instant,
        priority: i32,
        action: impl FnOnce() + Send + 'a,
    ) -> Scheduled {
        self.enter(Due::At(time), priority, Box::new(action))
    }

    fn enter(&self, due: Due, priority: i32, action: Action<'a>) -> Scheduled {
        let mut schedule = self.schedule.lock();
        let entry = schedule.enter(due, priority, action);
        self.unlock(schedule, |first| first == entry);
        entry
    }

    /// Takes an entry out, and drops its action, which will never run.
    ///
    /// `entry` must be one of this scheduler: one of another may be taken for it.
    ///
    /// ```
    /// use primitives::{NotScheduled, Scheduler};
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// let entry = scheduler.enter_in(Duration::MAX, 0, || unreachable!("not in this world"));
    /// assert_eq!(scheduler.cancel(entry), Ok(()));
    /// assert_eq!(scheduler.cancel(entry), Err(NotScheduled));
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotScheduled`] when it is not there any more: it runs, has run, or was cancelled.
    ///
    /// # Panics
    ///
    /// When dropping the action does. It is taken out all the same.
    pub fn cancel(&self, entry: Scheduled) -> Result<(), NotScheduled> {
        let mut schedule = self.schedule.lock();
        let action = schedule.take(entry).ok_or(NotScheduled)?;
        self.unlock(schedule, |first| first > entry);
        drop(action);
        Ok(())
    }

    // ANCHOR: unlock
    /// Lets go of the schedule, and lets threads that sleep look at it if what is now the first has
    /// not been the first before. Where nothing is left they shall look, too.
    fn unlock(
        &self,
        mut schedule: LockGuard<'_, Schedule<'a>>,
        is_new: impl Fn(Scheduled) -> bool,
    ) {
        let changed = schedule.first().is_none_or(is_new);
        drop(schedule);
        if changed {
            self.first_changed.notify_all();
        }
    }
    // ANCHOR_END: unlock

    /// Runs the actions, each when it is due, until none is left.
    ///
    /// Other threads, and the actions, may enter and cancel meanwhile. If several threads run the
    /// scheduler, each action runs on one of them, and actions run side by side.
    ///
    /// # Panics
    ///
    /// When an action does. It is gone, and the others still stand in the queue.
    pub fn run(&self) {
        // Without a deadline it does not return before nothing is left.
        let _ = self.run_by(Deadline::Never);
    }

    /// Runs the actions that are due now, and returns how long it is until the next is. `None`
    /// means that none is left, [`Duration::MAX`] that it is never due.
    ///
    /// ```
    /// use primitives::Scheduler;
    /// use std::time::Duration;
    ///
    /// const HOUR: Duration = Duration::from_secs(3600);
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.enter_in(Duration::ZERO, 0, || ());
    /// scheduler.enter_in(HOUR, 0, || ());
    /// assert!(scheduler.try_run().is_some_and(|next| next <= HOUR));
    /// assert_eq!(scheduler.queue().len(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    #[must_use = "`Some` means that something is left, and how long it is until that is due"]
    pub fn try_run(&self) -> Option<Duration> {
        self.run_for(Duration::ZERO)
    }

    /// As [`run`](Self::run), but gives up when the next is not due within `timeout`: it waits that
    /// long, and then returns as [`try_run`](Self::try_run) does. One too long for the clock means
    /// for ever.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    #[must_use = "`Some` means that something is left, and how long it is until that is due"]
    pub fn run_for(&self, timeout: Duration) -> Option<Duration> {
        self.run_by(self.now().checked_add(timeout).map_or(Deadline::Never, Deadline::At))
    }

    /// As [`run_for`](Self::run_for), but gives up at `deadline`. What is due now runs also if that
    /// has passed.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    #[must_use = "`Some` means that something is left, and how long it is until that is due"]
    pub fn run_until(&self, deadline: Instant) -> Option<Duration> {
        self.run_by(Deadline::At(deadline))
    }

    // ANCHOR: run
    /// How long it is until the next is due, which is later than `deadline`, or `None`.
    fn run_by(&self, deadline: Deadline) -> Option<Duration> {
        // What is due later than this is not run: actions that enter themselves again and again
        // would keep this from its end.
        let last = deadline.instant().map_or(Due::Never, |last| Due::At(last.max(self.now())));
        loop {
            let now = self.now();
            let mut schedule = self.schedule.lock();
            let first = schedule.first()?;
            if first.due <= last.min(Due::At(now)) {
                let action = schedule.take(first);
                drop(schedule);
                if let Some(action) = action {
                    action();
                }
            } else if last <= Due::At(now) {
                return Some(first.due.since(now));
            } else {
                self.sleep_until(first.due.min(last), now, schedule);
            }
        }
    }
    // ANCHOR_END: run

    // ANCHOR: sleep
    /// Lets go of the schedule, and may also return for no reason.
    fn sleep_until(&self, due: Due, now: Instant, mut schedule: LockGuard<'_, Schedule<'a>>) {
        match (&self.clock, due) {
            (Some(clock), _) => {
                drop(schedule);
                (clock.sleep)(due.since(now));
            }
            (None, Due::At(time)) => _ = self.first_changed.wait_until(&mut schedule, time),
            (None, Due::Never) => self.first_changed.wait(&mut schedule),
        }
    }
    // ANCHOR_END: sleep

    fn now(&self) -> Instant {
        self.clock.as_ref().map_or_else(Instant::now, |clock| (clock.now)())
    }

    /// What is entered now, in the order in which it is to run.
    pub fn queue(&self) -> Vec<Scheduled> {
        self.schedule.lock().all()
    }

    /// Whether nothing is entered now. An action that runs is not entered any more.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.schedule.lock().len() == 0
    }
}

impl Scheduled {
    /// When it is due. `None` means never.
    pub fn time(&self) -> Option<Instant> {
        match self.due {
            Due::At(time) => Some(time),
            Due::Never => None,
        }
    }

    /// Its priority. A lower number runs first.
    pub fn priority(&self) -> i32 {
        self.priority
    }
}

impl Due {
    /// The time from `now` until it is due.
    fn since(self, now: Instant) -> Duration {
        match self {
            Self::At(time) => time.saturating_duration_since(now),
            Self::Never => Duration::MAX,
        }
    }
}

impl Default for Scheduler<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scheduler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Scheduler");
        if let Some(schedule) = self.schedule.try_lock() {
            out.field("queued", &schedule.len());
        }
        out.finish_non_exhaustive()
    }
}

/// The entry is not there: it runs, has run, or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotScheduled;

impl fmt::Display for NotScheduled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the entry is not there: it runs, has run, or was cancelled")
    }
}

impl Error for NotScheduled {}
