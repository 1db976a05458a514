//! A pool: threads that run one task after another, and give a future for each.
//!
//! Use it for work that comes in many pieces, when a thread for each would be too many or would
//! take longer to start than the piece takes. For threads that each have one thing to do, and then
//! end, [`std::thread::scope`] is enough.
//!
//! # How it works
//!
//! Tasks wait in line under a lock, and so do workers that have nothing to do, each with a
//! [`Parker`] to sleep on. There is a [`Future`] for each task:
//!
//! ```text
//!               ┌───────── a lock ─────────┐
//!   submit ────▶│  tasks ...   ... workers │────▶ worker: calls the function,
//!      │        └──────────────────────────┘              keeps the promise
//!      ▼
//!    future
//! ```
//!
//! A submit wakes the first worker in the line, if there is one. A worker that has done its task
//! takes the next, also one that another worker was woken for: that one goes back to the line. A
//! worker goes to the front of its line. So the first is the one that ran last: it may still look
//! for a task, and then need not be woken.
//!
//! The workers are started with the pool. They end when it is closed and no task is left.
//!
//! # A task that waits for its own pool
//!
//! A task may submit tasks to its own pool. It may wait for them, as long as a worker is left to
//! run them. If *all* workers wait, without a time limit, for futures of their own pool, then
//! nobody is left to bring one of those to its end. So the last of them does not wait but panics,
//! and its future gets the panic. It is so for all calls that wait for futures.
//!
//! A worker that asks its own pool for a [`scope`](ThreadPool::scope), or that
//! [`join`](ThreadPool::join)s it, would wait for itself, and panics at once.
//!
//! Other waits are not seen: for an event that another task is to set, for a task of a second pool
//! that waits for one of the first, or in an executor of async code, which a task calls to await a
//! future.
//!
//! # Coming from Python
//!
//! | `concurrent.futures.ThreadPoolExecutor` | here |
//! |---|---|
//! | `ThreadPoolExecutor(n)` | [`ThreadPool::new`] |
//! | `max_workers=0`: `ValueError` | a panic |
//! | `thread_name_prefix`, `initializer`, `initargs` | [`ThreadPool::with_initializer`], whose function captures what it needs |
//! | `submit(f, *args)` | [`ThreadPool::submit`], whose function captures what it needs |
//! | `map(f, xs)` | [`ThreadPool::map`]; several iterables: `zip` them |
//! | `map(f, xs, timeout=s)` | [`Map::next_until`] with one deadline for all |
//! | `map(f, xs, chunksize=n)`, which a pool of threads does not heed | [`ThreadPool::map_chunks`], which does |
//! | leaving a `map` early cancels the rest | the same |
//! | `shutdown(wait=False)` | [`ThreadPool::close`] |
//! | `shutdown(wait=False, cancel_futures=True)` | [`ThreadPool::close_now`] |
//! | `shutdown()` | [`ThreadPool::close`], then [`ThreadPool::join`], and three more forms; or drop it |
//! | `submit` after that: `RuntimeError` | [`SubmitError::Closed`] |
//! | a failed initializer: `BrokenThreadPool` | [`SubmitError::Broken`], and [`BrokenPool`] for those that wait |
//! | `with ThreadPoolExecutor() as pool:` | a pool that is dropped; [`ThreadPool::scope`] for tasks that borrow |
//!
//! They differ in this, on purpose:
//!
//! | | `ThreadPoolExecutor` | here |
//! |---|---|---|
//! | how many workers, if nothing is said | a few more than processors | say how many |
//! | workers start | with the first tasks | with the pool |
//! | all workers wait for their own pool | hang | the last of them panics |
//! | `shutdown` by one of its tasks | hangs or `RuntimeError` | a panic |
//! | a task that fails in a `map` ends the iteration | yes | no: the results after it can still be had |
//! | the pool is forgotten, not shut down | workers end when tasks are done | the drop waits for them; a drop by one of its own tasks does not wait |
//! | the program ends | after all tasks that were submitted | when main ends, as with all threads |
//! | `map` begins | at the call, for all items | the same |
//!
//! # Example
//!
//! ```
//! use primitives::ThreadPool;
//!
//! let sum = |most: u32| (0..=most).sum::<u32>();
//! let pool = ThreadPool::new(2);
//! let fifty = pool.submit(move || sum(50)).unwrap();
//! let hundred = pool.submit(move || sum(100)).unwrap();
//! assert_eq!((*fifty.result().unwrap(), *hundred.result().unwrap()), (1275, 5050));
//!
//! let sums = pool.map([50, 100, 150], sum).unwrap();
//! assert!(sums.map(Result::unwrap).eq([1275, 5050, 11325]));
//! ```

mod errors;
mod map;
mod scope;

pub use errors::{BrokenPool, SubmitError};
pub use map::Map;
pub use scope::Scope;

