//! Queues: some threads put items in, others take them out, and who finds nothing to take, or no room to
//! put, waits.
//!
//! Use them to hand work from thread to thread. A bound keeps producers from running away from consumers:
//! take a bounded queue unless you know why not. [`Queue`] hands out what came first, [`LifoQueue`] what came
//! last, [`PriorityQueue`] the smallest; they are one [`BlockingQueue`] over three ways to store.
//!
//! # How it works
//!
//! ```text
//!              inbox            all at once, when            outbox
//!   put ──▶ ┌────────┐          the outbox is empty        ┌────────┐ ──▶ get
//!           │ a lock │ ──────────────────────────────────▶ │ a lock │
//!           └────────┘                                     └────────┘
//!        line of getters,                              line of putters,
//!       who found no item                              who found no room
//! ```
//!
//! Puts need only the inbox, and gets only the outbox, as long as it has items: those who put and those who
//! get are not in each other's way. (The other two queues keep all their items in the inbox, since the next
//! put may bring what has to come out next.) A get that finds the outbox empty locks the inbox too. So does,
//! in the same order, a put that finds its room used up, to count what is free. Whoever holds both locks
//! knows exactly what is in the queue, and only such a thread says "empty", "full", or waits.
//!
//! Who waits stands in a line, with a [`Waiter`] to sleep on. While getters stand in their line the queue is
//! empty: a put gives its item to the first of them and not to the inbox, so nobody can snatch it away. Each
//! get, also one that joins the line, takes the first putter out of its line and wakes it. A thread that comes meanwhile may be quicker,
//! which uses the time that waking takes; then the woken one goes back, to the front of the line. Whoever
//! is not in the line any more when its time is up was served or woken all the same: so nothing is lost.
//!
//! The two locks are those of Michael and Scott, *Simple, Fast, and Practical Non-Blocking and Blocking
//! Concurrent Queue Algorithms* (1996).
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
//! | no order among waiters | the order of arrival, except that a put may overtake those who are being woken |
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

use super::lock::Lock;
use super::platform::time::{Duration, Instant};
use super::platform::{UnsafeCell, const_unless_modelled};
use super::waiter::{Line, Waiter};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::iter::FusedIterator;
use std::mem::{forget, replace, swap, take};
use std::sync::Arc;

/// A queue that hands out first what was put first. See the [module](self) for how it works.
#[doc(alias = "channel")]
#[doc(alias = "queue.Queue")]
#[doc(alias = "SimpleQueue")]
pub type Queue<T> = BlockingQueue<VecDeque<T>>;

/// A queue that hands out first what was put last: a stack. See the [module](self) for how it works.
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

/// A queue that hands out the smallest item first, and equal ones in the order in which they were put.
/// See the [module](self) for how it works.
///
/// Items are compared under the queue's lock, so comparing must not use the queue. If it panics, the queue
/// stays as it was: what was in it is in it still.
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

/// What [`Queue`], [`LifoQueue`] and [`PriorityQueue`] are. See the [module](self) for how it works.
pub struct BlockingQueue<S: Storage> {
    /// As many items may be in it. `usize::MAX` means no bound: there is not so much memory.
    capacity: usize,
    inbox: Apart<Lock<Inbox<S>>>,
    /// Who locks both locks this one first.
    outbox: Apart<Lock<Outbox<S>>>,
}

struct Inbox<S: Storage> {
    items: S,
    /// So many more fit, or more: a get that does not lock the inbox makes room that is not counted here.
    /// None when the queue is closed.
    room: usize,
    closed: bool,
    /// Items that were put and that nobody has called done.
    unfinished: usize,
    joiners: Line<Waiter>,
    /// Only while there is nothing in the queue.
    getters: Line<Seat<S::Item>>,
}

struct Outbox<S> {
    items: S,
    /// They lined up when the queue was full.
    putters: Line<Waiter>,
}

/// What comes of an attempt: it is done or the queue is closed, or it has to wait.
type Answer<D, C, W> = Result<Result<D, C>, W>;

/// On cache lines of its own, so that those who put do not slow down those who get.
#[repr(align(128))]
struct Apart<T>(T);

