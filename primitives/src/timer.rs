//! A timer: a function that runs once, when its time has come, unless it is cancelled before.
//!
//! Use it for what must happen later though no thread waits for it: a time limit, a retry, a
//! reminder. All timers share one thread, which runs one function after another. So a function must
//! be short: one that takes long delays all others. Where some take long,
//! [`Timers::running_with`] has the functions run elsewhere, such as in a pool.
//!
//! # States
//!
//! One 32-bit word for each timer. Threads that join it sleep on it:
//!
//! ```text
//!           driver: its time has come                    the function has ended
//!   armed ─────────────────────────────▶ taken (runs) ──────────────────────────▶ ran, or panicked
//!     │
//!     └────────────────────────────────▶ taken (is dropped) ────────────────────▶ cancelled
//!           somebody: cancel
//! ```
//!
//! Both ways begin with the same exchange, and only one can be the first to make it. The first has
//! the function to itself, to call it or to drop it. So a cancel needs no lock, and its answer is
//! the truth.
//!
//! The timers that have been armed stand in a heap under a lock, the earliest first. The driver
//! sleeps until the deadline of the first; a thread that arms an earlier one wakes it. A cancelled
//! timer leaves its place in the heap behind, hardly more than a hundred bytes: the function is
//! gone. The places are swept out whenever the heap has grown to twice what was left by the sweep
//! before: it is never longer than twice the most timers that were pending at once, or 64.
//!
//! With [`Timers::running_with`] the driver does not take a timer whose time has come, but hands it
//! over, as a [`DueTimer`]. Whoever runs that takes it. Until then it can be cancelled.
//!
//! The driver does not read the clock. Whatever is not later than a deadline until which it has
//! slept is due.
//!
//! # Coming from Python
//!
//! | `threading.Timer` | here |
//! |---|---|
//! | `Timer(s, f, args)`, then `start()` | [`Timer::after`], [`Timer::at`], which arm it at once; `f` captures what it needs |
//! | `cancel()` | [`Timer::cancel`], which says whether it came in time |
//! | `is_alive()` | [`Timer::is_finished`], which says the opposite |
//! | `join()` | [`Timer::join`], which says how it ended |
//! | `join(timeout=s)` | [`Timer::join_for`], [`Timer::join_until`] |
//! | `join(timeout=0)` | [`Timer::try_join`] |
//! | `join()` by its own function: `RuntimeError` | a panic |
//! | an exception is printed and ends the timer's thread | a panic is printed and ends the timer; see [`TimerOutcome`] |
//! | a timer may go away unnamed, and runs all the same | the same |
//!
//! They differ in this, on purpose:
//!
//! | | `threading.Timer` | here |
//! |---|---|---|
//! | threads | one for each timer | one for all, or those that [`Timers::running_with`] finds |
//! | two functions at once | yes | on the one thread no: one after another, by deadline, and where that is the same by the order in which they were armed |
//! | cancel just as it runs | nobody is told, and a function may run that was cancelled a moment before | it runs or it is cancelled, and [`Timer::cancel`] says which |
//! | what a cancelled function holds | kept as long as the timer | dropped by the cancel |
//! | a delay too long for the clock | `OverflowError` in the timer's thread | never, but it can be cancelled |
//! | the program ends while timers wait | it waits for them | it ends |
//! | a child made by `fork` | has none of the timers; those that it arms run | has no driver: nothing that waits or that it arms through the same [`Timers`] or through [`Timer::after`] ever runs, and nobody is told |
//!
//! # Example
//!
//! ```
//! use primitives::{Event, Timer, TimerOutcome};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! let rings = Arc::new(Event::new());
//! let bell = rings.clone();
//! let alarm = Timer::after(Duration::from_millis(5), move || bell.set());
//! let too_late = Timer::after(Duration::from_secs(3600), || panic!("who sleeps so long?"));
//!
//! rings.wait();
//! assert!(too_late.cancel());
//! assert_eq!(too_late.join(), TimerOutcome::Cancelled);
//! assert_eq!(alarm.join(), TimerOutcome::Ran);
//! ```
//!
//! A function may arm another timer, also itself again:
//!
//! ```
//! use primitives::{Event, Timer};
//! use std::time::{Duration, Instant};
//!
//! static DONE: Event = Event::new();
//!
//! fn tick(now: Instant, left: u32) {
//!     if left == 0 {
//!         return DONE.set();
//!     }
//!     // From deadline to deadline: the ticks do not drift, however late each is.
//!     let next = now + Duration::from_millis(1);
//!     Timer::at(next, move || tick(next, left - 1));
//! }
//!
//! tick(Instant::now(), 10);
//! DONE.wait();
//! ```

