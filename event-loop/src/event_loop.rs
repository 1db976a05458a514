//! The loop: a ready list and a waiting list, and one thread that goes round them.
//!
//! ```text
//!                      polls the first
//!    ready list ───────────────────────────▶ ended
//!        ▲                │
//!        │ a wake         │ it awaits
//!        │                ▼
//!    waiting list: timers, sockets, lines of locks, other tasks
//! ```

use crate::hand_over::{Handle, Ready, Shared};
use crate::lists::{Lists, Reason, Waiting};
use crate::task::{Step, Task, TaskCell};
use crate::time::Alarm;
use crate::waker::TaskWaker;
use primitives::platform::panics::{contain_panic, drop_all};
use primitives::platform::thread_local;
use primitives::platform::time::Instant;
use primitives::timer::TimerHeap;
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::take;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::{fmt, io};

/// So many steps are made before the loop looks for timers, sockets and other threads. That takes
/// microseconds, and a step may take nanoseconds. If nothing is ready it looks sooner.
const STEPS_BETWEEN_LOOKS: u32 = 64;

/// The place of the future that [`EventLoop::run`] was given, which is no task.
const MAIN: usize = usize::MAX;

/// Runs `main` and the tasks that it starts, on a loop of its own. When `main` has ended, tasks
/// that are left are dropped. See the [crate](crate) for what it is.
///
/// # Panics
///
/// When `main` does, when a loop runs on this thread already, and when the system refuses what it
/// takes to wait for sockets.
#[doc(alias = "asyncio.run")]
#[doc(alias = "block_on")]
pub fn run<T>(main: impl Future<Output = T>) -> T {
    EventLoop::new().expect("the system refused what the loop waits by").run(main)
}

/// Starts a task on the loop that runs here. It makes its first step when its turn comes.
///
/// # Panics
///
/// When no loop runs on this thread.
#[doc(alias = "create_task")]
#[doc(alias = "ensure_future")]
pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
    Core::here().spawn(None, future)
}

/// As [`spawn`], under a name that the [lists](crate::lists) show.
///
/// # Panics
///
/// As [`spawn`].
pub fn spawn_named<T: 'static>(
    name: impl Into<String>,
    future: impl Future<Output = T> + 'static,
) -> Task<T> {
    Core::here().spawn(Some(name.into()), future)
}

/// The way for other threads into the loop that runs here.
///
/// # Panics
///
/// When no loop runs on this thread.
#[doc(alias = "get_running_loop")]
pub fn handle() -> Handle {
    Handle { shared: Core::here().shared.clone() }
}

/// A loop and its tasks. [`run`] makes one for a single call. See the [crate](crate) for what it
/// is.
///
/// Dropping it drops all tasks that have not ended.
///
/// ```
/// use event_loop::{EventLoop, yield_now};
///
/// let event_loop = EventLoop::new().unwrap();
/// let task = event_loop.spawn(async {
///     yield_now().await;
///     6 * 7
/// });
/// assert!(!task.is_finished());
/// assert_eq!(event_loop.run(task).unwrap(), 42);
/// ```
pub struct EventLoop {
    core: Rc<Core>,
}

impl EventLoop {
    /// A loop with no tasks.
    ///
    /// # Errors
    ///
    /// When the system refuses what it takes to wait for sockets.
    pub fn new() -> io::Result<Self> {
        Ok(Self { core: Rc::new(Core::new(Shared::new()?)) })
    }

    /// Runs `main` to its end, and all tasks meanwhile. Tasks that are left go on at the next run.
    ///
    /// # Panics
    ///
    /// When `main` does, and when a loop runs on this thread already.
    #[doc(alias = "run_until_complete")]
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let _entered = Entered::new(&self.core);
        self.core.run(main)
    }

    /// Starts a task. It makes its first step when the loop runs.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Task<T> {
        self.core.spawn(None, future)
    }

    /// The way for other threads into this loop.
    pub fn handle(&self) -> Handle {
        Handle { shared: self.core.shared.clone() }
    }

    /// Has `show` called after each step, with both lists. Such as `|lists| println!("{lists}")`.
    pub fn after_each_step(&self, show: impl FnMut(&Lists) + 'static) {
        self.core.show.replace(Some(Box::new(show)));
    }
}