use super::future::{Crew, Future, Promise};
use super::lock::{Lock, LockGuard};
use super::parker::{Parker, WaitQueue};
use super::platform::deadline::Deadline;
use super::platform::panics::contain_panic;
use super::platform::thread;
use super::platform::time::{Duration, Instant};
use scope::Ticket;
use std::collections::VecDeque;
use std::fmt;
use std::mem::{take, transmute};
use std::sync::Arc;

/// Threads that run tasks. See the [module](self) for how it works.
///
/// Dropping it [closes](Self::close) it and waits until all tasks that were submitted have been
/// run, also when a panic drops it. To leave sooner, [close it now](Self::close_now).
#[doc(alias = "ThreadPoolExecutor")]
#[doc(alias = "concurrent.futures.ThreadPoolExecutor")]
pub struct ThreadPool {
    shared: Arc<Shared>,
    threads: Lock<Vec<thread::JoinHandle<()>>>,
}

/// What the pool shares with its workers.
struct Shared {
    state: Lock<State>,
    crew: Arc<Crew>,
}

struct State {
    tasks: VecDeque<Task>,
    /// Why no more are taken.
    refuses: Option<SubmitError>,
    /// Workers that found no task.
    idle: WaitQueue,
    /// How many workers have not ended.
    workers: usize,
    /// Threads that wait until none is left.
    joiners: WaitQueue,
}

/// A function with its promise.
type Task = Box<dyn FnOnce(Fate) + Send>;

/// What becomes of a task.
#[derive(Clone, Copy)]
enum Fate {
    Run,
    Cancel,
    /// The pool is broken.
    Fail,
}

impl ThreadPool {
    /// A pool of so many workers, `worker-0` and on.
    ///
    /// # Panics
    ///
    /// When `workers` is 0, or when the operating system refuses a thread.
    pub fn new(workers: usize) -> Self {
        Self::with_initializer(workers, "worker", || ())
    }