impl<S: Storage> BlockingQueue<S> {
    const_unless_modelled! {
        /// A queue that holds at most `capacity` items.
        ///
        /// # Panics
        ///
        /// When `capacity` is 0.
        pub fn bounded(capacity: usize) -> Self {
            assert!(capacity > 0, "a queue with no room: for one without a bound, say `unbounded`");
            let inbox = Lock::new(Inbox {
                items: S::EMPTY,
                room: capacity,
                closed: false,
                unfinished: 0,
                joiners: Line::new(),
                getters: Line::new(),
            });
            let outbox = Lock::new(Outbox { items: S::EMPTY, putters: Line::new() });
            Self { capacity, inbox: Apart(inbox), outbox: Apart(outbox) }
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
        self.put_by(item, || None).map_err(|error| Closed(error.into_inner()))
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
        match self.put_or(item, |_| ()) {
            Ok(result) => Ok(result?),
            Err((item, ())) => Err(PutError::Full(item)),
        }
    }

    /// Waits for room and puts the item, but waits no longer than `timeout`. One too long for the clock
    /// means for ever.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, when the queue stays full or is closed.
    #[doc(alias = "send_timeout")]
    #[inline]
    pub fn put_for(&self, item: S::Item, timeout: Duration) -> Result<(), PutError<S::Item>> {
        self.put_by(item, || Instant::now().checked_add(timeout))
    }

    /// Waits for room and puts the item, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`put_for`](Self::put_for).
    #[doc(alias = "send_deadline")]
    #[inline]
    pub fn put_until(&self, item: S::Item, deadline: Instant) -> Result<(), PutError<S::Item>> {
        self.put_by(item, || Some(deadline))
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
        self.get_by(|| None).map_err(|_| Closed(()))
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
        match self.get_or(|_| ()) {
            Ok(result) => Ok(result?),
            Err(()) => Err(GetError::Empty),
        }
    }

    /// Waits for an item and takes it, but waits no longer than `timeout`. One too long for the clock means
    /// for ever.
    ///
    /// # Errors
    ///
    /// [`GetError`] when the queue stays empty, or is closed and empty.
    #[doc(alias = "recv_timeout")]
    #[inline]
    pub fn get_for(&self, timeout: Duration) -> Result<S::Item, GetError> {
        self.get_by(|| Instant::now().checked_add(timeout))
    }

    /// Waits for an item and takes it, but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`get_for`](Self::get_for).
    #[doc(alias = "recv_deadline")]
    #[inline]
    pub fn get_until(&self, deadline: Instant) -> Result<S::Item, GetError> {
        self.get_by(|| Some(deadline))
    }

    /// Takes item after item, and waits for the next, until the queue is closed and empty.
    pub fn iter(&self) -> Iter<'_, S> {
        Iter { queue: self }
    }

    /// How many items are in the queue. By the time you look at the answer it may be stale.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        let outbox = self.outbox.0.lock();
        outbox.items.count() + self.inbox.0.lock().items.count()
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

