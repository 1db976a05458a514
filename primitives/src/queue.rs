//! Queues: some threads put items in, others take them out, and a thread that finds nothing to
//! take, or no room to put, waits.
//!
//! Use them to hand work from thread to thread. A bound keeps producers from running away from
//! consumers: take a bounded queue unless you know why not. [`Queue`] hands out what came first,
//! [`LifoQueue`] what came last, [`PriorityQueue`] the smallest; they are one [`BlockingQueue`]
//! over three ways to store.
//!
//! # How it works
//!
//! ```text
//!                     ┌───────── a lock ─────────┐
//!   put ─────────────▶│          items           │─────────────▶ get
//!     no room: wait   │                          │   no item: wait
//!           └────────▶│ putters ... ... getters  │◀────────┘
//!                     └──────────────────────────┘
//! ```
//!
//! All is under one lock, which nobody keeps for more than a few instructions and, in a
//! [`PriorityQueue`], a few comparisons. A thread that finds no room, or no item, looks a few times
//! more, and then joins a wait queue with a [`Parker`] to sleep on. A get takes the first putter
//! out of its wait queue and wakes it, and a put the first getter.
//!
//! At most one getter and one putter is being woken at a time. Waking takes microseconds and a put
//! nanoseconds: to wake a getter for each put would be most of the work. A thread that was woken
//! looks, and then wakes the next if there is still room, or an item. That it does in any case: if
//! it found something or not, if its time was up just as it was woken, if comparing its item
//! panicked. So while there is something to be had and somebody waits for it, one of them is on its
//! way, and nothing is lost.
//!
//! Threads that come meanwhile do not wait behind those in the wait queue: they are awake, and
//! those are not. A thread that was woken and finds that others were quicker goes back to the front
//! of its wait queue.
//!
//! # Coming from Python
//!
//! | `queue.Queue` | here |
//! |---|---|
//! | `Queue(maxsize=n)`, `Queue()` | [`Queue::bounded`](BlockingQueue::bounded), [`Queue::unbounded`](BlockingQueue::unbounded) |
//! | `maxsize=0`, or less: no bound | a bound of 0 panics: say `unbounded` |
//! | `put(item)`, `put_nowait(item)`, `put(item, timeout=s)` | [`put`](BlockingQueue::put), [`try_put`](BlockingQueue::try_put), [`put_for`](BlockingQueue::put_for), [`put_until`](BlockingQueue::put_until) |
//! | `get()`, `get_nowait()`, `get(timeout=s)` | [`get`](BlockingQueue::get), [`try_get`](BlockingQueue::try_get), [`get_for`](BlockingQueue::get_for), [`get_until`](BlockingQueue::get_until) |
//! | `Full`, `Empty`, `ShutDown` | [`PutError`] and [`Closed`], which give the item back; [`GetError`] |
//! | `qsize()`, `empty()`, `full()`, `maxsize` | [`len`](BlockingQueue::len), [`is_empty`](BlockingQueue::is_empty), [`is_full`](BlockingQueue::is_full), [`capacity`](BlockingQueue::capacity) |
//! | `shutdown()` | [`close`](BlockingQueue::close): no more puts; gets take what is left |
//! | `shutdown(immediate=True)` | [`close_now`](BlockingQueue::close_now); here too those items count as done |
//! | `task_done()`; too often: `ValueError` | [`task_done`](BlockingQueue::task_done); too often: panic |
//! | `join()` | [`join`](BlockingQueue::join), and three more forms |
//! | a `join` that was woken looks again, and waits on if more was put meanwhile | returns if once, since the call, all was done |
//! | `iter(queue.get, STOP)` | `for item in &queue`, until it is closed and empty |
//! | `LifoQueue`, `PriorityQueue` | [`LifoQueue`], [`PriorityQueue`] |
//! | a `PriorityQueue` mixes equals up | equals come out in the order in which they went in |
//! | `SimpleQueue` | [`Queue::unbounded`](BlockingQueue::unbounded) |
//! | waiters are woken in the order of arrival, and a thread that comes meanwhile may be quicker | the same |
//!
//! # Example
//!
//! ```
//! use primitives::Queue;
//! use std::thread;
//!
//! static ORDERS: Queue<u32> = Queue::bounded(2);
//!
//! let cooks: Vec<_> = (0..3).map(|_| thread::spawn(|| ORDERS.iter().sum::<u32>())).collect();
//! for order in 1..=10 {
//!     ORDERS.put(order).unwrap();
//! }
//! ORDERS.close();
//! let cooked: u32 = cooks.into_iter().map(|cook| cook.join().unwrap()).sum();
//! assert_eq!(cooked, 55);
//! ```