    /// A pool of so many workers, called `name-0` and on. Each calls `initializer` before it runs
    /// tasks. If that panics, the pool is broken: tasks that wait get [`BrokenPool`], and no more
    /// are taken. Those that run already come to their ends.
    ///
    /// ```
    /// use primitives::{BrokenPool, SubmitError, ThreadPool};
    ///
    /// let pool = ThreadPool::with_initializer(1, "cook", || panic!("no kitchen"));
    /// while let Ok(meal) = pool.submit(|| "soup") {
    ///     let error = meal.into_result().unwrap_err();
    ///     assert_eq!(error.downcast_ref(), Some(&BrokenPool));
    /// }
    /// assert_eq!(pool.submit(|| "soup").unwrap_err(), SubmitError::Broken);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn with_initializer(
        workers: usize,
        name: &str,
        initializer: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        assert!(workers > 0, "a pool without workers runs nothing");
        let state = State {
            tasks: VecDeque::new(),
            refuses: None,
            idle: WaitQueue::new(),
            workers,
            joiners: WaitQueue::new(),
        };
        let shared = Arc::new(Shared { state: Lock::new(state), crew: Crew::new(workers) });
        // Made before the first thread. If one of them cannot be started, the drop of this pool
        // waits for those that were, and those that were not count as ended.
        let worker = |_| Worker { shared: shared.clone(), has_left: false };
        let workers: Vec<Worker> = (0..workers).map(worker).collect();
        let pool = Self { shared, threads: Lock::new(Vec::new()) };
        let initializer = Arc::new(initializer);
        for (number, worker) in workers.into_iter().enumerate() {
            let initializer = initializer.clone();
            let body = move || worker.work(&*initializer);
            pool.threads.lock().push(thread::spawn(&format!("{name}-{number}"), body));
        }
        pool
    }

    /// Lets a worker call `f`, and gives the future of what it returns. A panic in `f` is the
    /// future's error.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] when the pool is closed or broken.
    #[doc(alias = "spawn")]
    #[doc(alias = "execute")]
    pub fn submit<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Future<T>, SubmitError> {
        // SAFETY: what is `'static` is borrowed from nobody.
        unsafe { self.shared.submit(f, None) }
    }

    /// Lets the workers call `f` for each item, and gives the results in the order of the items.
    ///
    /// All items are taken and submitted before this returns.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit). What has been submitted is cancelled.
    pub fn map<I: Send + 'static, R: Send + 'static>(
        &self,
        items: impl IntoIterator<Item = I>,
        f: impl Fn(I) -> R + Send + Sync + 'static,
    ) -> Result<Map<R>, SubmitError> {
        self.map_chunks(items, 1, f)
    }

    /// As [`map`](Self::map), with a task for each `size` items: for a function that is quick. If
    /// it panics for one of them, the results of its whole chunk are lost.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// # Panics
    ///
    /// When `size` is 0.
    #[doc(alias = "chunksize")]
    pub fn map_chunks<I: Send + 'static, R: Send + 'static>(
        &self,
        items: impl IntoIterator<Item = I>,
        size: usize,
        f: impl Fn(I) -> R + Send + Sync + 'static,
    ) -> Result<Map<R>, SubmitError> {
        // SAFETY: as in `submit`.
        unsafe { self.shared.map(items, size, f, || None) }
    }

    /// Calls `f` with a scope, in which tasks may borrow what outlives the call. Returns when all
    /// tasks of the scope have ended. If `f` panics, the panic goes on after that.
    ///
    /// ```
    /// use primitives::ThreadPool;
    ///
    /// let pool = ThreadPool::new(2);
    /// let words = ["lock", "queue", "pool"];
    /// let longest = pool.scope(|scope| {
    ///     let lengths = scope.map(&words, |word| word.len()).unwrap();
    ///     lengths.map(Result::unwrap).max()
    /// });
    /// assert_eq!(longest, Some(5));
    /// ```
    ///
    /// What a task borrows must live longer than the scope:
    ///
    /// ```compile_fail,E0597
    /// let pool = primitives::ThreadPool::new(2);
    /// pool.scope(|scope| {
    ///     let word = String::from("short-lived");
    ///     scope.submit(|| word.len()).unwrap();
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When a task of the pool calls it.
    pub fn scope<'env, R>(
        &'env self,
        f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
    ) -> R {
        assert!(!self.shared.crew.has_me(), "a task would wait for a scope of its own pool");
        scope::scope(self, f)
    }

    /// Lets nobody submit any more. What was submitted will be run, and then the workers end.
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        let idle = self.shared.state.lock().refuse(SubmitError::Closed);
        wake(idle);
    }

    /// As [`close`](Self::close), and cancels the tasks that have not begun.
    #[doc(alias = "shutdown")]
    pub fn close_now(&self) {
        self.shared.refuse(SubmitError::Closed, Fate::Cancel);
    }

    /// Waits until all workers have ended. They do when the pool is closed and all tasks are done.
    ///
    /// # Panics
    ///
    /// When a task of the pool calls it.
    pub fn join(&self) {
        assert!(!self.shared.crew.has_me(), "a task would wait for the end of its own pool");
        self.shared.join_by(self.shared.state.lock(), WaitQueue::new(), Deadline::Never);
        self.join_threads();
    }

    /// They have nothing to do any more but to drop their thread-locals.
    fn join_threads(&self) {
        let threads = take(&mut *self.threads.lock());
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }

    /// Whether all workers have ended.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn try_join(&self) -> bool {
        self.shared.state.lock().workers == 0
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `true` means that all have
    /// ended. One too long for the clock means for ever. A task that calls it for its own pool
    /// waits in vain.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn join_for(&self, timeout: Duration) -> bool {
        self.shared.join_by(self.shared.state.lock(), WaitQueue::new(), Deadline::After(timeout))
    }

    /// As [`join_for`](Self::join_for), but gives up at `deadline`.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn join_until(&self, deadline: Instant) -> bool {
        self.shared.join_by(self.shared.state.lock(), WaitQueue::new(), Deadline::At(deadline))
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        if self.shared.crew.has_me() {
            // A task that has the last handle to its pool cannot wait for its own end.
            return self.close();
        }
        let mut state = self.shared.state.lock();
        let idle = state.refuse(SubmitError::Closed);
        self.shared.join_by(state, idle, Deadline::Never);
        self.join_threads();
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ThreadPool");
        out.field("crew", &self.shared.crew);
        if let Some(state) = self.shared.state.try_lock() {
            out.field("tasks", &state.tasks.len())
                .field("refuses", &state.refuses)
                .field("workers", &state.workers);
        }
        out.finish_non_exhaustive()
    }
}

/// A worker that has not ended.
struct Worker {
    shared: Arc<Shared>,
    /// It counts as ended already.
    has_left: bool,
}

impl Worker {
    // ANCHOR: work
    fn work(mut self, initializer: &dyn Fn()) {
        let shared = &self.shared;
        shared.crew.enlist();
        if !contain_panic(initializer) {
            return shared.refuse(SubmitError::Broken, Fate::Fail);
        }
        while let Some(task) = shared.next() {
            // The promise has the panic of the function. This is for what panics when dropped.
            contain_panic(|| task(Fate::Run));
        }
        self.has_left = true;
    }
    // ANCHOR_END: work
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.has_left {
            let joiners = self.shared.state.lock().leave();
            wake(joiners);
        }
    }
}

fn wake(threads: WaitQueue) {
    threads.into_iter().for_each(|thread| thread.unpark());
}

