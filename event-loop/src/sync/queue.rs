//! Handing items from task to task.

use super::line::{Line, Parked, Turn};
use primitives::queue::{Closed, DoneTooOften, GetError, Heap, PutError, Storage};
use primitives::{Lock, WaitQueue};
use std::collections::VecDeque;
use std::fmt;
use std::mem::take;
use std::sync::Arc;

/// A queue that hands out first what was put first.
///
/// ```
/// use event_loop::spawn;
/// use event_loop::sync::Queue;
/// use std::rc::Rc;
///
/// let orders = Rc::new(Queue::bounded(2));
/// let cooked = event_loop::run(async {
///     let kitchen = orders.clone();
///     let cook = spawn(async move {
///         let mut cooked = 0;
///         while let Ok(order) = kitchen.get().await {
///             cooked += order;
///         }
///         cooked
///     });
///     for order in 1..=10 {
///         orders.put(order).await.unwrap();
///     }
///     orders.close();
///     cook.await.unwrap()
/// });
/// assert_eq!(cooked, 55);
/// ```
#[doc(alias = "asyncio.Queue")]
pub type Queue<T> = TaskQueue<VecDeque<T>>;

/// A queue that hands out first what was put last.
#[doc(alias = "asyncio.LifoQueue")]
pub type LifoQueue<T> = TaskQueue<Vec<T>>;

/// A queue that hands out the smallest item first, and equal ones in the order in which they came.
#[doc(alias = "asyncio.PriorityQueue")]
pub type PriorityQueue<T> = TaskQueue<Heap<T>>;

/// What [`Queue`], [`LifoQueue`] and [`PriorityQueue`] are. The items lie as in their namesakes of
/// `primitives`.
///
/// A task that is woken looks whether there is an item, or room. Another may have been quicker:
/// then it goes back to the front of its line.
pub struct TaskQueue<S: Storage> {
    /// `usize::MAX` means no bound.
    capacity: usize,
    state: Lock<State<S>>,
}

struct State<S> {
    items: S,
    closed: bool,
    /// Items that were put and that nobody has called done.
    unfinished: usize,
    /// They found no item.
    getters: WaitQueue<Parked>,
    /// They found no room.
    putters: WaitQueue<Parked>,
    joiners: WaitQueue<Parked>,
}

impl<S: Storage> TaskQueue<S> {
    /// A queue that holds at most `capacity` items.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0.
    pub fn bounded(capacity: usize) -> Self {
        assert!(capacity > 0, "a queue with no room: for one without a bound, say `unbounded`");
        let state = State {
            items: S::EMPTY,
            closed: false,
            unfinished: 0,
            getters: WaitQueue::new(),
            putters: WaitQueue::new(),
            joiners: WaitQueue::new(),
        };
        Self { capacity, state: Lock::new(state) }
    }

    /// A queue that is never full.
    pub fn unbounded() -> Self {
        Self::bounded(usize::MAX)
    }

    /// Waits for room and puts the item. If it is dropped before, the item goes with it.
    ///
    /// # Errors
    ///
    /// [`Closed`], with the item, when the queue is closed, also if that happens while it waits.
    pub async fn put(&self, item: S::Item) -> Result<(), Closed<S::Item>> {
        let mut item = item;
        let mut enqueue: Enqueue = WaitQueue::push_back;
        loop {
            item = match self.try_put(item) {
                Ok(()) => return Ok(()),
                Err(PutError::Closed(item)) => return Err(Closed(item)),
                Err(PutError::Full(item)) => item,
            };
            self.wait(Side::Put, enqueue).await;
            enqueue = WaitQueue::push_front;
        }
    }