mod errors;
mod iterators;
mod sleepers;
mod storage;

pub use errors::{Closed, DoneTooOften, GetError, PutError};
pub use iterators::{IntoIter, Iter, TryIter};
pub use storage::{Heap, Storage};

use super::lock::{Lock, LockGuard};
use super::parker::{Parker, WaitQueue};
use super::platform::const_unless_modelled;
use super::platform::deadline::Deadline;
use super::platform::panics::drop_all;
use super::platform::spin::Spin;
use super::platform::time::{Duration, Instant};
use sleepers::{OnDrop, Sleepers, wake};
use std::collections::VecDeque;
use std::fmt;
use std::mem::{forget, replace, take};
use std::sync::Arc;

/// A queue that hands out first what was put first. See the [module](self) for how it works.
#[doc(alias = "channel")]
#[doc(alias = "queue.Queue")]
#[doc(alias = "SimpleQueue")]
pub type Queue<T> = BlockingQueue<VecDeque<T>>;

/// A queue that hands out first what was put last: a stack. See the [module](self) for how it
/// works.
///
/// ```
/// let queue = primitives::LifoQueue::unbounded();
/// (1..=3).for_each(|item| queue.put(item).unwrap());
/// queue.close();
/// assert!(queue.iter().eq([3, 2, 1]));
/// ```
#[doc(alias = "queue.LifoQueue")]
#[doc(alias = "stack")]
pub type LifoQueue<T> = BlockingQueue<Vec<T>>;

/// A queue that hands out the smallest item first, and equal ones in the order in which they were
/// put. See the [module](self) for how it works.
///
/// Items are compared under the queue's lock, so comparing must not use the queue. If it panics,
/// the queue stays as it was: what was in it is in it still.
///
/// ```
/// let queue = primitives::PriorityQueue::unbounded();
/// [(2, "b"), (1, "z"), (2, "a")].map(|item| queue.put(item).unwrap());
/// queue.close();
/// assert!(queue.iter().eq([(1, "z"), (2, "a"), (2, "b")]));
/// ```
#[doc(alias = "queue.PriorityQueue")]
#[doc(alias = "BinaryHeap")]
pub type PriorityQueue<T> = BlockingQueue<Heap<T>>;

/// What [`Queue`], [`LifoQueue`] and [`PriorityQueue`] are. See the [module](self) for how it
/// works.
pub struct BlockingQueue<S: Storage> {
    /// As many items may be in it. `usize::MAX` means no bound: there is not so much memory.
    capacity: usize,
    state: Lock<State<S>>,
}

// ANCHOR: state
struct State<S> {
    items: S,
    closed: bool,
    /// Items that were put and that nobody has called done.
    unfinished: usize,
    joiners: WaitQueue,
    /// They found no item. If now there is one, one of them is being woken.
    getters: Sleepers,
    /// They found no room. If now there is some, one of them is being woken.
    putters: Sleepers,
}

// ANCHOR_END: state

/// What a thread wants of a queue.
#[derive(Clone, Copy)]
enum Side {
    Put,
    Get,
}

/// Why an attempt to put or to get came to nothing.
enum Refused<'a, S> {
    Closed,
    /// There was no room, or no item. The queue is still locked.
    Wait(LockGuard<'a, State<S>>),
}

impl<S> Refused<'_, S> {
    /// Gives the item back that is in the slot.
    #[cold]
    fn put_error<T>(self, slot: Option<T>) -> PutError<T> {
        let item = slot.expect("an item that was refused is still in its slot");
        match self {
            Refused::Closed => PutError::Closed(item),
            Refused::Wait(_) => PutError::Full(item),
        }
    }

    #[cold]
    fn get_error(self) -> GetError {
        match self {
            Refused::Closed => GetError::Closed,
            Refused::Wait(_) => GetError::Empty,
        }
    }
}