    /// Lets nobody put any more. Gets take what is left, and then say so. All that wait for what can not
    /// come any more go on at once.
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        inbox.closed = true;
        inbox.room = 0;
        let (getters, putters) = (take(&mut inbox.getters), take(&mut outbox.putters));
        drop((inbox, outbox));
        // Their seats are empty, which says that the queue is closed.
        getters.into_iter().for_each(|getter| getter.waiter.notify());
        wake(putters);
    }

    /// As [`close`](Self::close), drops what is left, and says how many items that were. They count as
    /// done: see [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// When the drop of an item panics. All are dropped all the same.
    #[doc(alias = "shutdown")]
    pub fn close_now(&self) -> usize {
        self.close();
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        let left = (replace(&mut inbox.items, S::EMPTY), replace(&mut outbox.items, S::EMPTY));
        let count = left.0.count() + left.1.count();
        // Some may have been called done before anybody took them.
        inbox.unfinished = inbox.unfinished.saturating_sub(count);
        let joiners = inbox.joiners_if_all_is_done();
        drop((inbox, outbox));
        wake(joiners);
        // Last, and with no lock held: an item's drop may panic, or use the queue.
        drop(left);
        count
    }

    /// Whether the queue has been closed.
    #[doc(alias = "is_shutdown")]
    pub fn is_closed(&self) -> bool {
        self.inbox.0.lock().closed
    }

    /// Says that the work on one item is done. Once for each item, by who took it: see
    /// [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// When it is called more often than items were put. Nothing has changed then.
    pub fn task_done(&self) {
        let mut inbox = self.inbox.0.lock();
        assert!(inbox.unfinished > 0, "task_done was called more often than items were put");
        inbox.unfinished -= 1;
        let joiners = inbox.joiners_if_all_is_done();
        drop(inbox);
        wake(joiners);
    }

    /// Waits until [`task_done`](Self::task_done) has been called for each item that was put. What was done
    /// before those calls is seen by all that follows.
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
        self.join_by(|| None);
    }

    /// Whether the work on all items that were put is done.
    pub fn try_join(&self) -> bool {
        self.inbox.0.lock().unfinished == 0
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `true` means that all was done. One too
    /// long for the clock means for ever.
    pub fn join_for(&self, timeout: Duration) -> bool {
        self.join_by(|| Instant::now().checked_add(timeout))
    }

    /// As [`join`](Self::join), but gives up at `deadline`. `true` means that all was done.
    pub fn join_until(&self, deadline: Instant) -> bool {
        self.join_by(|| Some(deadline))
    }

    #[inline]
    fn put_by(
        &self,
        item: S::Item,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<(), PutError<S::Item>> {
        match self.put_or(item, |putters| putters.join(Waiter::new())) {
            Ok(result) => Ok(result?),
            Err((item, waiter)) => self.put_slow(item, waiter, deadline()),
        }
    }

    #[inline]
    fn get_by(&self, deadline: impl FnOnce() -> Option<Instant>) -> Result<S::Item, GetError> {
        match self.get_or(|getters| getters.join(Seat::new())) {
            Ok(result) => Ok(result?),
            Err(seat) => self.get_slow(&seat, deadline()),
        }
    }

    /// Puts the item, or if the queue is full, returns it and what `if_full` does to the line of putters.
    #[inline]
    fn put_or<R>(
        &self,
        item: S::Item,
        if_full: impl FnOnce(&mut Line<Waiter>) -> R,
    ) -> Answer<(), Closed<S::Item>, (S::Item, R)> {
        let mut inbox = self.inbox.0.lock();
        if inbox.room == 0 && inbox.getters.is_empty() {
            drop(inbox);
            let mut outbox = self.outbox.0.lock();
            inbox = self.inbox.0.lock();
            inbox.room = self.room(&inbox, &outbox);
            if inbox.closed {
                return Ok(Err(Closed(item)));
            }
            if inbox.room == 0 {
                return Err((item, if_full(&mut outbox.putters)));
            }
        }
        if let Some(getter) = inbox.getters.pop() {
            inbox.unfinished += 1;
            // SAFETY: the getter takes the item when it is notified, or when it finds under the inbox's
            // lock, which this thread holds, that it is not in the line any more. Nobody else can.
            getter.item.with_mut(|seat| unsafe { *seat = Some(item) });
            // Wake it when the lock is free: others may want it meanwhile.
            drop(inbox);
            getter.waiter.notify();
            return Ok(Ok(()));
        }
        inbox.items.push(item);
        inbox.room -= 1;
        inbox.unfinished += 1;
        Ok(Ok(()))
    }

    /// Takes an item, or if there is none, returns what `if_empty` does to the line of getters.
    #[inline]
    fn get_or<R>(
        &self,
        if_empty: impl FnOnce(&mut Line<Seat<S::Item>>) -> R,
    ) -> Answer<S::Item, Closed, R> {
        let mut outbox = self.outbox.0.lock();
        let result = match outbox.items.pop() {
            Some(item) => Ok(Ok(item)),
            None => {
                let mut inbox = self.inbox.0.lock();
                match inbox.items.pop_into(&mut outbox.items) {
                    Some(item) => {
                        inbox.room = self.room(&inbox, &outbox);
                        Ok(Ok(item))
                    }
                    None if inbox.closed => return Ok(Err(Closed(()))),
                    None => Err(if_empty(&mut inbox.getters)),
                }
            }
        };
        // There is room for one more: where the item was, or on the seat of who waits for one.
        let putter = outbox.putters.pop();
        drop(outbox);
        wake(putter);
        result
    }

    /// How many more items may be put.
    fn room(&self, inbox: &Inbox<S>, outbox: &Outbox<S>) -> usize {
        if inbox.closed { 0 } else { self.capacity - inbox.items.count() - outbox.items.count() }
    }

    #[cold]
    fn put_slow(
        &self,
        mut item: S::Item,
        mut waiter: Arc<Waiter>,
        deadline: Option<Instant>,
    ) -> Result<(), PutError<S::Item>> {
        loop {
            if !waiter.wait_at_most(deadline) && self.outbox.0.lock().putters.leave(&waiter) {
                return Err(PutError::Full(item));
            }
            // A comparison that panics makes no use of the wake.
            let pass_on = OnUnwind(|| {
                let next = self.outbox.0.lock().putters.pop();
                wake(next);
            });
            let result = self.put_or(item, |putters| putters.join_in_front(Waiter::new()));
            forget(pass_on);
            match result {
                Ok(result) => return Ok(result?),
                Err(again) => (item, waiter) = again,
            }
        }
    }

    #[cold]
    fn get_slow(
        &self,
        seat: &Arc<Seat<S::Item>>,
        deadline: Option<Instant>,
    ) -> Result<S::Item, GetError> {
        if !seat.waiter.wait_at_most(deadline) && self.inbox.0.lock().getters.leave(seat) {
            return Err(GetError::Empty);
        }
        // SAFETY: it has been taken out of the line, which this thread knows from the notification or from
        // the inbox's lock. Who took it out has done with the seat.
        let item = seat.item.with_mut(|seat| unsafe { (*seat).take() });
        item.ok_or(GetError::Closed)
    }

    /// `true` means that all was done, `false` that the deadline passed first.
    fn join_by(&self, deadline: impl FnOnce() -> Option<Instant>) -> bool {
        let mut inbox = self.inbox.0.lock();
        if inbox.unfinished == 0 {
            return true;
        }
        let waiter = inbox.joiners.join(Waiter::new());
        drop(inbox);
        waiter.wait_at_most(deadline()) || !self.inbox.0.lock().joiners.leave(&waiter)
    }
}

impl<S: Storage> Inbox<S> {
    fn joiners_if_all_is_done(&mut self) -> Line<Waiter> {
        if self.unfinished == 0 { take(&mut self.joiners) } else { Line::new() }
    }
}

/// Where a getter waits, and finds its item.
struct Seat<T> {
    waiter: Waiter,
    item: UnsafeCell<Option<T>>,
}

// SAFETY: the item goes from the thread that puts it to the one that waits, and no two threads use it at
// once: see where it is laid and taken.
unsafe impl<T: Send> Sync for Seat<T> {}

impl<T> Seat<T> {
    fn new() -> Self {
        Self { waiter: Waiter::new(), item: UnsafeCell::new(None) }
    }
}

fn wake(waiters: impl IntoIterator<Item = Arc<Waiter>>) {
    waiters.into_iter().for_each(|waiter| waiter.notify());
}

/// Does something if a panic drops it. Forgotten if all goes well.
struct OnUnwind<F: Fn()>(F);

impl<F: Fn()> Drop for OnUnwind<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl<S: Storage> fmt::Debug for BlockingQueue<S> {
    /// Never waits. Shows less while another thread uses the queue.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("BlockingQueue");
        out.field("capacity", &self.capacity());
        if let Some(outbox) = self.outbox.0.try_lock()
            && let Some(inbox) = self.inbox.0.try_lock()
        {
            out.field("len", &(inbox.items.count() + outbox.items.count()))
                .field("closed", &inbox.closed)
                .field("unfinished", &inbox.unfinished)
                .field("getters", &inbox.getters.len())
                .field("putters", &outbox.putters.len());
        }
        out.finish_non_exhaustive()
    }
}