impl fmt::Debug for EventLoop {
    /// Counts also the timers that nobody waits for any more, and that are not yet swept out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tasks, timers) = (self.core.tasks.borrow().len(), self.core.timers.borrow().len());
        let mut out = f.debug_struct("EventLoop");
        out.field("tasks", &tasks).field("timers", &timers).finish_non_exhaustive()
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        let left = self.core.shared.close();
        // What they own may use the tasks that are still there.
        let tasks: Vec<_> = self.core.tasks.borrow_mut().drain().collect();
        tasks.iter().for_each(|task| task.give_up());
        drop_all(left);
        drop_all(take(&mut *self.core.ready.borrow_mut()));
    }
}

type Show = Box<dyn FnMut(&Lists)>;

/// The loop, for its own thread.
pub(crate) struct Core {
    pub(crate) shared: Arc<Shared>,
    ready: RefCell<VecDeque<Ready>>,
    /// All tasks that have not ended. Those that are not ready wait.
    tasks: RefCell<Slab<Rc<dyn Step>>>,
    /// How many tasks were ever started.
    started: Cell<usize>,
    pub(crate) timers: RefCell<TimerHeap<Rc<Alarm>>>,
    steps_to_look: Cell<u32>,
    /// Called after each step.
    show: RefCell<Option<Show>>,
    /// What the task that is being polled says that it waits for.
    pub(crate) reason: Cell<Reason>,
    /// `None` if it has ended.
    main_waits_for: Cell<Option<Reason>>,
}