impl<S: Storage> BlockingQueue<S> {
    const_unless_modelled! {
        /// A queue that holds at most `capacity` items.
        ///
        /// # Panics
        ///
        /// When `capacity` is 0.
        pub fn bounded(capacity: usize) -> Self {
            assert!(capacity > 0, "a queue with no room: for one without a bound, say `unbounded`");
            let state = Lock::new(State {
                items: S::EMPTY,
                closed: false,
                unfinished: 0,
                joiners: WaitQueue::new(),
                getters: Sleepers::new(),
                putters: Sleepers::new(),
            });
            Self { capacity, state }
        }

        /// A queue that is never full.
        pub fn unbounded() -> Self {
            Self::bounded(usize::MAX)
        }
    }

    /// Waits for room and puts the item.
    ///
    /// # Errors
    ///
    /// [`Closed`], with the item, when the queue is closed, also if that happens while it waits.
    #[doc(alias = "send")]
    #[inline]
    pub fn put(&self, item: S::Item) -> Result<(), Closed<S::Item>> {
        // Without a deadline the only error is that the queue is closed.
        self.put_by(item, Deadline::Never).map_err(|error| Closed(error.into_inner()))
    }

    /// Puts the item if there is room now.
    ///
    /// ```
    /// use primitives::{Queue, queue::PutError};
    ///
    /// let queue = Queue::bounded(1);
    /// assert_eq!(queue.try_put('a'), Ok(()));
    /// assert_eq!(queue.try_put('b'), Err(PutError::Full('b')));
    /// ```
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, when the queue is full or closed.
    #[doc(alias = "put_nowait")]
    #[doc(alias = "try_send")]
    #[inline]
    pub fn try_put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let mut slot = Some(item);
        self.put_into(self.lock(), &mut slot).map_err(|refused| refused.put_error(slot))
    }

    /// Waits for room and puts the item, but waits no longer than `timeout`. One too long for the
    /// clock means for ever.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, when the queue stays full or is closed.
    #[doc(alias = "send_timeout")]
    #[inline]
    pub fn put_for(&self, item: S::Item, timeout: Duration) -> Result<(), PutError<S::Item>> {
        self.put_by(item, Deadline::After(timeout))
    }

    /// Waits for room and puts the item, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`put_for`](Self::put_for).
    #[doc(alias = "send_deadline")]
    #[inline]
    pub fn put_until(&self, item: S::Item, deadline: Instant) -> Result<(), PutError<S::Item>> {
        self.put_by(item, Deadline::At(deadline))
    }

    /// Waits for an item and takes it.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is closed and empty, also if that happens while it waits.
    #[doc(alias = "recv")]
    #[inline]
    pub fn get(&self) -> Result<S::Item, Closed> {
        // Without a deadline the only error is that the queue is closed.
        self.get_by(Deadline::Never).map_err(|_| Closed(()))
    }

    /// Takes an item if there is one now.
    ///
    /// ```
    /// use primitives::{Queue, queue::GetError};
    ///
    /// let queue = Queue::bounded(1);
    /// queue.put('a').unwrap();
    /// queue.close();
    /// assert_eq!(queue.try_get(), Ok('a'));
    /// assert_eq!(queue.try_get(), Err(GetError::Closed));
    /// ```
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], or [`GetError::Closed`] if it is closed too.
    #[doc(alias = "get_nowait")]
    #[doc(alias = "try_recv")]
    #[inline]
    pub fn try_get(&self) -> Result<S::Item, GetError> {
        self.get_from(self.lock()).map_err(Refused::get_error)
    }

    /// Waits for an item and takes it, but waits no longer than `timeout`. One too long for the
    /// clock means for ever.
    ///
    /// # Errors
    ///
    /// [`GetError`] when the queue stays empty, or is closed and empty.
    #[doc(alias = "recv_timeout")]
    #[inline]
    pub fn get_for(&self, timeout: Duration) -> Result<S::Item, GetError> {
        self.get_by(Deadline::After(timeout))
    }

    /// Waits for an item and takes it, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`get_for`](Self::get_for).
    #[doc(alias = "recv_deadline")]
    #[inline]
    pub fn get_until(&self, deadline: Instant) -> Result<S::Item, GetError> {
        self.get_by(Deadline::At(deadline))
    }

    /// Takes item after item, and waits for the next, until the queue is closed and empty.
    pub fn iter(&self) -> Iter<'_, S> {
        Iter { queue: self }
    }

    /// Takes item after item until there is none now. Never waits for one.
    pub fn try_iter(&self) -> TryIter<'_, S> {
        TryIter { queue: self }
    }

    /// Takes all items that are there now, at once. They come out in the order of gets.
    ///
    /// Each still counts as unfinished until [`task_done`](Self::task_done) is called for it.
    ///
    /// ```
    /// let queue = primitives::PriorityQueue::bounded(3);
    /// [3, 1, 2].map(|item| queue.put(item).unwrap());
    /// let all = queue.drain();
    /// assert!(queue.is_empty());
    /// assert!(all.eq([1, 2, 3]));
    /// ```
    pub fn drain(&self) -> IntoIter<S> {
        let mut state = self.lock();
        let items = replace(&mut state.items, S::EMPTY);
        let putter = if items.count() > 0 { state.putters.next() } else { None };
        drop(state);
        // It finds room, and wakes the next as long as there is some.
        wake(putter);
        IntoIter { items }
    }

    /// How many items are in the queue. By the time you look at the answer it may be stale.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.state.lock().items.count()
    }

    /// Whether nothing is in the queue. By the time you look at the answer it may be stale.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room. By the time you look at the answer it may be stale.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity
    }

    /// How many items it holds at most. `None` means that it has no bound.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        (self.capacity < usize::MAX).then_some(self.capacity)
    }

    /// Lets nobody put any more. Gets take what is left, and then say so. All that wait for what
    /// can not come any more go on at once.
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.close_and(|_| ());
    }

    /// As [`close`](Self::close), drops what is left, and says how many items that were. They count
    /// as done: see [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// When the drop of an item panics. All are dropped all the same, and further panics go no
    /// further. So it is when the queue itself is dropped.
    #[doc(alias = "shutdown")]
    pub fn close_now(&self) -> usize {
        let (left, joiners) = self.close_and(|state| {
            let left = replace(&mut state.items, S::EMPTY);
            // Some may have been called done before anybody took them.
            state.unfinished = state.unfinished.saturating_sub(left.count());
            (left, state.joiners_if_all_is_done())
        });
        wake(joiners);
        let count = left.count();
        // Dropped last, and with no lock held: an item's drop may panic, or use the queue.
        drop_all(left.into_items());
        count
    }

    fn close_and<R>(&self, and: impl FnOnce(&mut State<S>) -> R) -> R {
        let mut state = self.state.lock();
        state.closed = true;
        let waiting = [take(&mut state.getters.queue), take(&mut state.putters.queue)];
        let result = and(&mut state);
        drop(state);
        waiting.into_iter().for_each(wake);
        result
    }

    /// Whether the queue has been closed.
    #[doc(alias = "is_shutdown")]
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// How many items were put that are not done. By the time you look at the answer it may be
    /// stale.
    #[doc(alias = "unfinished_tasks")]
    pub fn unfinished(&self) -> usize {
        self.state.lock().unfinished
    }

    /// Says that the work on one item is done. Once for each item, by the thread that took it: see
    /// [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// When it is called more often than items were put. Nothing has changed then.
    pub fn task_done(&self) {
        let counted = self.try_task_done().is_ok();
        assert!(counted, "task_done was called more often than items were put");
    }

    /// As [`task_done`](Self::task_done), with an error in the place of the panic.
    ///
    /// # Errors
    ///
    /// [`DoneTooOften`] when it is called more often than items were put. Nothing has changed then.
    pub fn try_task_done(&self) -> Result<(), DoneTooOften> {
        let mut state = self.state.lock();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(DoneTooOften)?;
        let joiners = state.joiners_if_all_is_done();
        drop(state);
        wake(joiners);
        Ok(())
    }

    /// Waits until [`task_done`](Self::task_done) has been called for each item that was put. What
    /// was done before those calls is seen by all that follows.
    ///
    /// ```
    /// let queue = primitives::Queue::unbounded();
    /// queue.put("wash up").unwrap();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         for task in &queue {
    ///             // … do it, and then:
    ///             queue.task_done();
    ///         }
    ///     });
    ///     queue.join();
    ///     queue.close();
    /// });
    /// ```
    pub fn join(&self) {
        self.join_by(Deadline::Never);
    }

    /// Whether the work on all items that were put is done.
    #[must_use = "`false` means that some work is not done"]
    pub fn try_join(&self) -> bool {
        self.state.lock().unfinished == 0
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `true` means that all was done.
    /// One too long for the clock means for ever.
    #[must_use = "`false` means that some work is not done"]
    pub fn join_for(&self, timeout: Duration) -> bool {
        self.join_by(Deadline::After(timeout))
    }

    /// As [`join`](Self::join), but gives up at `deadline`. `true` means that all was done.
    #[must_use = "`false` means that some work is not done"]
    pub fn join_until(&self, deadline: Instant) -> bool {
        self.join_by(Deadline::At(deadline))
    }

    #[inline]
    fn put_by(&self, item: S::Item, deadline: Deadline) -> Result<(), PutError<S::Item>> {
        let mut slot = Some(item);
        match self.put_into(self.lock(), &mut slot) {
            Ok(()) => Ok(()),
            Err(refused) => self.put_slow_by(refused, slot, deadline),
        }
    }

    #[inline]
    fn get_by(&self, deadline: Deadline) -> Result<S::Item, GetError> {
        match self.get_from(self.lock()) {
            Ok(item) => Ok(item),
            Err(refused) => self.get_slow_by(refused, deadline),
        }
    }

    // ANCHOR: put
    /// Puts the item and lets go of the lock.
    ///
    /// The item is in the caller's slot until it is in the queue. If comparing it panics, it is
    /// dropped by the caller, and so without the lock: its drop may use the queue.
    // Always inlined, here and below: handing the result over in memory takes 5 % of a put and a
    // get.
    #[inline(always)]
    fn put_into<'a>(
        &self,
        mut state: LockGuard<'a, State<S>>,
        slot: &mut Option<S::Item>,
    ) -> Result<(), Refused<'a, S>> {
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.items.count() == self.capacity {
            return Err(Refused::Wait(state));
        }
        state.items.push(slot);
        state.unfinished += 1;
        let getter = state.getters.next();
        // Wake it when the lock is free: it wants it.
        drop(state);
        wake(getter);
        Ok(())
    }
    // ANCHOR_END: put

    /// Takes an item and lets go of the lock.
    #[inline(always)]
    fn get_from<'a>(&self, mut state: LockGuard<'a, State<S>>) -> Result<S::Item, Refused<'a, S>> {
        match state.items.pop() {
            Some(item) => {
                let putter = state.putters.next();
                drop(state);
                wake(putter);
                Ok(item)
            }
            None if state.closed => Err(Refused::Closed),
            None => Err(Refused::Wait(state)),
        }
    }

    #[cold]
    fn put_slow_by<'a>(
        &'a self,
        refused: Refused<'a, S>,
        mut slot: Option<S::Item>,
        deadline: Deadline,
    ) -> Result<(), PutError<S::Item>> {
        let attempt = |state| self.put_into(state, &mut slot);
        let result = self.wait_by(refused, Side::Put, attempt, deadline);
        result.map_err(|refused| refused.put_error(slot))
    }

    #[cold]
    fn get_slow_by<'a>(
        &'a self,
        refused: Refused<'a, S>,
        deadline: Deadline,
    ) -> Result<S::Item, GetError> {
        let attempt = |state| self.get_from(state);
        self.wait_by(refused, Side::Get, attempt, deadline).map_err(Refused::get_error)
    }

    /// After a first attempt that was refused: attempts again until it is not told to wait, or
    /// until the time is up.
    fn wait_by<'a, R>(
        &'a self,
        refused: Refused<'a, S>,
        side: Side,
        mut attempt: impl FnMut(LockGuard<'a, State<S>>) -> Result<R, Refused<'a, S>>,
        deadline: Deadline,
    ) -> Result<R, Refused<'a, S>> {
        if let Refused::Closed = refused {
            return Err(refused);
        }
        drop(refused);
        let deadline = deadline.resolved();
        let mut spin = Spin::for_item();
        while spin.spin() {
            let Some(state) = self.state.try_lock() else { continue };
            match attempt(state) {
                Err(Refused::Wait(_)) => {}
                result => return result,
            }
        }
        let mut result = attempt(self.lock());
        let mut enqueue: fn(&mut WaitQueue, Parker) -> Arc<Parker> = WaitQueue::push_back;
        // ANCHOR: wait
        while let Err(Refused::Wait(mut state)) = result {
            let parker = enqueue(&mut state.sleepers(side).queue, Parker::new());
            drop(state);
            if !parker.park_by(deadline) {
                let mut state = self.lock();
                // A thread that is no longer in the queue when its time is up has been woken all
                // the same.
                if state.sleepers(side).queue.remove(&parker) {
                    return Err(Refused::Wait(state));
                }
            }
            // It has been woken. Whatever comes of it, also if comparing items panics, the next may
            // have to be woken.
            let pass_on = OnDrop(|| self.pass_on(side));
            result = attempt(self.lock());
            if let Err(Refused::Wait(state)) = &mut result {
                // Nothing to pass on. It goes back to where it was, in front.
                state.sleepers(side).one_is_waking = false;
                forget(pass_on);
                enqueue = WaitQueue::push_front;
            }
        }
        // ANCHOR_END: wait
        result
    }

    // ANCHOR: pass_on
    /// Called by a thread that was woken and has looked: wakes the next, if there is something for
    /// it.
    fn pass_on(&self, side: Side) {
        let mut state = self.lock();
        let count = state.items.count();
        let ready = match side {
            Side::Put => count < self.capacity,
            Side::Get => count > 0,
        };
        let sleepers = state.sleepers(side);
        sleepers.one_is_waking = false;
        let next = if ready { sleepers.next() } else { None };
        drop(state);
        wake(next);
    }
    // ANCHOR_END: pass_on

    #[inline]
    fn lock(&self) -> LockGuard<'_, State<S>> {
        let locked = self.state.lock_in_one_step().or_else(|| self.state.try_lock());
        locked.unwrap_or_else(|| self.lock_slow())
    }

    #[cold]
    fn lock_slow(&self) -> LockGuard<'_, State<S>> {
        let mut spin = Spin::for_short_lock();
        while spin.spin() {
            if let Some(state) = self.state.try_lock() {
                return state;
            }
        }
        self.state.lock()
    }

    /// `true` means that all was done, `false` that the deadline passed first.
    fn join_by(&self, deadline: Deadline) -> bool {
        let mut state = self.state.lock();
        if state.unfinished == 0 {
            return true;
        }
        let parker = state.joiners.push_back(Parker::new());
        drop(state);
        parker.park_by(deadline) || !self.state.lock().joiners.remove(&parker)
    }
}

impl<S: Storage> State<S> {
    fn sleepers(&mut self, side: Side) -> &mut Sleepers {
        match side {
            Side::Put => &mut self.putters,
            Side::Get => &mut self.getters,
        }
    }

    fn joiners_if_all_is_done(&mut self) -> WaitQueue {
        if self.unfinished == 0 { take(&mut self.joiners) } else { WaitQueue::new() }
    }
}

impl<S: Storage> Drop for BlockingQueue<S> {
    fn drop(&mut self) {
        drop_all(replace(&mut self.state.get_mut().items, S::EMPTY).into_items());
    }
}

impl<S: Storage> fmt::Debug for BlockingQueue<S> {
    /// Never waits. Shows less while another thread uses the queue.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("BlockingQueue");
        out.field("capacity", &self.capacity());
        if let Some(state) = self.state.try_lock() {
            out.field("len", &state.items.count())
                .field("closed", &state.closed)
                .field("unfinished", &state.unfinished)
                .field("getters", &state.getters.queue.len())
                .field("putters", &state.putters.queue.len());
        }
        out.finish_non_exhaustive()
    }
}
