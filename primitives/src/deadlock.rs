//! Locks on which threads do not wait for each other in a cycle: the request that would close it is
//! refused.
//!
//! Use it to learn why a program stops, and where a thread holds several locks and no order of them
//! is known beforehand. A request for a [`WatchedLock`] that would close a cycle of threads, each
//! waiting for the next, is an error that names the threads and the locks. Where an order is known,
//! take [`RankedLock`](super::ranked), which needs no second thread to find a request that breaks
//! it.
//!
//! # How it works
//!
//! Under one lock, the [`Detector`] keeps the *wait-for graph*: an edge for each thread that waits,
//! to the thread that holds what it waits for. A thread waits for one lock at a time, so one
//! question is enough: do the edges from the lock's holder lead back to the thread that asks?
//!
//! ```text
//!        waits for lock B        waits for lock C        asks for lock A
//!   Ann ──────────────────▶ Ben ──────────────────▶ Cat ─ ─ ─ ─ ─ ─ ─ ─ ─▶ Ann
//!   holds lock A            holds lock B            holds lock C: refused
//! ```
//!
//! A lock is one 64-bit word:
//!
//! | word | | let go of |
//! |---|---|---|
//! | 0 | free | |
//! | 1 | free, somebody waits and has been woken | |
//! | 2 × thread | held, nobody waits | by one exchange, past the detector |
//! | 2 × thread + 1 | held, somebody may wait | through the detector |
//!
//! The graph is right at all times. No cycle is missed, and none is reported that is not there:
//!
//! - A thread that asks follows the edges and draws its own in one critical section. Of two
//!   requests that close a cycle together, the second sees the first.
//! - A lock that somebody waits for changes hands in the detector alone, and there the edges of all
//!   that wait for it are turned to the new holder, or to nobody. A holder that waits itself holds
//!   on, so turning edges to a thread that runs closes no cycle.
//!
//! To let go of such a lock wakes the thread that has waited longest. A thread that runs may take
//! the lock before that one is awake, which keeps the lock in use, and does so at most sixteen
//! times. Then the lock is handed over: it goes to the one that waits and to nobody else.
//!
//! A thread that was refused keeps what it holds, and has to let go of some of it. What a thread of
//! the cycle waits for is handed over at once, and cannot be taken back before. So with each
//! refusal somebody gets on.
//!
//! The graph is from R. C. Holt, *Some Deadlock Properties of Computer Systems* (1972). Databases
//! refuse a transaction in this way.
//!
//! # Timed requests
//!
//! A request with a time limit is an edge like any other, and is refused like any other. A cycle
//! that a time-out will break does not last. But until then nobody in it gets on, and a thread that
//! is told at once need not wait for it. [`WatchedLock::try_lock`] does not wait: it draws no edge
//! and is not refused. [`WatchedLock::try_lock_for`] with no time at all is not the same. It is a
//! request that waits, if only for a moment: where it would close a cycle it is refused.
//!
//! # Cost, and what it does not see
//!
//! To take and let go of a lock that nobody else wants costs about as much as for a [`Lock`]. So
//! does a lock for which threads only look a while. While a thread sleeps for it, each lock and
//! unlock goes through the detector, whose one lock all share.
//!
//! The detector sees its own locks alone: not that a thread waits for a channel, for another
//! thread's end, or for a lock whose guard was forgotten. parking_lot's feature
//! `deadlock_detection` reports cycles when asked, after they have closed, and the threads stay
//! stuck.
//!
//! In a child made by `fork`, the graph still has the threads of the parent, which do not run
//! there. If one of them was just using the detector, the child waits for it for ever. Use there
//! only detectors that are made there.
//!
//! Where thread-locals are not native, destructors of thread-locals must not use these locks: see
//! [`thread::id`].
//!
//! # Coming from Python
//!
//! | `threading` | here |
//! |---|---|
//! | nothing detects a deadlock; `faulthandler` shows where a stuck program stands | an error, which names the cycle |
//! | a `Lock` that one thread acquires twice: it waits for itself | a cycle of one: refused |
//! | `acquire()`, `acquire(blocking=False)`, `acquire(timeout=s)` | [`WatchedLock::lock`], [`WatchedLock::try_lock`], [`WatchedLock::try_lock_for`], [`WatchedLock::try_lock_until`] |
//!
//! # Example
//!
//! Two transfers in opposite directions, each with both accounts' locks.
//!
//! ```
//! use primitives::{Detector, WatchedLock};
//! use std::thread;
//!
//! static DETECTOR: Detector = Detector::new();
//! static A: WatchedLock<i64> = WatchedLock::new("lock A", &DETECTOR, 100);
//! static B: WatchedLock<i64> = WatchedLock::new("lock B", &DETECTOR, 100);
//!
//! fn transfer(from: &WatchedLock<i64>, to: &WatchedLock<i64>, amount: i64) {
//!     loop {
//!         let mut source = from.lock().expect("a thread without locks is not refused");
//!         // Refused: the other transfer waits for what this one holds. Release it, try again.
//!         let Ok(mut target) = to.lock() else { continue };
//!         *source -= amount;
//!         *target += amount;
//!         return;
//!     }
//! }
//!
//! thread::scope(|scope| {
//!     scope.spawn(|| transfer(&A, &B, 10));
//!     scope.spawn(|| transfer(&B, &A, 20));
//! });
//! assert_eq!((*A.lock()?, *B.lock()?), (110, 90));
//! # Ok::<(), primitives::Deadlock>(())
//! ```