thread_local! {
    /// The loop that runs on this thread.
    static HERE: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

/// Makes a loop the one that runs here, until this is dropped.
struct Entered;

impl Entered {
    fn new(core: &Rc<Core>) -> Self {
        HERE.with(|here| {
            let mut here = here.borrow_mut();
            assert!(here.is_none(), "an event loop runs on this thread already");
            *here = Some(core.clone());
        });
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        HERE.with(|here| here.take());
    }
}

impl Core {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            ready: RefCell::default(),
            tasks: RefCell::default(),
            started: Cell::new(0),
            // A sleep that was dropped has let go of its alarm.
            timers: RefCell::new(TimerHeap::new(|alarm| Rc::strong_count(alarm) == 1)),
            steps_to_look: Cell::new(0),
            show: RefCell::default(),
            reason: Cell::default(),
            main_waits_for: Cell::default(),
        }
    }

    pub(crate) fn here() -> Rc<Self> {
        HERE.with(|here| here.borrow().clone()).expect("no event loop runs on this thread")
    }

    /// Whether this thread runs the loop.
    pub(crate) fn runs_here(shared: &Arc<Shared>) -> bool {
        // A thread that ends, and has dropped what is its own, runs none.
        let is_it = |core: &Rc<Self>| Arc::ptr_eq(&core.shared, shared);
        HERE.try_with(|here| here.borrow().as_ref().is_some_and(is_it)).unwrap_or(false)
    }

    /// Puts it behind all that is ready, in the loop that runs here.
    pub(crate) fn put(ready: Ready) {
        HERE.with(|here| {
            if let Some(core) = &*here.borrow() {
                core.ready.borrow_mut().push_back(ready);
            }
        });
    }

    /// The task that is being polled says what it is about to wait for. The lists show it.
    pub(crate) fn will_wait_for(reason: Reason) {
        HERE.with(|here| {
            if let Some(core) = &*here.borrow() {
                core.reason.set(reason);
            }
        });
    }

    // ANCHOR: spawn
    fn spawn<T: 'static>(
        &self,
        name: Option<String>,
        future: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        let number = self.started.get() + 1;
        self.started.set(number);
        let mut tasks = self.tasks.borrow_mut();
        let place = tasks.vacant_entry();
        let waker = TaskWaker::new(place.key(), self.shared.clone());
        let task = Rc::new(TaskCell::new(name, number, waker.clone(), future));
        place.insert(task.clone());
        drop(tasks);
        Waker::from(waker).wake();
        Task { task }
    }
    // ANCHOR_END: spawn

    // ANCHOR: run
    fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let mut main = pin!(main);
        let main_waker = EndWhenDropped(TaskWaker::new(MAIN, self.shared.clone()));
        Waker::from(main_waker.0.clone()).wake();
        // What was started before the run stands with what other threads have handed over.
        self.steps_to_look.set(0);
        loop {
            match self.next() {
                Ready::Call(call) => _ = contain_panic(call),
                Ready::Task(task) if !task.begin() => continue,
                Ready::Task(task) if task.place == MAIN => {
                    let waker = Waker::from(task);
                    let polled = main.as_mut().poll(&mut Context::from_waker(&waker));
                    let reason = self.reason.take();
                    self.main_waits_for.set(polled.is_pending().then_some(reason));
                    self.show_lists("main", polled.is_ready());
                    if let Poll::Ready(result) = polled {
                        return result;
                    }
                }
                Ready::Task(task) => self.step(task),
            }
        }
    }

    fn step(&self, waker: Arc<TaskWaker>) {
        let place = waker.place;
        let task = self.tasks.borrow()[place].clone();
        let waker = Waker::from(waker);
        let ended = task.step(&mut Context::from_waker(&waker));
        task.set_reason(self.reason.take());
        if ended {
            self.tasks.borrow_mut().remove(place);
        }
        if self.show.borrow().is_some() {
            self.show_lists(&task.name(), ended);
        }
    }
    // ANCHOR_END: run

    // ANCHOR: look
    /// The first that is ready. Sleeps until there is one.
    fn next(&self) -> Ready {
        loop {
            if let Some(steps) = self.steps_to_look.get().checked_sub(1) {
                self.steps_to_look.set(steps);
                if let Some(ready) = self.ready.borrow_mut().pop_front() {
                    return ready;
                }
            }
            self.look_around();
            self.steps_to_look.set(STEPS_BETWEEN_LOOKS);
        }
    }

    /// Moves to the ready list what its time, its socket or another thread has made ready. If that
    /// is nothing, it sleeps until something is.
    fn look_around(&self) {
        self.wake_due();
        let nothing_is_ready = self.shared.take_over(&mut self.ready.borrow_mut());
        if nothing_is_ready {
            self.shared.poller.sleep_until(self.timers.borrow().first_deadline());
            self.wake_due();
            self.shared.take_over(&mut self.ready.borrow_mut());
        } else {
            self.shared.poller.look();
        }
    }

    fn wake_due(&self) {
        if self.timers.borrow().first_deadline().is_none() {
            return;
        }
        let now = Some(Instant::now());
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            let Some(alarm) = due else { break };
            alarm.ring();
        }
    }
    // ANCHOR_END: look

    fn show_lists(&self, step: &str, ended: bool) {
        // It may use the loop, so it is taken out while it is called.
        let Some(mut show) = self.show.take() else { return };
        show(&self.lists(step, ended));
        self.show.borrow_mut().get_or_insert(show);
    }

    fn lists(&self, step: &str, ended: bool) -> Lists {
        let (tasks, ready) = (self.tasks.borrow(), self.ready.borrow());
        let name = |place| tasks.get(place).map_or_else(|| "main".to_owned(), |task| task.name());
        let place = |ready: &Ready| match ready {
            Ready::Task(task) => Some(task.place),
            Ready::Call(_) => None,
        };
        let is_ready = |it: usize| ready.iter().any(|ready| place(ready) == Some(it));
        let main = self.main_waits_for.get().map(|reason| (MAIN, reason));
        let all = main.into_iter().chain(tasks.iter().map(|(place, task)| (place, task.reason())));
        let waiting = all.filter(|&(place, _)| !is_ready(place));
        Lists {
            step: step.to_owned(),
            ended,
            ready: ready
                .iter()
                .map(|ready| place(ready).map_or_else(|| "a call".to_owned(), name))
                .collect(),
            waiting: waiting
                .map(|(place, reason)| Waiting { task: name(place), waits_for: reason.told(name) })
                .collect(),
        }
    }
}

/// Nothing wakes `main` any more when the run has come to its end, be it by a panic.
struct EndWhenDropped(Arc<TaskWaker>);

impl Drop for EndWhenDropped {
    fn drop(&mut self) {
        self.0.end();
    }
}