mod due;
mod heap;

pub use due::DueTimer;
pub use heap::TimerHeap;

use super::lock::{Lock, LockGuard};
use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::deadline::Deadline;
use super::platform::panics::contain_panic;
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, futex, thread, thread_local};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};
use std::{fmt, mem, ptr};

// ANCHOR: states
/// Somebody may be asleep.
const SLEEPERS: u32 = 1;
/// Somebody has the function to itself, or has had it.
const TAKEN: u32 = 2;
const RAN: u32 = TAKEN | 4;
const PANICKED: u32 = TAKEN | 8;
const CANCELLED: u32 = TAKEN | 12;
// ANCHOR_END: states

/// How a timer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerOutcome {
    /// The function ran to its end.
    Ran,
    /// The function panicked. The message has gone where the panics of threads go; no other timer
    /// is harmed.
    Panicked,
    /// The function did not run, and never will: somebody cancelled it, or dropped the [`Timers`].
    Cancelled,
}

/// A function that runs once, later. See the [module](self) for how it works.
///
/// This is a handle. Dropping it changes nothing: the function runs when its time has come.
#[doc(alias = "threading.Timer")]
#[derive(Clone)]
pub struct Timer {
    task: Arc<Task>,
}

impl Timer {
    /// Arms a timer that runs `f` when `delay` has passed, on the one driver thread of this
    /// process.
    ///
    /// A `delay` of zero runs it as soon as the driver is free, never on this thread. One too long
    /// for the clock means never. A program that ends does not wait for its timers.
    ///
    /// # Panics
    ///
    /// When the operating system refuses the driver thread, which the first call starts.
    #[doc(alias = "start")]
    pub fn after(delay: Duration, f: impl FnOnce() + Send + 'static) -> Self {
        process_wide().after(delay, f)
    }

    /// As [`after`](Self::after), but at a moment. One that has passed means now.
    ///
    /// # Panics
    ///
    /// As [`after`](Self::after).
    pub fn at(deadline: Instant, f: impl FnOnce() + Send + 'static) -> Self {
        process_wide().at(deadline, f)
    }

    /// Sees to it that the function never runs, if that is still possible. `true` means that it
    /// was: the function has been dropped. `false` means that it runs already, that the timer has
    /// ended, or that another thread is about to cancel it.
    ///
    /// It does not wait for a function that runs: [`join`](Self::join) does.
    ///
    /// ```
    /// use primitives::Timer;
    /// use std::time::Duration;
    ///
    /// let timer = Timer::after(Duration::MAX, || unreachable!("not in this world"));
    /// assert!(timer.cancel());
    /// assert!(!timer.cancel(), "only one can have cancelled it");
    /// ```
    ///
    /// # Panics
    ///
    /// When dropping the function does. The timer is cancelled all the same.
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// Whether the timer has ended: the function has run or will never run, and has been dropped.
    #[doc(alias = "is_alive")]
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.try_join().is_some()
    }

    /// Waits until the timer has ended. What the function did, or the thread that cancelled it, is
    /// seen by all that follows.
    ///
    /// # Panics
    ///
    /// When a timer's function calls it for a timer of the same driver that has not ended: that one
    /// would wait for this function to end. A timer of other [`Timers`] can be joined. But two
    /// functions that each join a timer behind the other wait for ever.
    ///
    /// With [`Timers::running_with`] functions run beside each other, and it panics only for the
    /// timer whose function calls it.
    pub fn join(&self) -> TimerOutcome {
        self.task.join_by(Deadline::Never).expect("without a deadline nobody gives up")
    }

    /// How the timer ended, if it has.
    #[must_use = "`None` means that the timer has not ended"]
    #[inline]
    pub fn try_join(&self) -> Option<TimerOutcome> {
        // Acquire: what the function did is seen by all that follows.
        outcome(self.task.state.load(Acquire))
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. One too long for the clock
    /// means for ever.
    ///
    /// A timer's function may call it. But while it waits, no other timer of its driver runs.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join), if `timeout` means for ever.
    #[must_use = "`None` means that the timer has not ended"]
    pub fn join_for(&self, timeout: Duration) -> Option<TimerOutcome> {
        self.task.join_by(Deadline::After(timeout))
    }

    /// As [`join_for`](Self::join_for), but gives up at `deadline`.
    #[must_use = "`None` means that the timer has not ended"]
    pub fn join_until(&self, deadline: Instant) -> Option<TimerOutcome> {
        self.task.join_by(Deadline::At(deadline))
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("outcome", &self.try_join()).finish()
    }
}