use super::lock::Lock;
use super::parker::Parker;
use super::platform::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use super::platform::deadline::Deadline;
use super::platform::spin::{MOST_OVERTAKES, Spin};
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled, thread};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::mem::replace;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::Arc;

/// Which thread waits for which, among those that use its locks. See the [module](self) for how it
/// works.
pub struct Detector {
    /// In the order of arrival. There is no cycle in it.
    graph: Lock<Vec<Edge>>,
}

/// A thread that waits for a lock.
struct Edge {
    thread: u64,
    thread_name: String,
    lock: usize,
    lock_name: &'static str,
    holder: u64,
    parker: Arc<Parker>,
    /// It has been woken. Until it comes, another may take the lock.
    is_waking: bool,
    /// The next time the lock goes to this thread and to nobody else.
    handoff: bool,
}

impl Edge {
    fn waits_for(&self, lock: &Watched) -> bool {
        self.lock == lock.address()
    }
}

impl Detector {
    const_unless_modelled! {
        /// A detector that watches no lock yet.
        pub fn new() -> Self {
            Self { graph: Lock::new(Vec::new()) }
        }
    }

    // ANCHOR: slow
    /// `true` means locked, `false` that `deadline` passed first.
    #[cold]
    fn lock_by(&self, lock: &Watched, deadline: Deadline) -> Result<bool, Deadlock> {
        let deadline = deadline.resolved();
        // Most sections end soon. A deadlock is found some microseconds later for it.
        let mut spin = Spin::for_lock();
        while spin.spin() {
            match lock.word.load(Relaxed) {
                FREE if lock.try_lock() => return Ok(true),
                WAITED => break,
                _ => {}
            }
        }
        let me = thread::id();
        let mut graph = self.graph.lock();
        let Err(holder) = take(&mut graph, lock) else {
            return Ok(true);
        };
        let mut parker = Arc::new(Parker::new());
        let edge = Edge {
            thread: me,
            thread_name: thread::name(),
            lock: lock.address(),
            lock_name: lock.name,
            holder,
            parker: parker.clone(),
            is_waking: false,
            handoff: false,
        };
        if let Some(cycle) = cycle(&mut graph, &edge) {
            return Err(cycle);
        }
        graph.push(edge);
        drop(graph);
        let mut overtakes_left = MOST_OVERTAKES;
        loop {
            let notified = parker.park_by(deadline);
            let mut graph = self.graph.lock();
            let Some(place) = graph.iter().position(|edge| edge.thread == me) else {
                // It has been handed the lock, perhaps when its time was up.
                return Ok(true);
            };
            if !notified || graph[place].holder == NOBODY {
                graph.remove(place);
                return Ok(take(&mut graph, lock).is_ok());
            }
            // Another was quicker. It waits for that one now, and keeps its place.
            overtakes_left = overtakes_left.saturating_sub(1);
            let edge = &mut graph[place];
            edge.handoff |= overtakes_left == 0;
            parker = Arc::new(Parker::new());
            edge.parker = parker.clone();
            edge.is_waking = false;
        }
    }
    // ANCHOR_END: slow

