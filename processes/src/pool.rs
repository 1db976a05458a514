//! A pool: processes that run one task after another.
//!
//! Use it for work that computes, comes in many pieces, and must not be hurt if one of them
//! crashes. For pieces that share memory, [`primitives::ThreadPool`] is quicker: here arguments and
//! results are sent through pipes.
//!
//! # How it works
//!
//! ```text
//!                 ┌─── a lock ───┐   manager ──pipe──▶ worker, a process
//!   apply, map ──▶│  tasks ...   │──▶   │ ◀──answers─────┘
//!                 └──────────────┘      ▼
//!                                     result
//! ```
//!
//! Each worker has a *manager*, a thread of the pool's program. It takes the next task, sends it to
//! its worker, and waits for the answer. So a worker is sent a task only when it has nothing to do,
//! and none stands in a line behind one that takes long.
//!
//! If the worker ends in the place of an answer, that task fails and says how the worker ended, and
//! the manager starts another. If it has ended between two tasks, the next one goes to another
//! worker and nothing is lost.
//!
//! # Coming from Python
//!
//! | `multiprocessing.Pool` | here |
//! |---|---|
//! | `Pool(4)` | [`ProcessPool::new`]`(4)` |
//! | `initializer`, `initargs`, `maxtasksperchild`, `get_context(…)` | [`PoolBuilder`] |
//! | `apply(f, (x, y))`, `apply_async(f, (x, y))` | the same |
//! | `map(f, xs, chunksize)`, `map_async`, `imap`, `imap_unordered` | the same; the size is said |
//! | `starmap(f, pairs)` | the same |
//! | `AsyncResult.get(timeout)`, `ready()` | [`AsyncResult::get`] in four forms, [`AsyncResult::is_ready`] |
//! | `callback=` | [`AsyncResult::into_future`] and `add_done_callback` |
//! | `close()`, `terminate()`, `join()` | the same |
//! | `with Pool() as pool:`, which terminates it | a pool that is dropped, which waits; terminate it to leave sooner |
//! | a worker that dies: its task never ends | [`TaskError::WorkerEnded`] |
//! | an initializer that fails: workers are started for ever | [`TaskError::Broken`] |
//!
//! # Example
//!
//! ```
//! use processes::{ProcessPool, TaskError};
//!
//! fn square(number: u64) -> u64 {
//!     assert!(number < 1000, "{number} is too big");
//!     number * number
//! }
//! processes::register!(square);
//!
//! fn main() {
//!     processes::init();
//!     let pool = ProcessPool::new(2).unwrap();
//!     assert_eq!(pool.map(square, 1..=4, 1).unwrap(), [1, 4, 9, 16]);
//!     let panicked = TaskError::Panicked("1000 is too big".to_owned());
//!     assert_eq!(pool.apply(square, (1000,)), Err(panicked));
//! }
//! ```

mod builder;
mod errors;
mod manager;
mod results;
mod worker;

pub use builder::PoolBuilder;
pub use errors::TaskError;
use results::Gathered;
pub use results::{AsyncResult, Results};

use crate::function::{Function, name_of};
use crate::message;
use manager::{Shared, Task};
use primitives::Lock;
use primitives::platform::deadline::Deadline;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Processes that run tasks. See the [module](self) for how it works.
///
/// Dropping it [closes](Self::close) it and waits until all tasks are done.
#[doc(alias = "multiprocessing.Pool")]
#[doc(alias = "ProcessPoolExecutor")]
pub struct ProcessPool {
    shared: Arc<Shared>,
    /// The process that has the managers. A fork of it has a copy of this handle, and no managers.
    starter: u32,
}

impl ProcessPool {
    /// A pool of so many workers.
    ///
    /// # Errors
    ///
    /// As [`PoolBuilder::build`].
    ///
    /// # Panics
    ///
    /// When `workers` is 0.
    pub fn new(workers: usize) -> Result<Self, TaskError> {
        PoolBuilder::new(workers).build()
    }

