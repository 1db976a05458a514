//! A barrier: threads wait for one another until all have come, then all go on.
//!
//! Use it where threads work in steps, and nobody may begin a step before everybody has ended the
//! one before. The barrier is ready for the next round at once. A thread that gives up, or that
//! panics, breaks the barrier: the others get an error and do not wait for ever for one that will
//! not come.
//!
//! # States
//!
//! One 32-bit word, on which waiters sleep. Every change of it is one compare-exchange: last
//! arrival, time-out, abort and reset cannot half happen, but one of them is first and the others
//! see it.
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `SLEEPERS` | somebody may be asleep |
//! | 1–2 | status | what the table below says |
//! | 3 and as many as it takes to count the parties | inside | how many threads of this round have arrived and have not left |
//! | the rest | round | how many rounds are over |
//!
//! | status | | a thread that is inside | a thread that comes | ends with |
//! |---|---|---|---|---|
//! | `OPEN` | threads arrive | waits | arrives | the last arrival: next round, or `ACTING` if there is an action |
//! | `ACTING` | the last to arrive runs the action | waits | waits | the action's end: next round; its panic: `BROKEN` |
//! | `BROKEN` | a time-out, an abort or a panic | leaves with the error | gets the error | a reset: `RESETTING`, or next round if nobody is inside |
//! | `RESETTING` | a reset while threads were inside | leaves with the error | waits | the last to leave: next round |
//!
//! Every next round begins `OPEN` and with nobody inside. An abort leads from everywhere to
//! `BROKEN`, a reset from `OPEN` and `ACTING` to `RESETTING` if somebody is inside, a time-out from
//! `OPEN` to `BROKEN`.
//!
//! A round that failed keeps its number until all its threads have left. So a waiter can tell,
//! however late it looks: if the number is not that of its round, the round has passed; if it is,
//! and the status is `BROKEN` or `RESETTING`, the round has failed. It is the same for all.
//!
//! The number wraps around: after 134 million rounds of two parties, after 8,192 of 65,535. A
//! waiter would be misled that does not run, though it was woken, while exactly so many rounds pass
//! or are reset. Where no more threads than parties use the barrier, and nobody resets it, that
//! cannot be: the next round waits for it.
//!
//! # Coming from Python
//!
//! | `threading.Barrier` | here |
//! |---|---|
//! | `Barrier(n)` | [`Barrier::new`] |
//! | `Barrier(n, action)` | [`Barrier::with_action`] |
//! | `Barrier(n, timeout=s)` | not here: say how long at each wait |
//! | `wait()` returns a number from 0 to *n* − 1 | [`Barrier::wait`], [`Arrival::index`] |
//! | `wait(timeout=s)` | [`Barrier::wait_for`], [`Barrier::wait_until`] |
//! | | [`Barrier::try_wait`] |
//! | `BrokenBarrierError` | [`BrokenBarrier`] |
//! | `reset()`, `abort()` | [`Barrier::reset`], [`Barrier::abort`] |
//! | `parties`, `n_waiting`, `broken` | [`Barrier::parties`], [`Barrier::waiting`], [`Barrier::is_broken`] |
//!
//! They agree in this:
//!
//! - The index is the order of arrival, and one thread runs the action, before any other goes on.
//!   Python
//!   does not say which; here it is the last to arrive, and it is the [leader](Arrival::is_leader).
//! - A wait that times out breaks the barrier. No wait times out while the action runs.
//! - A panic of the action breaks the barrier, and goes on in the thread that ran it.
//! - After a reset, newcomers wait until all that were inside have left. While the barrier is
//!   broken they get the error at once.
//!
//! They differ in this, on purpose:
//!
//! | | `threading.Barrier` | here |
//! |---|---|---|
//! | all have come, then an abort | a thread that has not gone on yet gets the error, though others have passed | the round has passed for all |
//! | abort or reset while the action runs | waits for the action to end, for ever if the action itself called | the round fails at once, and the thread that runs the action gets the error when it ends |
//! | time limit of a thread that comes during a reset | counts from when the barrier is ready | counts from the call |
//! | time limit of a thread that comes while the action runs | counts from when the barrier is ready | counts from the call, and is looked at when the action has ended |
//! | a thread that comes when a round has passed | waits until its last thread has gone on | need not wait |
//! | a barrier for nobody | `ValueError`; in older versions a barrier that never lets go | a panic |
//! | a thread that dies | the others wait for ever | the same, but see [`Barrier::abort_on_panic`] |
//!
//! # Example
//!
//! ```
//! use primitives::{Barrier, Lock};
//! use std::thread;
//!
//! // Three clerks count the coins of their drawers, one of them adds up, and all see the sum.
//! static COUNTED: Lock<Vec<u32>> = Lock::new(Vec::new());
//! static ALL_COUNTED: Barrier = Barrier::new(3);
//! static ADDED_UP: Barrier = Barrier::new(3);
//!
//! let clerks = [120, 45, 310].map(|coins| {
//!     thread::spawn(move || {
//!         COUNTED.lock().push(coins);
//!         if ALL_COUNTED.wait().unwrap().is_leader() {
//!             let mut counted = COUNTED.lock();
//!             *counted = vec![counted.iter().sum()];
//!         }
//!         ADDED_UP.wait().unwrap();
//!         COUNTED.lock()[0]
//!     })
//! });
//! assert_eq!(clerks.map(|clerk| clerk.join().unwrap()), [475, 475, 475]);
//! ```