    /// Takes a lock that is free but for somebody who waits and is not awake yet.
    #[cold]
    fn try_lock_slow(&self, lock: &Watched) -> bool {
        lock.word.load(Relaxed) == WAITED && take(&mut self.graph.lock(), lock).is_ok()
    }

    // ANCHOR: handover
    /// Lets go of a lock that somebody may wait for.
    #[cold]
    fn unlock_slow(&self, lock: &Watched) {
        let mut graph = self.graph.lock();
        let Some(first) = graph.iter().position(|edge| edge.waits_for(lock)) else {
            // Those that waited have given up, or were refused.
            // Release: what was done under the lock is seen by the thread that finds it free.
            return lock.word.store(FREE, Release);
        };
        let parker = if graph[first].handoff {
            let next = graph.remove(first);
            set_holder(&mut graph, lock, next.thread);
            next.parker
        } else {
            set_holder(&mut graph, lock, NOBODY);
            if replace(&mut graph[first].is_waking, true) {
                return;
            }
            graph[first].parker.clone()
        };
        drop(graph);
        parker.unpark();
    }
    // ANCHOR_END: handover
}

// ANCHOR: take
/// Takes a lock that nobody holds, or says who does, and that somebody may wait for it.
fn take(graph: &mut [Edge], lock: &Watched) -> Result<(), u64> {
    // From here on the holder can let go of the lock only through the graph.
    let holder = holder_in(lock.word.fetch_or(WAITED, Acquire));
    if holder != NOBODY {
        return Err(holder);
    }
    set_holder(graph, lock, thread::id());
    Ok(())
}

/// The lock changes hands, and the edges of all that wait for it with it.
fn set_holder(graph: &mut [Edge], lock: &Watched, holder: u64) {
    let mut word = held_by(holder);
    for edge in graph.iter_mut().filter(|edge| edge.waits_for(lock)) {
        edge.holder = holder;
        word |= WAITED;
    }
    // Relaxed: it is the detector's lock, or else a notification, by which the next holder sees
    // what was done under this lock.
    lock.word.store(word, Relaxed);
}
// ANCHOR_END: take

// ANCHOR: cycle
/// The cycle that `edge` would close, if it would.
fn cycle(graph: &mut [Edge], edge: &Edge) -> Option<Deadlock> {
    let mut path = vec![];
    let mut holder = edge.holder;
    while holder != edge.thread {
        let next = graph.iter().position(|next| next.thread == holder)?;
        path.push(next);
        holder = graph[next].holder;
    }
    // The thread that is refused will let go of something. Whoever of the cycle waits for it gets
    // it, or the two could go on like this for ever.
    path.iter().for_each(|&place| graph[place].handoff = true);
    let edges = || std::iter::once(edge).chain(path.iter().map(|&place| &graph[place]));
    // Each holds what the one before it waits for, and the first what the last waits for.
    let held = edges().last().into_iter().chain(edges()).map(|edge| edge.lock_name);
    let links = edges().zip(held).map(|(edge, holds)| Link {
        thread: edge.thread_name.clone(),
        holds,
        waits_for: edge.lock_name,
    });
    Some(Deadlock { cycle: links.collect() })
}
// ANCHOR_END: cycle

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Detector");
        if let Some(graph) = self.graph.try_lock() {
            let words = |edge: &Edge| {
                let does = if edge.is_waking { "wakes" } else { "waits" };
                format!("{} {does} for {}", edge.thread_name, edge.lock_name)
            };
            out.field("graph", &graph.iter().map(words).collect::<Vec<_>>());
        }
        out.finish_non_exhaustive()
    }
}