/// Timers that share a driver thread of their own, for programs that do not want the one of the
/// process.
///
/// The first timer starts the thread. When there is nothing to do it sleeps.
///
/// Dropping this cancels all that wait. A function that runs, or whose turn has come, is not waited
/// for. The driver thread ends after it. A function that arms others here needs an [`Arc`]
/// of this, and until it has run, or is cancelled, keeps this alive; where that is not wanted, give
/// it a [`Weak`](std::sync::Weak).
///
/// ```
/// use primitives::{TimerOutcome, Timers};
/// use std::time::Duration;
///
/// let timers = Timers::new();
/// let soon = timers.after(Duration::ZERO, || ());
/// let late = timers.after(Duration::from_secs(3600), || ());
/// assert_eq!(soon.join(), TimerOutcome::Ran);
/// drop(timers);
/// assert_eq!(late.join(), TimerOutcome::Cancelled);
/// ```
pub struct Timers {
    shared: Arc<Shared>,
    driver_started: Lock<bool>,
}

type RunWith = Box<dyn Fn(DueTimer) + Send + Sync>;

impl Timers {
    /// No timers yet, and no thread.
    pub fn new() -> Self {
        Self::run_by(None)
    }

    /// As [`new`](Self::new), but the driver calls no function of a timer. It hands each timer to
    /// `run_with` when its time has come, which finds a thread that runs it: so a function that
    /// takes long delays none but those that need the same thread.
    ///
    /// A timer can be cancelled until its function begins, also while it waits for a thread. If
    /// `run_with` drops it, or panics, or if it is dropped later, as by a pool that takes no more
    /// tasks, then it is cancelled. Dropping the [`Timers`] does not cancel what was handed over.
    ///
    /// `run_with` itself runs on the driver, so it must be short, and join no timer. With a pool it
    /// is a submit:
    ///
    /// ```
    /// use primitives::{Event, ThreadPool, TimerOutcome, Timers};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new(2);
    /// let timers = Timers::running_with(move |due| {
    ///     // A closed pool drops the timer, which cancels it. Its outcome says the rest.
    ///     let _ = pool.submit(move || due.run());
    /// });
    ///
    /// let quick_has_run = Arc::new(Event::new());
    /// let done = quick_has_run.clone();
    /// let slow = timers.after(Duration::ZERO, move || done.wait());
    /// let quick = timers.after(Duration::from_millis(1), move || quick_has_run.set());
    /// // On one thread the slow one would wait for ever.
    /// assert_eq!((slow.join(), quick.join()), (TimerOutcome::Ran, TimerOutcome::Ran));
    /// ```
    ///
    /// Here the timers have the pool, and it ends with them. The pool may also be shared, in an
    /// [`Arc`]. If all its workers join timers that wait for a worker, they wait for ever.
    pub fn running_with(run_with: impl Fn(DueTimer) + Send + Sync + 'static) -> Self {
        Self::run_by(Some(Box::new(run_with)))
    }

    fn run_by(run_with: Option<RunWith>) -> Self {
        let schedule = Schedule {
            heap: TimerHeap::new(|task| task.is_taken()),
            driver_runs: false,
            asleep: false,
            closed: false,
        };
        let shared =
            Shared { schedule: Lock::new(schedule), bell: AtomicU32::new(SILENT), run_with };
        Self { shared: Arc::new(shared), driver_started: Lock::new(false) }
    }

    /// Arms a timer that runs `f` when `delay` has passed. One too long for the clock means never.
    ///
    /// # Panics
    ///
    /// When the operating system refuses the driver thread, which the first call starts.
    pub fn after(&self, delay: Duration, f: impl FnOnce() + Send + 'static) -> Timer {
        self.arm(Deadline::After(delay), f)
    }

    /// Arms a timer that runs `f` at `deadline`. One that has passed means now.
    ///
    /// # Panics
    ///
    /// As [`after`](Self::after).
    pub fn at(&self, deadline: Instant, f: impl FnOnce() + Send + 'static) -> Timer {
        self.arm(Deadline::At(deadline), f)
    }