/// All that belongs to a task, in the order in which it is dropped.
struct Job<T, F> {
    promise: Promise<T>,
    function: F,
    ticket: Option<Ticket>,
}

impl<T, F: FnOnce() -> T> Job<T, F> {
    // ANCHOR: meet
    fn meet(self, fate: Fate) {
        let Self { promise, function, ticket } = self;
        // In each case promise and function are gone before the ticket is.
        match fate {
            Fate::Run => _ = promise.run(function),
            Fate::Cancel => {
                promise.cancel();
                drop(function);
            }
            Fate::Fail => {
                // It may have been cancelled.
                let _ = promise.set_exception(Box::new(BrokenPool));
                drop(function);
            }
        }
        drop(ticket);
    }
    // ANCHOR_END: meet
}

impl Shared {
    // ANCHOR: submit
    /// # Safety
    ///
    /// What `f` and its result borrow must live until the ticket has been dropped.
    unsafe fn submit<'a, T: Send + 'a>(
        &self,
        f: impl FnOnce() -> T + Send + 'a,
        ticket: Option<Ticket>,
    ) -> Result<Future<T>, SubmitError> {
        let (promise, future) = Promise::of_crew(&self.crew);
        let job = Job { promise, function: f, ticket };
        let task: Box<dyn FnOnce(Fate) + Send + 'a> = Box::new(move |fate| job.meet(fate));
        // SAFETY: only the lifetime changes. The task is gone when its ticket is dropped, which is
        // the last thing that it does, and until then the caller answers for what it borrows.
        let task: Task = unsafe { transmute(task) };
        let mut state = self.state.lock();
        if let Some(refused) = state.refuses {
            drop(state);
            return Err(refused);
        }
        state.tasks.push_back(task);
        let worker = state.idle.pop_front();
        drop(state);
        if let Some(worker) = worker {
            worker.unpark();
        }
        Ok(future)
    }
    // ANCHOR_END: submit

    /// # Safety
    ///
    /// As [`submit`](Self::submit), for items, function and results, and each ticket.
    unsafe fn map<'a, I: Send + 'a, R: Send + 'a>(
        &self,
        items: impl IntoIterator<Item = I>,
        size: usize,
        f: impl Fn(I) -> R + Send + Sync + 'a,
        ticket: impl Fn() -> Option<Ticket>,
    ) -> Result<Map<R>, SubmitError> {
        assert!(size > 0, "a chunk of no items");
        let (mut items, f, mut map) = (items.into_iter(), Arc::new(f), Map::new());
        loop {
            let chunk: Vec<I> = items.by_ref().take(size).collect();
            if chunk.is_empty() {
                return Ok(map);
            }
            let f = f.clone();
            let work = move || chunk.into_iter().map(|item| f(item)).collect();
            // SAFETY: the caller answers for it.
            map.push(unsafe { self.submit(work, ticket()) }?);
        }
    }

    // ANCHOR: next
    /// Waits for a task. `None` means that none will come: the worker has left.
    fn next(&self) -> Option<Task> {
        let mut state = self.state.lock();
        loop {
            if let Some(task) = state.tasks.pop_front() {
                return Some(task);
            }
            if state.refuses.is_some() {
                let joiners = state.leave();
                drop(state);
                wake(joiners);
                return None;
            }
            let parker = state.idle.push_front(Parker::new());
            drop(state);
            parker.park();
            state = self.state.lock();
        }
    }
    // ANCHOR_END: next

    /// Takes no more tasks, and lets those that wait meet their fate.
    fn refuse(&self, why: SubmitError, fate: Fate) {
        let mut state = self.state.lock();
        let idle = state.refuse(why);
        let tasks = take(&mut state.tasks);
        drop(state);
        wake(idle);
        for task in tasks {
            contain_panic(|| task(fate));
        }
    }

    /// Lets go of the state, wakes the idle, and waits until all workers have ended. `false` means
    /// that `deadline` passed first.
    fn join_by(
        &self,
        mut state: LockGuard<'_, State>,
        idle: WaitQueue,
        deadline: Deadline,
    ) -> bool {
        if state.workers == 0 {
            return true;
        }
        let parker = state.joiners.push_back(Parker::new());
        drop(state);
        wake(idle);
        parker.park_by(deadline) || !self.state.lock().joiners.remove(&parker)
    }
}

impl State {
    /// Takes no more tasks. Returns the workers to be woken: those that find none end.
    fn refuse(&mut self, why: SubmitError) -> WaitQueue {
        // The first reason stays.
        self.refuses.get_or_insert(why);
        take(&mut self.idle)
    }

    /// A worker ends. Returns the threads to be woken.
    fn leave(&mut self) -> WaitQueue {
        self.workers -= 1;
        if self.workers == 0 { take(&mut self.joiners) } else { WaitQueue::new() }
    }
}