impl<'a, S: Storage> IntoIterator for &'a BlockingQueue<S> {
    type Item = S::Item;
    type IntoIter = Iter<'a, S>;

    fn into_iter(self) -> Iter<'a, S> {
        self.iter()
    }
}

/// Takes items out of a queue until it is closed and empty. Made by [`BlockingQueue::iter`].
#[derive(Debug)]
#[must_use = "nothing is taken before the iterator is asked"]
pub struct Iter<'a, S: Storage> {
    queue: &'a BlockingQueue<S>,
}

impl<S: Storage> Iterator for Iter<'_, S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.queue.get().ok()
    }
}

impl<S: Storage> FusedIterator for Iter<'_, S> {}

/// The queue is closed. Who wanted to put gets the item back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "ShutDown")]
#[doc(alias = "SendError")]
#[doc(alias = "RecvError")]
pub struct Closed<T = ()>(pub T);

/// Why an item was not put. It comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "TrySendError")]
pub enum PutError<T> {
    /// The queue is full, or stayed so until the time was up.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

/// Why there was no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TryRecvError")]
pub enum GetError {
    /// The queue is empty, or stayed so until the time was up.
    Empty,
    /// The queue is closed and empty.
    Closed,
}

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            PutError::Full(item) | PutError::Closed(item) => item,
        }
    }
}