    fn arm<F: FnOnce() + Send + 'static>(&self, deadline: Deadline, f: F) -> Timer {
        // The place of a cancelled timer may stay for long. A large function goes to a box of its
        // own, which the cancel can free. A small one is not worth the time that a box takes.
        if size_of::<F>() > SMALL {
            self.arm_in_place(deadline, Box::new(f))
        } else {
            self.arm_in_place(deadline, f)
        }
    }

    // ANCHOR: arm
    fn arm_in_place(&self, deadline: Deadline, f: impl FnOnce() + Send + 'static) -> Timer {
        let deadline = deadline.instant();
        let task: Arc<Task> = Arc::new(Task {
            state: AtomicU32::new(0),
            driver: self.shared.run_with.is_none().then(|| self.shared.name()),
            function: UnsafeCell::new(Some(f)),
        });
        let mut schedule = self.shared.schedule.lock();
        let first = schedule.heap.push(deadline, task.clone());
        if !schedule.driver_runs {
            drop(schedule);
            self.start_driver(&task);
        } else if first {
            self.shared.wake_driver(schedule);
        }
        Timer { task }
    }
    // ANCHOR_END: arm

    /// Starts the driver, if no other thread has.
    #[cold]
    fn start_driver(&self, armed: &Task) {
        // One tries at a time. The others wait for what comes of it: a timer that is in the heap
        // runs only if there is a driver.
        let mut started = self.driver_started.lock();
        if !*started {
            let shared = self.shared.clone();
            let start = || _ = thread::spawn("timers", move || shared.drive());
            if let Err(refused) = catch_unwind(AssertUnwindSafe(start)) {
                drop(started);
                armed.cancel();
                resume_unwind(refused);
            }
            *started = true;
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Timers {
    /// Shows how long the heap is, those that were cancelled and not yet swept out included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Timers");
        if let Some(schedule) = self.shared.schedule.try_lock() {
            out.field("queued", &schedule.heap.len());
        }
        out.finish_non_exhaustive()
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        let mut schedule = self.shared.schedule.lock();
        schedule.closed = true;
        let tasks = schedule.heap.take_all();
        self.shared.wake_driver(schedule);
        for task in tasks {
            // One function that panics when it is dropped must not keep the others from being
            // cancelled.
            contain_panic(|| _ = task.cancel());
        }
    }
}

/// The timers of [`Timer::after`]. Never dropped: the driver sleeps when the program ends, and ends
/// with it.
fn process_wide() -> &'static Timers {
    static TIMERS: OnceLock<Timers> = OnceLock::new();
    TIMERS.get_or_init(Timers::new)
}

const SILENT: u32 = 0;
const RUNG: u32 = 1;

/// What the driver shares with threads that arm timers.
struct Shared {
    schedule: Lock<Schedule>,
    /// The driver sleeps on this while it is `SILENT`. Written under the lock: by a thread that
    /// wakes the driver, and by the driver when it is awake.
    bell: AtomicU32,
    /// Who runs the functions. `None` means the driver.
    run_with: Option<RunWith>,
}

// What panics leave of `run_with` is for it to know.
impl UnwindSafe for Shared {}
impl RefUnwindSafe for Shared {}

thread_local! {
    /// Whose driver this thread is: [`Shared::name`], or 0.
    static DRIVES: Cell<usize> = const { Cell::new(0) };
}

impl Shared {
    /// Tells this driver from all that are there at the same time.
    fn name(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }

    // ANCHOR: drive
    fn drive(self: &Arc<Self>) {
        DRIVES.with(|drives| drives.set(self.name()));
        // The latest deadline until which it has slept.
        let mut passed = None;
        let mut schedule = self.schedule.lock();
        schedule.driver_runs = true;
        while !schedule.closed {
            if let Some(task) = schedule.heap.pop_due(passed) {
                drop(schedule);
                self.run(task);
                schedule = self.schedule.lock();
                continue;
            }
            let deadline = schedule.heap.first_deadline();
            schedule.asleep = true;
            drop(schedule);
            // A thread that arms an earlier one from here on rings first: the wait does not begin,
            // or ends.
            if futex::wait_until(&self.bell, SILENT, deadline).is_err() {
                passed = deadline;
            }
            schedule = self.schedule.lock();
            let rung = !mem::replace(&mut schedule.asleep, false);
            if rung {
                self.bell.store(SILENT, Relaxed);
            }
        }
    }
    // ANCHOR_END: drive

    // ANCHOR: hand_over
    fn run(&self, task: Arc<Task>) {
        match &self.run_with {
            None => task.run(),
            // Most time limits are cancelled. They need nobody that runs them.
            Some(_) if task.is_taken() => {}
            // If it panics, the timer is dropped, which cancels it.
            Some(run_with) => _ = contain_panic(|| run_with(DueTimer::new(task))),
        }
    }
    // ANCHOR_END: hand_over