use super::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::deadline::Deadline;
use super::platform::spin::Spin;
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, futex, thread};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::{error, fmt, mem};

// ANCHOR: states
const SLEEPERS: u32 = 1;
const STATUS: u32 = 3 << 1;
const OPEN: u32 = 0;
const ACTING: u32 = 1 << 1;
const BROKEN: u32 = 2 << 1;
const RESETTING: u32 = 3 << 1;
/// One thread inside.
const ONE: u32 = 1 << 3;
// ANCHOR_END: states
const MOST_PARTIES: usize = 0xffff;

/// The same round and as many inside, but failed. Sleepers are woken to learn of it.
fn failed(state: u32, status: u32) -> u32 {
    state & !(STATUS | SLEEPERS) | status
}

/// A place where a fixed number of threads wait for one another. See the [module](self).
#[doc(alias = "threading.Barrier")]
#[doc(alias = "CyclicBarrier")]
pub struct Barrier<A = fn()> {
    state: AtomicU32,
    /// The lowest bit of the state's round.
    round: u32,
    parties: u32,
    /// Only the thread that has made the state `ACTING` has access, until it has left.
    action: Option<UnsafeCell<A>>,
}

// SAFETY: the action is used by one thread at a time, so sharing the barrier between threads only
// ever sends the action from one to the next: `A: Send` is enough.
unsafe impl<A: Send> Sync for Barrier<A> {}
// A panic of the action breaks the barrier, so nobody takes what is left for whole.
impl<A> UnwindSafe for Barrier<A> {}
impl<A> RefUnwindSafe for Barrier<A> {}

impl Barrier {
    const_unless_modelled! {
        /// A barrier for `parties` threads. One for a single thread never makes it wait.
        ///
        /// # Panics
        ///
        /// When `parties` is 0, or more than 65,535.
        pub fn new(parties: usize) -> Self {
            Self::build(parties, None)
        }
    }
}

impl<A: FnMut()> Barrier<A> {
    const_unless_modelled! {
        /// A barrier for `parties` threads that calls `action` once a round: when all have arrived,
        /// and before any goes on.
        ///
        /// What the threads did before they arrived is seen by the action, and what the action did
        /// is seen by all. The last thread to arrive runs it. If the action panics, that thread
        /// panics and the barrier is broken. An action that waits for its own barrier waits for
        /// ever.
        ///
        /// ```
        /// use primitives::Barrier;
        /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
        /// use std::thread;
        ///
        /// let (sum, checked) = (AtomicU32::new(0), AtomicU32::new(0));
        /// let barrier = Barrier::with_action(2, || checked.store(sum.load(Relaxed), Relaxed));
        /// thread::scope(|scope| {
        ///     for amount in [30, 12] {
        ///         let (barrier, sum, checked) = (&barrier, &sum, &checked);
        ///         scope.spawn(move || {
        ///             sum.fetch_add(amount, Relaxed);
        ///             barrier.wait().unwrap();
        ///             assert_eq!(checked.load(Relaxed), 42);
        ///         });
        ///     }
        /// });
        /// ```
        ///
        /// # Panics
        ///
        /// As [`new`](Barrier::new).
        pub fn with_action(parties: usize, action: A) -> Self {
            Self::build(parties, Some(UnsafeCell::new(action)))
        }
    }