/// A request was refused, since the threads would have waited for each other for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deadlock {
    cycle: Vec<Link>,
}

/// A thread in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// The thread's name.
    pub thread: String,
    /// The lock that it holds and the thread before it waits for.
    pub holds: &'static str,
    /// The lock that it waits for and the next thread holds.
    pub waits_for: &'static str,
}

impl Deadlock {
    /// The threads of the cycle. The first is the one whose request was refused.
    pub fn cycle(&self) -> &[Link] {
        &self.cycle
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadlock: ")?;
        for (number, Link { thread, holds, waits_for }) in self.cycle.iter().enumerate() {
            let (stop, waits) = if number == 0 { ("", "asks") } else { ("; ", "waits") };
            write!(f, "{stop}{thread} holds {holds} and {waits} for {waits_for}")?;
        }
        Ok(())
    }
}

impl Error for Deadlock {}

const FREE: u64 = 0;
const NOBODY: u64 = 0;
/// Somebody may be waiting.
const WAITED: u64 = 1;

fn held_by(thread: u64) -> u64 {
    2 * thread
}

fn holder_in(word: u64) -> u64 {
    word / 2
}

/// What the detector knows of a lock.
struct Watched {
    name: &'static str,
    word: AtomicU64,
}

impl Watched {
    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    // ANCHOR: fast
    #[inline]
    fn try_lock(&self) -> bool {
        // Acquire: what the last holder did before its release is seen by all that follows.
        self.word.compare_exchange(FREE, held_by(thread::id()), Acquire, Relaxed).is_ok()
    }

    /// Unlocks, unless somebody may be waiting. Only the holder may call it.
    #[inline]
    fn unlock(&self) -> bool {
        // Release: what was done under the lock is seen by the next holder.
        self.word.compare_exchange(held_by(thread::id()), FREE, Release, Relaxed).is_ok()
    }
    // ANCHOR_END: fast
}

/// A value that one thread at a time may use, watched by a [`Detector`]. See the [module](self).
///
/// `D` leads to the detector: a reference to a static, or an [`Arc`] where there is none.
#[doc(alias = "Mutex")]
pub struct WatchedLock<T: ?Sized, D = &'static Detector> {
    detector: D,
    watched: Watched,
    value: UnsafeCell<T>,
}

// SAFETY: the lock hands the value to one thread at a time: `T: Send` is enough. All threads use
// the detector.
unsafe impl<T: ?Sized + Send, D: Sync> Sync for WatchedLock<T, D> {}
// SAFETY: as for plain fields.
unsafe impl<T: ?Sized + Send, D: Send> Send for WatchedLock<T, D> {}
// As for a `Lock`.
impl<T: ?Sized, D: UnwindSafe> UnwindSafe for WatchedLock<T, D> {}
impl<T: ?Sized, D: RefUnwindSafe> RefUnwindSafe for WatchedLock<T, D> {}

impl<T, D> WatchedLock<T, D> {
    const_unless_modelled! {
        /// An unlocked lock around `value`, which errors call by its name.
        pub fn new(name: &'static str, detector: D, value: T) -> Self {
            let watched = Watched { name, word: AtomicU64::new(FREE) };
            Self { detector, watched, value: UnsafeCell::new(value) }
        }
    }