    // ANCHOR: ring
    /// Lets go of the schedule, and lets the driver look at it.
    fn wake_driver(&self, mut schedule: LockGuard<'_, Schedule>) {
        let asleep = mem::replace(&mut schedule.asleep, false);
        if asleep {
            // Relaxed: what the driver shall see is under the lock.
            self.bell.store(RUNG, Relaxed);
        }
        drop(schedule);
        if asleep {
            futex::wake_one(&self.bell);
        }
    }
    // ANCHOR_END: ring
}

/// The size of a function, in bytes, up to which it needs no box of its own.
const SMALL: usize = 4 * size_of::<usize>();

struct Schedule {
    heap: TimerHeap<Arc<Task>>,
    /// The driver has come to look at this. Until then it need not be woken.
    driver_runs: bool,
    /// The driver sleeps, and nobody has woken it.
    asleep: bool,
    /// The driver is to end.
    closed: bool,
}

/// A timer. The function is `Some` until it is called or dropped.
struct Task<F: ?Sized = dyn Function> {
    state: AtomicU32,
    /// The driver that is to run it. Until the timer has ended that driver is there, so no other
    /// has its name. `None` means that it will be handed over, and may outlive the driver.
    driver: Option<usize>,
    /// For the thread that has taken it alone.
    function: UnsafeCell<F>,
}

// SAFETY: only one thread takes the function, to call it or to drop it, so sharing a task only ever
// sends the function from the thread that armed it to that one: `Send` is enough.
unsafe impl<F: ?Sized + Send> Sync for Task<F> {}
// Nobody sees what a panic leaves of the function.
impl<F: ?Sized> UnwindSafe for Task<F> {}
impl<F: ?Sized> RefUnwindSafe for Task<F> {}

impl Task {
    // ANCHOR: take
    /// `true` for one caller only: the function is its own.
    fn take(&self) -> bool {
        // Relaxed: driver and canceller got the task from the thread that armed it, by way of the
        // lock or of the handle. What they do with the function is passed on by the end.
        self.state.fetch_or(TAKEN, Relaxed) & TAKEN == 0
    }
    // ANCHOR_END: take

    /// Tells it from all that are there at the same time.
    fn name(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    fn is_taken(&self) -> bool {
        self.state.load(Relaxed) & TAKEN != 0
    }

    // ANCHOR: run
    fn run(&self) {
        if self.take() {
            // SAFETY: this thread has taken it, and nobody else ever will.
            let run = || self.function.with_mut(|function| unsafe { (*function).call() });
            self.end(if contain_panic(run) { RAN } else { PANICKED });
        }
    }
    // ANCHOR_END: run

    fn cancel(&self) -> bool {
        /// Also when dropping the function panics.
        struct End<'a>(&'a Task);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.end(CANCELLED);
            }
        }
        let taken = self.take();
        if taken {
            let _end = End(self);
            // SAFETY: as in `run`.
            self.function.with_mut(|function| unsafe { (*function).discard() });
        }
        taken
    }

    // ANCHOR: join
    fn end(&self, how: u32) {
        // Release: what the function did, and that it is gone, is seen by threads that join.
        if self.state.swap(how, Release) & SLEEPERS != 0 {
            futex::wake_all(&self.state);
        }
    }

    /// `None` means that `deadline` passed first.
    fn join_by(&self, deadline: Deadline) -> Option<TimerOutcome> {
        let deadline = deadline.instant();
        loop {
            // Say that somebody sleeps, or nobody would wake us. Acquire: as in `try_join`.
            let state = self.state.fetch_or(SLEEPERS, Acquire) | SLEEPERS;
            if let Some(outcome) = outcome(state) {
                return Some(outcome);
            }
            let cannot_end_before =
                || self.driver == Some(DRIVES.with(Cell::get)) || due::runs_here(self.name());
            let waits_for_itself = deadline.is_none() && cannot_end_before();
            assert!(!waits_for_itself, "a timer's function joined one that cannot end before it");
            if futex::wait_until(&self.state, state, deadline).is_err() {
                return None;
            }
        }
    }
    // ANCHOR_END: join
}

fn outcome(state: u32) -> Option<TimerOutcome> {
    match state & !SLEEPERS {
        RAN => Some(TimerOutcome::Ran),
        PANICKED => Some(TimerOutcome::Panicked),
        CANCELLED => Some(TimerOutcome::Cancelled),
        _ => None,
    }
}

/// What can be done with a function whose type is not known any more.
trait Function: Send {
    fn call(&mut self);
    fn discard(&mut self);
}

impl<F: FnOnce() + Send> Function for Option<F> {
    fn call(&mut self) {
        if let Some(f) = self.take() {
            f();
        }
    }

    fn discard(&mut self) {
        drop(self.take());
    }
}