    /// Waits until all parties have arrived.
    ///
    /// What each did before is seen by all after. The thread may use the barrier again at once.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] when the barrier is broken, or breaks or is reset before the round has
    /// passed. What the thread that broke or reset it did before is seen by those that get the
    /// error.
    ///
    /// # Panics
    ///
    /// When the action panics that this thread runs.
    #[inline]
    pub fn wait(&self) -> Result<Arrival, BrokenBarrier> {
        self.arrive_by(Deadline::Never)
    }

    /// Passes if this thread is the last that the round waits for. Otherwise it does not count as
    /// arrived, and `Ok(None)` comes back at once.
    ///
    /// ```
    /// use primitives::Barrier;
    ///
    /// let barrier = Barrier::new(2);
    /// assert_eq!(barrier.try_wait(), Ok(None));
    /// assert!(Barrier::new(1).try_wait().unwrap().unwrap().is_leader());
    /// ```
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] when the barrier is broken.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    pub fn try_wait(&self) -> Result<Option<Arrival>, BrokenBarrier> {
        let mut state = self.state.load(Acquire);
        loop {
            match state & STATUS {
                BROKEN => return Err(BrokenBarrier),
                OPEN if self.completes(state) => match self.arrive(state) {
                    Ok(()) => return self.lead().map(Some),
                    Err(now) => state = now,
                },
                _ => return Ok(None),
            }
        }
    }

    /// Waits until all parties have arrived, but no longer than `timeout`. If that passes first,
    /// breaks the barrier.
    ///
    /// A `timeout` of zero still lets the last to arrive pass. One too long for the clock means for
    /// ever. A wait does not time out while the action runs: all have arrived, and nobody is late.
    /// A thread that comes only then, for the next round, waits for the action to end before it
    /// looks at the time.
    ///
    /// ```
    /// use primitives::{Barrier, BrokenBarrier};
    /// use std::time::Duration;
    ///
    /// let barrier = Barrier::new(2);
    /// assert_eq!(barrier.wait_for(Duration::from_millis(1)), Err(BrokenBarrier));
    /// assert!(barrier.is_broken());
    /// assert_eq!(barrier.wait(), Err(BrokenBarrier));
    /// barrier.reset();
    /// assert!(!barrier.is_broken());
    /// ```
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] when the time is over, or as for [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[inline]
    pub fn wait_for(&self, timeout: Duration) -> Result<Arrival, BrokenBarrier> {
        self.arrive_by(Deadline::After(timeout))
    }

    /// Waits until all parties have arrived, but gives up at `deadline`, which breaks the barrier.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Self::wait_for).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[inline]
    pub fn wait_until(&self, deadline: Instant) -> Result<Arrival, BrokenBarrier> {
        self.arrive_by(Deadline::At(deadline))
    }

    // ANCHOR: arrive
    fn arrive_by(&self, deadline: Deadline) -> Result<Arrival, BrokenBarrier> {
        let mut wait = Wait { spin: Spin::for_turn(), deadline, late: false };
        let mut state = self.state.load(Acquire);
        loop {
            state = match state & STATUS {
                OPEN => match self.arrive(state) {
                    Ok(()) if self.completes(state) => return self.lead(),
                    Ok(()) => return self.wait_inside(state + ONE, wait),
                    Err(now) => now,
                },
                BROKEN => return Err(BrokenBarrier),
                // The old round's threads have not left, and a thread of the new round gives up.
                RESETTING if wait.late => match self.change(state, failed(state, BROKEN)) {
                    Ok(()) => return Err(BrokenBarrier),
                    Err(now) => now,
                },
                _ => self.pause(state, &mut wait),
            };
        }
    }
    // ANCHOR_END: arrive

    // ANCHOR: inside
    /// Waits for the end of the round in which this thread has made the state `arrived`.
    fn wait_inside(&self, arrived: u32, mut wait: Wait) -> Result<Arrival, BrokenBarrier> {
        let mut state = arrived;
        // As long as the round is the same: the bits below it are not looked at.
        while state ^ arrived < self.round {
            let left = match state & STATUS {
                OPEN if wait.late => failed(state, BROKEN) - ONE,
                OPEN | ACTING => {
                    state = self.pause(state, &mut wait);
                    continue;
                }
                _ => self.left(state),
            };
            match self.change(state, left) {
                Ok(()) => return Err(BrokenBarrier),
                Err(now) => state = now,
            }
        }
        Ok(Arrival { index: self.inside(arrived) - 1, leader: false })
    }
    // ANCHOR_END: inside

    /// Whether the next to arrive is the last that the round waits for.
    #[inline]
    fn completes(&self, state: u32) -> bool {
        self.inside(state) + 1 == self.parties
    }

    /// One more inside the open round.
    #[inline]
    fn arrive(&self, state: u32) -> Result<(), u32> {
        let next = match &self.action {
            _ if !self.completes(state) => state + ONE,
            None => self.next_round(state),
            Some(_) => state + ONE + ACTING,
        };
        self.change(state, next)
    }

    /// What the last to arrive does: the action, if there is one.
    #[inline]
    fn lead(&self) -> Result<Arrival, BrokenBarrier> {
        if let Some(action) = &self.action {
            let panics = ActionPanics(self);
            // SAFETY: this thread has made the state `ACTING`, and stays inside until `end_action`.
            // Until then nobody else can: no state becomes `OPEN` while somebody is inside.
            action.with_mut(|action| unsafe { (*action)() });
            mem::forget(panics);
            self.end_action(|state| self.next_round(state))?;
        }
        Ok(Arrival { index: self.parties - 1, leader: true })
    }

    /// Leaves after the action: the round ends as `ends` says, unless it has failed meanwhile.
    fn end_action(&self, ends: impl Fn(u32) -> u32) -> Result<(), BrokenBarrier> {
        let acting = |state| state & STATUS == ACTING;
        let before =
            self.update(|state| if acting(state) { ends(state) } else { self.left(state) });
        if acting(before) { Ok(()) } else { Err(BrokenBarrier) }
    }
}