    /// Has a worker call `function`, and waits for what it returns.
    ///
    /// # Errors
    ///
    /// [`TaskError`]. So it is with all of these.
    pub fn apply<F, A>(&self, function: F, arguments: A) -> Result<F::Output, TaskError>
    where
        F: Function<A, Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.apply_async(function, arguments)?.get()
    }

    /// Has a worker call `function`.
    ///
    /// # Errors
    ///
    /// When the task cannot be submitted. What goes wrong later, the result tells.
    pub fn apply_async<F, A>(
        &self,
        function: F,
        arguments: A,
    ) -> Result<AsyncResult<F::Output>, TaskError>
    where
        F: Function<A, Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        let (promise, result) = AsyncResult::new();
        self.submit(function, &[arguments], move |mut results| {
            let result = results.pop().expect("of the one call");
            let _ = promise.set_result(result);
        })?;
        Ok(result)
    }

    /// Has the workers call `function` with each item, and waits for all results. They are in the
    /// order of the items. A task is made of each `size` items: one is quickest for a function that
    /// takes long, many for one that does not.
    ///
    /// # Errors
    ///
    /// That of the first item that failed. The others are done all the same.
    ///
    /// # Panics
    ///
    /// When `size` is 0. So it is with all of these.
    pub fn map<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Vec<F::Output>, TaskError>
    where
        F: Function<(A,), Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.map_async(function, items, size)?.get()
    }

    /// As [`map`](Self::map), and does not wait.
    ///
    /// # Errors
    ///
    /// When a task cannot be submitted. What goes wrong later, the result tells.
    pub fn map_async<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<AsyncResult<Vec<F::Output>>, TaskError>
    where
        F: Function<(A,), Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.starmap_async(function, items.into_iter().map(|item| (item,)), size)
    }

    /// As [`map`](Self::map), for a function of several arguments: each item is a tuple of them.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    pub fn starmap<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Vec<F::Output>, TaskError>
    where
        F: Function<A, Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.starmap_async(function, items, size)?.get()
    }

    fn starmap_async<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<AsyncResult<Vec<F::Output>>, TaskError>
    where
        F: Function<A, Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        let chunks = chunks(items, size);
        let (promise, result) = AsyncResult::new();
        let gathered = Arc::new(Lock::new(Gathered::new(chunks.len(), promise)));
        for (place, chunk) in chunks.into_iter().enumerate() {
            let gathered = gathered.clone();
            self.submit(function, &chunk, move |results| gathered.lock().put(place, results))?;
        }
        Ok(result)
    }

    /// As [`map`](Self::map), and gives each result when it and those before it are there.
    ///
    /// # Errors
    ///
    /// When a task cannot be submitted. What goes wrong later, the item's result tells.
    pub fn imap<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Results<F::Output>, TaskError>
    where
        F: Function<(A,), Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.results(function, items, size, true)
    }

    /// As [`imap`](Self::imap), and gives each result when it is there, in any order.
    ///
    /// # Errors
    ///
    /// As [`imap`](Self::imap).
    pub fn imap_unordered<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Results<F::Output>, TaskError>
    where
        F: Function<(A,), Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        self.results(function, items, size, false)
    }

    fn results<F, A>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
        in_order: bool,
    ) -> Result<Results<F::Output>, TaskError>
    where
        F: Function<(A,), Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        let (sender, came) = channel();
        let items = items.into_iter().map(|item| (item,));
        for (place, chunk) in chunks(items, size).into_iter().enumerate() {
            let sender = sender.clone();
            // Nobody may be left who wants it.
            self.submit(function, &chunk, move |results| _ = sender.send((place, results)))?;
        }
        Ok(Results::new(came, in_order))
    }

    /// A task of so many calls. `done` gets a result for each.
    fn submit<F, A>(
        &self,
        function: F,
        arguments: &[A],
        done: impl FnOnce(Vec<Result<F::Output, TaskError>>) + Send + 'static,
    ) -> Result<(), TaskError>
    where
        F: Function<A, Output: DeserializeOwned + Send + 'static>,
        A: Serialize,
    {
        let calls = worker::calls(name_of(&function), arguments)?;
        let count = arguments.len();
        let done = move |answers: Result<&[u8], TaskError>| match answers {
            Ok(answers) => done(decode(answers, count)),
            Err(why) => done((0..count).map(|_| Err(why.clone())).collect()),
        };
        self.shared.submit(Task { calls, done: Box::new(done) })
    }

    /// The numbers of the workers that there are now.
    pub fn worker_pids(&self) -> Vec<u32> {
        self.shared.workers()
    }

    /// Lets nobody submit any more. What was submitted will be done, and then the workers end.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Kills the workers. Tasks that are not done fail.
    pub fn terminate(&self) {
        self.shared.end(&TaskError::Terminated);
    }

    /// Waits until all workers have ended. They do when the pool is closed and all tasks are done,
    /// or when it is terminated.
    pub fn join(&self) {
        self.shared.join_by(Deadline::Never);
    }

    /// Whether all workers have ended.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn try_join(&self) -> bool {
        self.shared.join_by(Deadline::After(Duration::ZERO))
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `true` means that all have
    /// ended. A timeout too long for the clock means for ever.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn join_for(&self, timeout: Duration) -> bool {
        self.shared.join_by(Deadline::After(timeout))
    }

    /// As [`join_for`](Self::join_for), but gives up at `deadline`.
    #[must_use = "`false` means that some worker has not ended"]
    pub fn join_until(&self, deadline: Instant) -> bool {
        self.shared.join_by(Deadline::At(deadline))
    }
}

/// Items by `size`, the last chunk with the rest.
fn chunks<A>(items: impl IntoIterator<Item = A>, size: usize) -> Vec<Vec<A>> {
    assert!(size > 0, "a task of no items does nothing");
    let mut chunks: Vec<Vec<A>> = Vec::new();
    for item in items {
        match chunks.last_mut() {
            Some(last) if last.len() < size => last.push(item),
            _ => chunks.push(vec![item]),
        }
    }
    chunks
}

/// The results that a worker has sent.
fn decode<R: DeserializeOwned>(mut answers: &[u8], count: usize) -> Vec<Result<R, TaskError>> {
    let next = |_| {
        let result;
        (result, answers) = message::decode(answers)?;
        result
    };
    (0..count).map(next).collect()
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        if self.starter == std::process::id() {
            self.close();
            self.join();
        }
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool").field("workers", &self.worker_pids()).finish_non_exhaustive()
    }
}