impl<T> From<Closed<T>> for PutError<T> {
    fn from(Closed(item): Closed<T>) -> Self {
        PutError::Closed(item)
    }
}

impl From<Closed> for GetError {
    fn from(_: Closed) -> Self {
        GetError::Closed
    }
}

// Items need not be printable for the errors to be.
impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "Full(..)",
            PutError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is closed")
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "the queue is full",
            PutError::Closed(_) => "the queue is closed",
        })
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetError::Empty => "the queue is empty",
            GetError::Closed => "the queue is closed and empty",
        })
    }
}

impl<T> Error for Closed<T> {}
impl<T> Error for PutError<T> {}
impl Error for GetError {}

/// Where a queue keeps its items: [`VecDeque`], [`Vec`] or [`Heap`].
pub trait Storage: sealed::Sealed {
    /// What is in it.
    type Item;

    #[doc(hidden)]
    const EMPTY: Self;

    #[doc(hidden)]
    fn count(&self) -> usize;

    #[doc(hidden)]
    fn push(&mut self, item: Self::Item);

    #[doc(hidden)]
    fn pop(&mut self) -> Option<Self::Item>;

    /// The next item, when `self` is the inbox and the outbox is empty.
    #[doc(hidden)]
    fn pop_into(&mut self, _outbox: &mut Self) -> Option<Self::Item> {
        self.pop()
    }
}

impl<T> Storage for VecDeque<T> {
    type Item = T;
    const EMPTY: Self = VecDeque::new();

    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn push(&mut self, item: T) {
        self.push_back(item);
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    #[inline]
    fn pop_into(&mut self, outbox: &mut Self) -> Option<T> {
        swap(self, outbox);
        outbox.pop_front()
    }
}

impl<T> Storage for Vec<T> {
    type Item = T;
    const EMPTY: Self = Vec::new();

    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn push(&mut self, item: T) {
        self.push(item);
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop()
    }
}

/// A binary heap with the smallest item first, and among equal ones the one that came first.
///
/// Each operation first compares and then moves: if comparing panics, nothing has moved.
pub struct Heap<T> {
    /// Each with the number of its push. Item `n` comes before items `2 n + 1` and `2 n + 2`.
    items: Vec<(T, u64)>,
    pushes: u64,
}

fn comes_before<T: Ord>(one: &(T, u64), other: &(T, u64)) -> bool {
    one.0.cmp(&other.0).then(one.1.cmp(&other.1)).is_lt()
}

impl<T: Ord> Storage for Heap<T> {
    type Item = T;
    const EMPTY: Self = Heap { items: Vec::new(), pushes: 0 };

    fn count(&self) -> usize {
        self.items.len()
    }

    fn push(&mut self, item: T) {
        let new = (item, self.pushes);
        let end = self.items.len();
        let mut place = end;
        while place > 0 && comes_before(&new, &self.items[(place - 1) / 2]) {
            place = (place - 1) / 2;
        }
        self.pushes += 1;
        self.items.push(new);
        let mut at = end;
        while at > place {
            let parent = (at - 1) / 2;
            self.items.swap(at, parent);
            at = parent;
        }
    }

    fn pop(&mut self) -> Option<T> {
        // The last item fills the gap, at the place that it goes down to.
        let last = self.items.len().checked_sub(1)?;
        let mut place = 0;
        loop {
            let mut child = 2 * place + 1;
            if child + 1 < last && comes_before(&self.items[child + 1], &self.items[child]) {
                child += 1;
            }
            if child >= last || !comes_before(&self.items[child], &self.items[last]) {
                break;
            }
            place = child;
        }
        // Those above that place go up by one, and so the first comes to the end.
        self.items.swap(place, last);
        while place > 0 {
            place = (place - 1) / 2;
            self.items.swap(place, last);
        }
        self.items.pop().map(|(item, _)| item)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for std::collections::VecDeque<T> {}
    impl<T> Sealed for Vec<T> {}
    impl<T: Ord> Sealed for super::Heap<T> {}
}