/// Leaves a broken barrier when the action panics.
struct ActionPanics<'a, A: FnMut()>(&'a Barrier<A>);

impl<A: FnMut()> Drop for ActionPanics<'_, A> {
    fn drop(&mut self) {
        // The panic goes on, and says more than the error could.
        let _ = self.0.end_action(|state| failed(state, BROKEN) - ONE);
    }
}

impl<A> Barrier<A> {
    const_unless_modelled! {
        fn build(parties: usize, action: Option<UnsafeCell<A>>) -> Self {
            assert!(parties > 0, "a barrier for nobody: it needs at least one party");
            assert!(parties <= MOST_PARTIES, "a barrier has at most 65,535 parties");
            let parties = parties as u32;
            let bits = u32::BITS - parties.leading_zeros();
            Self { state: AtomicU32::new(0), round: ONE << bits, parties, action }
        }
    }

    /// Breaks the barrier: all threads that wait get the error, and so do all that come, until a
    /// [`reset`](Self::reset). Never waits.
    ///
    /// A round that has passed has passed for all its threads, even if some are not awake yet. If
    /// the action runs, the round fails, and the thread that runs it gets the error when the action
    /// ends.
    pub fn abort(&self) {
        self.update(|state| failed(state, BROKEN));
    }

    /// Makes the barrier as new. Threads inside get the error; threads that come wait until those
    /// have left. Never waits, and changes nothing if nobody is inside and the barrier is not
    /// broken.
    pub fn reset(&self) {
        self.update(|state| match (state & STATUS, self.inside(state)) {
            (OPEN, 0) | (RESETTING, _) => state,
            (BROKEN, 0) => self.next_round(state),
            _ => failed(state, RESETTING),
        });
    }