    /// Puts the item if there is room now. Any thread may call it.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, when the queue is full or closed.
    #[doc(alias = "put_nowait")]
    pub fn try_put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let mut slot = Some(item);
        let mut state = self.state.lock();
        let room = state.items.count() < self.capacity;
        if state.closed || !room {
            let refused = if state.closed { PutError::Closed } else { PutError::Full };
            drop(state);
            return Err(refused(slot.expect("an item that was refused is in its slot")));
        }
        state.items.push(&mut slot);
        state.unfinished += 1;
        let getter = state.getters.pop_front();
        drop(state);
        wake(getter);
        Ok(())
    }

    /// Waits for an item and takes it.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the queue is closed and empty, also if that happens while it waits.
    pub async fn get(&self) -> Result<S::Item, Closed> {
        let mut enqueue: Enqueue = WaitQueue::push_back;
        loop {
            match self.try_get() {
                Ok(item) => return Ok(item),
                Err(GetError::Closed) => return Err(Closed(())),
                Err(GetError::Empty) => {}
            }
            self.wait(Side::Get, enqueue).await;
            enqueue = WaitQueue::push_front;
        }
    }

    /// Takes an item if there is one now. Any thread may call it.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`], or [`GetError::Closed`] if it is closed too.
    #[doc(alias = "get_nowait")]
    pub fn try_get(&self) -> Result<S::Item, GetError> {
        let mut state = self.state.lock();
        let Some(item) = state.items.pop() else {
            return Err(if state.closed { GetError::Closed } else { GetError::Empty });
        };
        let putter = state.putters.pop_front();
        drop(state);
        wake(putter);
        Ok(item)
    }

    /// Waits until there may be an item, or room.
    async fn wait(&self, side: Side, enqueue: Enqueue) {
        let turn = {
            let mut state = self.state.lock();
            // Another thread may have been here since the attempt.
            if state.is_ready(side, self.capacity) {
                return;
            }
            Turn::new((self, side), enqueue(state.line(side), Parked::new()))
        };
        turn.await;
    }

    /// Lets nobody put any more. Gets take what is left, and then say so.
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let waiting = [take(&mut state.getters), take(&mut state.putters)];
        drop(state);
        waiting.into_iter().flatten().for_each(|parked| parked.unpark());
    }

    /// How many items are in it.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.state.lock().items.count()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says that the work on one item is done. Once for each item: see [`join`](Self::join).
    ///
    /// # Errors
    ///
    /// [`DoneTooOften`] when it is called more often than items were put. Nothing has changed then.
    pub fn task_done(&self) -> Result<(), DoneTooOften> {
        let mut state = self.state.lock();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(DoneTooOften)?;
        let all_done = state.unfinished == 0;
        let joiners = if all_done { take(&mut state.joiners) } else { WaitQueue::new() };
        drop(state);
        joiners.into_iter().for_each(|parked| parked.unpark());
        Ok(())
    }

    /// Waits until [`task_done`](Self::task_done) has been called for each item that was put.
    pub async fn join(&self) {
        self.wait(Side::Join, WaitQueue::push_back).await;
    }
}

type Enqueue = fn(&mut WaitQueue<Parked>, Parked) -> Arc<Parked>;

/// What a task waits for.
#[derive(Clone, Copy)]
enum Side {
    Put,
    Get,
    Join,
}

impl<S: Storage> State<S> {
    fn line(&mut self, side: Side) -> &mut WaitQueue<Parked> {
        match side {
            Side::Put => &mut self.putters,
            Side::Get => &mut self.getters,
            Side::Join => &mut self.joiners,
        }
    }

    /// Whether a task need not wait.
    fn is_ready(&self, side: Side, capacity: usize) -> bool {
        match side {
            Side::Put => self.closed || self.items.count() < capacity,
            Side::Get => self.closed || self.items.count() > 0,
            Side::Join => self.unfinished == 0,
        }
    }
}

impl<S: Storage> Line for (&TaskQueue<S>, Side) {
    const NAME: &'static str = "a queue";

    fn leave(&self, parked: &Arc<Parked>) -> bool {
        self.0.state.lock().line(self.1).remove(parked)
    }

    fn hand_on(&self) {
        let (queue, side) = *self;
        let mut state = queue.state.lock();
        let ready = state.is_ready(side, queue.capacity);
        let next = if ready { state.line(side).pop_front() } else { None };
        drop(state);
        wake(next);
    }
}

fn wake(parked: Option<Arc<Parked>>) {
    parked.inspect(|parked| parked.unpark());
}

impl<S: Storage> fmt::Debug for TaskQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("TaskQueue");
        if let Some(state) = self.state.try_lock() {
            out.field("len", &state.items.count()).field("closed", &state.closed);
        }
        out.finish_non_exhaustive()
    }
}