    /// The value, when nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, D: Deref<Target = Detector>> WatchedLock<T, D> {
    /// Waits until the lock is free and takes it. Dropping the guard releases it.
    ///
    /// ```
    /// use primitives::{Detector, WatchedLock};
    /// use std::sync::Arc;
    ///
    /// let lock = WatchedLock::new("lock A", Arc::new(Detector::new()), 1);
    /// let guard = lock.lock()?;
    /// let refused = lock.lock().unwrap_err();
    /// assert!(refused.to_string().ends_with("holds lock A and asks for lock A"));
    /// # Ok::<(), primitives::Deadlock>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the lock's holder waits, over however many others, for this thread, or is this thread.
    /// Nothing has changed. A thread that holds no lock of the detector is never refused.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> Result<WatchedLockGuard<'_, T>, Deadlock> {
        if !self.watched.try_lock() {
            self.detector.lock_by(&self.watched, Deadline::Never)?;
        }
        Ok(self.guard())
    }

    /// Takes the lock if it is free now. It is not refused: a thread that does not wait closes no
    /// cycle.
    #[inline]
    #[must_use = "the lock is held only while the guard is kept, if there is one"]
    pub fn try_lock(&self) -> Option<WatchedLockGuard<'_, T>> {
        let locked = self.watched.try_lock() || self.detector.try_lock_slow(&self.watched);
        locked.then(|| self.guard())
    }

    /// Takes the lock, but waits no longer than `timeout`; `None` if it was not to be had until
    /// then. One too long for the clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and at once: see [timed requests](self#timed-requests).
    #[doc(alias = "acquire")]
    #[inline]
    pub fn try_lock_for(
        &self,
        timeout: Duration,
    ) -> Result<Option<WatchedLockGuard<'_, T>>, Deadlock> {
        let locked = self.watched.try_lock()
            || self.detector.lock_by(&self.watched, Deadline::After(timeout))?;
        Ok(locked.then(|| self.guard()))
    }

    /// As [`try_lock_for`](Self::try_lock_for), but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`try_lock_for`](Self::try_lock_for).
    #[inline]
    pub fn try_lock_until(
        &self,
        deadline: Instant,
    ) -> Result<Option<WatchedLockGuard<'_, T>>, Deadlock> {
        let locked = self.watched.try_lock()
            || self.detector.lock_by(&self.watched, Deadline::At(deadline))?;
        Ok(locked.then(|| self.guard()))
    }

    /// The lock has been taken.
    #[inline]
    fn guard(&self) -> WatchedLockGuard<'_, T> {
        let (detector, watched, value) = (&*self.detector, &self.watched, &self.value);
        WatchedLockGuard { detector, watched, value, not_send: PhantomData }
    }
}

impl<T: ?Sized, D> WatchedLock<T, D> {
    /// Whether some thread holds the lock. By the time you look at the answer it may be stale.
    #[doc(alias = "locked")]
    #[inline]
    pub fn is_locked(&self) -> bool {
        holder_in(self.watched.word.load(Relaxed)) != NOBODY
    }

    /// The value, without locking: a `&mut` lock is shared with nobody.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized + fmt::Debug, D: Deref<Target = Detector>> fmt::Debug for WatchedLock<T, D> {
    /// Shows the value if the lock is free, and never waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("WatchedLock");
        out.field("name", &self.watched.name);
        // Past the detector, which another thread may be using.
        match self.watched.try_lock().then(|| self.guard()) {
            Some(guard) => out.field("value", &&*guard),
            None => out.field("value", &format_args!("<locked>")),
        };
        out.finish()
    }
}

/// The right to use the value. Dropping it releases the lock, also when a panic drops it.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct WatchedLockGuard<'a, T: ?Sized> {
    detector: &'a Detector,
    watched: &'a Watched,
    value: &'a UnsafeCell<T>,
    /// The lock is held by the thread that locked, so the guard must not leave it.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T` and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for WatchedLockGuard<'_, T> {}
// As its lock.
impl<T: ?Sized> UnwindSafe for WatchedLockGuard<'_, T> {}
impl<T: ?Sized> RefUnwindSafe for WatchedLockGuard<'_, T> {}

impl<T: ?Sized> Deref for WatchedLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock and nobody else has the value;
        // the reference borrows the guard, so it ends before the lock is released.
        self.value.with(|value| unsafe { &*value })
    }
}

impl<T: ?Sized> DerefMut for WatchedLockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` shows that no other reference from this guard
        // lives.
        self.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T: ?Sized> Drop for WatchedLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.watched.unlock() {
            self.detector.unlock_slow(self.watched);
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for WatchedLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for WatchedLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