    /// Aborts the barrier if this thread panics while it has the guard. Without it, the others
    /// would wait for ever for a thread that panics before it arrives.
    ///
    /// ```
    /// use primitives::{Barrier, BrokenBarrier};
    /// use std::thread;
    ///
    /// static BARRIER: Barrier = Barrier::new(2);
    ///
    /// let panics = thread::spawn(|| {
    ///     let _guard = BARRIER.abort_on_panic();
    ///     panic!("before it arrives");
    /// });
    /// assert_eq!(BARRIER.wait(), Err(BrokenBarrier));
    /// assert!(panics.join().is_err());
    /// ```
    pub fn abort_on_panic(&self) -> AbortOnPanic<'_, A> {
        AbortOnPanic { barrier: self, panicking: thread::panicking() }
    }

    /// Whether the barrier is broken: by an abort, a time-out or a panic of the action, and not
    /// reset since. What the thread that broke it did before is seen by all that follows.
    #[doc(alias = "broken")]
    #[inline]
    pub fn is_broken(&self) -> bool {
        // Acquire: the answer is a reason to look at why.
        self.state.load(Acquire) & STATUS == BROKEN
    }

    /// How many threads each round waits for.
    #[inline]
    pub fn parties(&self) -> usize {
        self.parties as usize
    }

    /// How many threads wait for the round that has begun, the one that runs the action included.
    /// By the time you look at the answer it may be stale.
    #[doc(alias = "n_waiting")]
    pub fn waiting(&self) -> usize {
        let state = self.state.load(Relaxed);
        if matches!(state & STATUS, OPEN | ACTING) { self.inside(state) as usize } else { 0 }
    }

    fn inside(&self, state: u32) -> u32 {
        (state & (self.round - 1)) / ONE
    }

    /// Open, with nobody inside and nobody asleep, and the round one higher.
    fn next_round(&self, state: u32) -> u32 {
        (state | (self.round - 1)).wrapping_add(1)
    }

    /// One fewer inside a round that has failed. The last to leave lets in threads that wait for a
    /// reset.
    fn left(&self, state: u32) -> u32 {
        match (state & STATUS, self.inside(state)) {
            (RESETTING, 1) => self.next_round(state),
            _ => state - ONE,
        }
    }

    // ANCHOR: pause
    /// Waits a moment, or until round or status may no longer be those of `state`. Returns the new
    /// one.
    fn pause(&self, state: u32, wait: &mut Wait) -> u32 {
        if !wait.spin.spin() {
            let marked = state | SLEEPERS;
            // Say that somebody sleeps, or nobody would wake us.
            if state != marked {
                match self.state.compare_exchange(state, marked, Relaxed, Acquire) {
                    Ok(_) => {}
                    Err(now) => return now,
                }
            }
            // A thread that is late and still here waits for the end of an action, which has no
            // time limit.
            wait.deadline = if wait.late { Deadline::Never } else { wait.deadline.resolved() };
            let deadline = wait.deadline.instant();
            wait.late |= futex::wait_until(&self.state, marked, deadline).is_err();
        }
        // Acquire: see what all did before they arrived, and the action, or the thread that broke
        // the barrier.
        self.state.load(Acquire)
    }
    // ANCHOR_END: pause

    /// Changes the state as `next` says, whatever it is. Returns what it was.
    fn update(&self, next: impl Fn(u32) -> u32) -> u32 {
        // Acquire: the thread that runs the action learns here that the round was aborted, or
        // reset.
        let mut state = self.state.load(Acquire);
        while let Err(now) = self.change(state, next(state)) {
            state = now;
        }
        state
    }

    // ANCHOR: change
    /// Puts `next` in the place of `state`, and wakes the sleepers unless `next` leaves them
    /// asleep.
    #[inline]
    fn change(&self, state: u32, next: u32) -> Result<(), u32> {
        // Release: what this thread did before is seen by every thread that looks at the state
        // later: the last to arrive, or one that gets an error. Not acquire: what an open or acting
        // round has been does not come back, so `state` is still what an acquiring look has found.
        // A failed exchange acquires too: it is a new look at the state.
        self.state.compare_exchange_weak(state, next, Release, Acquire)?;
        if state & !next & SLEEPERS != 0 {
            self.wake();
        }
        Ok(())
    }
    // ANCHOR_END: change

    #[cold]
    fn wake(&self) {
        futex::wake_all(&self.state);
    }
}

impl<A> fmt::Debug for Barrier<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("waiting", &self.waiting())
            .field("broken", &self.is_broken())
            .finish()
    }
}

/// How long a thread waits, and whether that is over.
struct Wait {
    spin: Spin,
    deadline: Deadline,
    late: bool,
}

/// One thread's part in a round that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "BarrierWaitResult")]
pub struct Arrival {
    index: u32,
    leader: bool,
}

impl Arrival {
    /// How many threads had arrived before this one: each number below the parties occurs once a
    /// round.
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// Whether this thread was the last to arrive, and ran the action if there is one. One thread a
    /// round is.
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// The barrier is broken, or was reset while the thread waited: somebody is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "BrokenBarrierError")]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken, or was reset while this thread waited")
    }
}

impl error::Error for BrokenBarrier {}

/// Aborts the barrier if it is dropped by a panic. See [`Barrier::abort_on_panic`].
#[must_use = "the barrier is aborted only by a panic while the guard exists"]
pub struct AbortOnPanic<'a, A = fn()> {
    barrier: &'a Barrier<A>,
    /// Whether the thread was panicking before. Then it is not this guard's concern.
    panicking: bool,
}

impl<A> Drop for AbortOnPanic<'_, A> {
    fn drop(&mut self) {
        if thread::panicking() && !self.panicking {
            self.barrier.abort();
        }
    }
}
