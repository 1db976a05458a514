//! A thread: a function that runs beside the program, to be started, asked and joined as Python's
//! `threading.Thread`.
//!
//! Use it for a thread that has a name, that can be asked how it is, that several others wait for,
//! with a time limit or without, or that the program need not wait for at its end. Where one thread
//! waits for the result of another, `std::thread` is enough, and gives the result.
//!
//! # States
//!
//! One 32-bit word, on which threads that join sleep:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | `SLEEPERS` | somebody may be asleep |
//! | 1 | `DAEMON` | the program does not wait for it; stays as it is once started |
//! | 2 | `CALLED` | its function was called directly, by [`Thread::run`]: it can never be started |
//! | 3 | `STARTED` | it was started |
//! | 4 | `BEGUN` | its function has begun |
//! | 5 | `ENDED` | its function has ended |
//! | 6 | `PANICKED` | by a panic |
//!
//! What [`Thread::state`] makes of it:
//!
//! ```text
//!          start           the system gives it a turn          the function ends
//!   new ──────────▶ ready ────────────────────────────▶ running ────────────────▶ dead
//!                                                         │  ▲
//!                                 it waits for something  ▼  │  that has come
//!                                                        blocked
//! ```
//!
//! Four of the five the library knows for certain. A thread that has begun may be on a processor,
//! may wait for one, or may wait for something else: a lock, a message, a time. Only the system
//! knows. Linux is asked and says which threads sleep: these are blocked. It does not tell a thread
//! that waits for a processor from one that has it: both are running. Other systems are not asked,
//! and there a thread that has begun is running until it is dead. So it is in the model, whose
//! traces show each sleep.
//!
//! # Coming from Python
//!
//! | `threading` | here |
//! |---|---|
//! | `Thread(target=f, args=(x,))` | [`Thread::new`]; `f` captures what it needs |
//! | a class that inherits `Thread` and has a method `run` | a type that is [`Run`], and [`Thread::new`] |
//! | `Thread(name="x")`, `name` | [`Thread::named`], [`Thread::set_name`], [`Thread::name`] |
//! | `Thread-1` (since 3.10 `Thread-1 (f)`), `MainThread`, `Dummy-2` | `Thread-1`, `MainThread`, `Dummy-2` |
//! | `start()`; twice: `RuntimeError` | [`Thread::start`]; [`ThreadError::AlreadyStarted`] |
//! | `run()` | [`Thread::run`], on the caller |
//! | `is_alive()`, `ident` | [`Thread::is_alive`], [`Thread::ident`] |
//! | `join()` | [`Thread::join`], which says how it ended |
//! | `join(timeout=s)`, then `is_alive()` | [`Thread::join_for`], [`Thread::join_until`], which say whether it ended |
//! | `join(timeout=0)` | [`Thread::try_join`] |
//! | `join()` before `start()`, or of oneself: `RuntimeError` | [`ThreadError::NotStarted`], [`ThreadError::JoinsItself`] |
//! | `join()` twice | the same answer twice |
//! | `daemon`, inherited from the thread that makes it | [`Thread::is_daemon`], [`Thread::set_daemon`], the same |
//! | `daemon = True` after `start()`: `RuntimeError` | [`ThreadError::AlreadyStarted`] |
//! | `current_thread()`, `main_thread()` | [`Thread::current`], [`Thread::main`] |
//! | `enumerate()`, `active_count()` | [`Thread::enumerate`], [`Thread::active_count`] |
//! | at its end the program waits for all threads but daemons | [`Thread::run_main`] does |
//! | `excepthook` | [`Thread::set_panic_hook`] |
//! | `repr(thread)` | `Debug` |
//!
//! They differ in this, on purpose:
//!
//! | | `threading.Thread` | here |
//! |---|---|---|
//! | when `start` returns | the function has begun | it may not have begun: then the state is ready, and there is no [`ident`](Thread::ident) yet |
//! | `run` twice, or `start` after `run` | `AttributeError`, in `start` on the new thread | [`ThreadError::AlreadyRun`]: the function is gone |
//! | `ident` after the end | another thread may get it | no thread of the process ever gets it again |
//! | a thread that was not made here | is a daemon, and so are those that it makes; cannot be joined, and in older versions stays in the list when it has ended | is a daemon too, and so are those that it makes; can be joined, and leaves the list |
//! | the main thread | the one that has imported `threading` | the one that calls [`run_main`](Thread::run_main); without that, the first that uses this module |
//! | an exception in a thread | is printed, and `join` does not tell | is printed, and `join` tells |
//! | `SystemExit` | ends the thread in silence | a [`resume_unwind`] does |
//! | daemons, when all others have ended | stop as soon as they need the interpreter | run on until the process ends |
//! | a thread that a daemon starts after that | `RuntimeError` since 3.12 | runs, and nobody waits for it |
//! | `excepthook` | prints, and can be replaced and put back | comes when the message has been printed, at first there is none |
//! | an empty name | gets a number | stays empty |
//! | a function that calls itself without end | `RecursionError` | the process ends |
//! | a child made by `fork` | knows that it has one thread, which is the main one | counts the threads of its parent as alive, and has its main thread |
//! | `stack_size()`, `settrace()` | for threads that are made later | none |
//! | what the thread keeps for itself | is gone when `join` returns | thread-locals may still be about to be dropped, as with [`std::thread::scope`] |
//! | the system refuses another thread | `RuntimeError` | a panic; as there, it can be started later |
//!
//! # Example
//!
//! ```
//! use primitives::{Run, Thread, ThreadError, ThreadOutcome};
//!
//! struct Greeter(&'static str);
//!
//! impl Run for Greeter {
//!     fn run(self) {
//!         println!("{}: hello, {}", Thread::current().name(), self.0);
//!     }
//! }
//!
//! let text = Thread::run_main(|| {
//!     let greeter = Thread::new(Greeter("Ann"));
//!     assert_eq!(greeter.join(), Err(ThreadError::NotStarted));
//!     greeter.start().unwrap();
//!     assert_eq!(greeter.start(), Err(ThreadError::AlreadyStarted));
//!     assert_eq!(greeter.join(), Ok(ThreadOutcome::Ran));
//!     format!("{}, started by {}", greeter.name(), Thread::main().name())
//! });
//! assert_eq!(text, "Thread-1, started by MainThread");
//! ```

use super::lock::Lock;
use super::platform::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
    held_as, told_as,
};
use super::platform::deadline::Deadline;
use super::platform::panics::contain_panic;
use super::platform::time::{Duration, Instant};
use super::platform::{self, UnsafeCell, futex, thread, thread_local};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};

// ANCHOR: states
const SLEEPERS: u32 = 1;
const DAEMON: u32 = 2;
const CALLED: u32 = 4;
const STARTED: u32 = 8;
const BEGUN: u32 = 16;
const ENDED: u32 = 32;
const PANICKED: u32 = 64;
// ANCHOR_END: states

/// What a thread runs: a function, or a type of your own that has a method `run`.
///
/// What others shall see of it when it has run, it shares with them, such as through an [`Arc`].
pub trait Run: Send + 'static {
    /// Called once, on the new thread.
    fn run(self);
}

impl<F: FnOnce() + Send + 'static> Run for F {
    fn run(self) {
        self();
    }
}

/// How a thread ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadOutcome {
    /// Its function ran to its end.
    Ran,
    /// Its function panicked.
    Panicked,
}

/// Where a thread is in its life. The [module](self#states) says what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadState {
    /// It was not started.
    New,
    /// It was started. Its function has not begun.
    Ready,
    /// Its function has begun. It has a processor or waits for one.
    Running,
    /// It waits for something else. Only on Linux is this ever known.
    Blocked,
    /// Its function has ended.
    Dead,
}

/// Why a thread does not do what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadError {
    /// It was started before.
    AlreadyStarted,
    /// Its function was called before, by [`Thread::run`].
    AlreadyRun,
    /// It was not started, so nobody knows when it ends.
    NotStarted,
    /// It would wait for its own end.
    JoinsItself,
}

impl fmt::Display for ThreadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyStarted => "the thread was started before",
            Self::AlreadyRun => "the thread's function was called before",
            Self::NotStarted => "the thread was not started",
            Self::JoinsItself => "the thread would wait for its own end",
        })
    }
}

impl std::error::Error for ThreadError {}

/// A thread, to be started, asked and waited for. See the [module](self) for how it works.
///
/// This is a handle. Dropping it changes nothing: what was started runs on. Two handles are equal
/// if they are of the same thread.
#[doc(alias = "threading.Thread")]
#[derive(Clone)]
pub struct Thread {
    about: Arc<About>,
    program: Arc<Program>,
}

/// What is known of a thread.
struct About {
    state: AtomicU32,
    name: Lock<String>,
    /// For the thread that has set `STARTED` or `CALLED`; where `STARTED`, for the one that was
    /// started.
    function: UnsafeCell<Option<Box<dyn FnOnce() + Send>>>,
    /// Written by the thread itself, before it sets `BEGUN`.
    numbers: UnsafeCell<Numbers>,
}

#[derive(Clone, Copy, Default)]
struct Numbers {
    ident: u64,
    /// How the system calls the thread.
    system: u32,
}

// SAFETY: only one thread takes the function, so sharing this only ever sends the function to that
// one: `Send` is enough. The numbers are written before `BEGUN` is set, and read after.
unsafe impl Sync for About {}
// Nobody sees what a panic leaves of the function.
impl UnwindSafe for About {}
impl RefUnwindSafe for About {}

/// The threads that count as one program: those of a [`Thread::run_main`], or those outside of any.
struct Program {
    main: Arc<About>,
    /// How many names with numbers were made.
    named: AtomicUsize,
    /// Those that were started. One that has ended stays until another is started.
    started: Lock<Vec<Arc<About>>>,
    hook: Lock<Option<Hook>>,
}

type Hook = Arc<dyn Fn(&Thread, &(dyn Any + Send)) + Send + Sync>;

// What panics leave of the hook is for the hook to know.
impl UnwindSafe for Program {}
impl RefUnwindSafe for Program {}

impl Thread {
    /// A thread that will run `run` when it is started. Its name is `Thread-1`, or has the next
    /// number that is free.
    ///
    /// It is a daemon if the thread that makes it is one.
    pub fn new(run: impl Run) -> Self {
        let here = Self::current();
        let name = here.program.next_name("Thread");
        here.child(name, run)
    }

    /// As [`new`](Self::new), with a name. It uses up no number.
    ///
    /// The name is shown by [`Debug`], and by debuggers and panics as it was at the start.
    pub fn named(name: impl Into<String>, run: impl Run) -> Self {
        Self::current().child(name.into(), run)
    }

    fn child(&self, name: String, run: impl Run) -> Self {
        let daemon = if self.is_daemon() { DAEMON } else { 0 };
        let function: Box<dyn FnOnce() + Send> = Box::new(move || run.run());
        let about = About::new(name, daemon, Some(function), Numbers::default());
        Self { about: Arc::new(about), program: self.program.clone() }
    }

    /// Starts the thread. What was done before is seen by its function.
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`](ThreadError::AlreadyStarted), or [`AlreadyRun`](ThreadError::AlreadyRun)
    /// if its function was called directly. Of two threads that start it at once, one gets this.
    ///
    /// # Panics
    ///
    /// When the system refuses another thread, or the name has a zero byte in it. Then it was not
    /// started, and can be later.
    // ANCHOR: start
    pub fn start(&self) -> Result<(), ThreadError> {
        self.about.take(STARTED)?;
        // Before the thread is there: it is in the list whenever somebody can see it run.
        self.program.add(self.about.clone());
        let (name, new) = (self.name(), self.clone());
        self.about.is_called(&name);
        let start = || _ = thread::spawn(&name, move || new.live());
        if let Err(refused) = catch_unwind(AssertUnwindSafe(start)) {
            self.program.started.lock().retain(|one| !Arc::ptr_eq(one, &self.about));
            self.about.was_not_started();
            resume_unwind(refused);
        }
        Ok(())
    }
    // ANCHOR_END: start

    // ANCHOR: live
    /// What the new thread does.
    fn live(self) {
        self.about.begin();
        // SAFETY: this is the thread that was started: the function is its own.
        let function = self.about.function.with_mut(|function| unsafe { (*function).take() });
        let outer = Here::enter(&self);
        let panicked =
            function.map(|run| catch_unwind(AssertUnwindSafe(run))).and_then(Result::err);
        let has_panicked = panicked.is_some();
        if let Some(payload) = panicked {
            let hook = self.program.hook.lock().clone();
            if let Some(hook) = hook {
                contain_panic(|| hook(&self, &*payload));
            }
            contain_panic(|| drop(payload));
        }
        Here::leave(outer, has_panicked);
    }
    // ANCHOR_END: live

    /// Calls the function on the thread that calls this, and starts none: the function sees its
    /// caller as the [`current`](Self::current) thread, and this one stays new for ever.
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`](ThreadError::AlreadyStarted), and at the second call
    /// [`AlreadyRun`](ThreadError::AlreadyRun): the function is gone.
    ///
    /// # Panics
    ///
    /// When the function does.
    ///
    /// ```
    /// use primitives::{Thread, ThreadError};
    ///
    /// let caller = Thread::current();
    /// let thread = Thread::new(move || assert_eq!(Thread::current(), caller));
    /// thread.run().unwrap();
    /// assert_eq!(thread.run(), Err(ThreadError::AlreadyRun));
    /// assert_eq!(thread.join(), Err(ThreadError::NotStarted));
    /// ```
    pub fn run(&self) -> Result<(), ThreadError> {
        self.about.take(CALLED)?;
        // SAFETY: only one caller gets here, and no thread is started after this.
        let function = self.about.function.with_mut(|function| unsafe { (*function).take() });
        if let Some(function) = function {
            function();
        }
        Ok(())
    }

    /// Waits until the thread has ended. What its function did is seen by all that follows.
    ///
    /// # Errors
    ///
    /// [`NotStarted`](ThreadError::NotStarted), or [`JoinsItself`](ThreadError::JoinsItself) if the
    /// thread itself calls this. Threads that join each other in a circle wait for ever. The model
    /// reports for each which thread it waits for. On the machine [`enumerate`](Self::enumerate)
    /// tells which threads are alive, and [`state`](Self::state) which of them are blocked.
    pub fn join(&self) -> Result<ThreadOutcome, ThreadError> {
        let ended = self.join_by(Deadline::Never)?;
        Ok(ended.expect("without a deadline nobody gives up"))
    }

    /// How the thread ended, if it has.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    #[inline]
    pub fn try_join(&self) -> Result<Option<ThreadOutcome>, ThreadError> {
        self.outcome(self.about.look())
    }

    /// As [`join`](Self::join), but waits no longer than `timeout`. `None` means that the thread
    /// has not ended. A timeout too long for the clock means for ever.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    ///
    /// ```
    /// use primitives::{Event, Thread, ThreadOutcome};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let end = Arc::new(Event::new());
    /// let thread = Thread::new({
    ///     let end = end.clone();
    ///     move || end.wait()
    /// });
    /// thread.start().unwrap();
    /// assert_eq!(thread.join_for(Duration::from_millis(1)), Ok(None));
    /// end.set();
    /// assert_eq!(thread.join_for(Duration::MAX), Ok(Some(ThreadOutcome::Ran)));
    /// ```
    pub fn join_for(&self, timeout: Duration) -> Result<Option<ThreadOutcome>, ThreadError> {
        self.join_by(Deadline::After(timeout))
    }

    /// As [`join_for`](Self::join_for), but gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub fn join_until(&self, deadline: Instant) -> Result<Option<ThreadOutcome>, ThreadError> {
        self.join_by(Deadline::At(deadline))
    }

    // ANCHOR: join
    /// `None` means that `deadline` passed first.
    fn join_by(&self, deadline: Deadline) -> Result<Option<ThreadOutcome>, ThreadError> {
        let deadline = deadline.instant();
        let word = &self.about.state;
        let mut timed_out = false;
        loop {
            let state = self.about.look();
            let ended = self.outcome(state)?;
            if ended.is_some() || timed_out {
                return Ok(ended);
            }
            // Say that somebody sleeps, or nobody would wake us.
            let marked = state | SLEEPERS;
            if state == marked || word.compare_exchange(state, marked, Relaxed, Relaxed).is_ok() {
                timed_out = futex::wait_until(word, marked, deadline).is_err();
            }
        }
    }

    fn outcome(&self, state: u32) -> Result<Option<ThreadOutcome>, ThreadError> {
        if state & STARTED == 0 {
            return Err(ThreadError::NotStarted);
        }
        if Here::is_in(&self.about) {
            return Err(ThreadError::JoinsItself);
        }
        Ok(match state & (ENDED | PANICKED) {
            0 => None,
            ENDED => Some(ThreadOutcome::Ran),
            _ => Some(ThreadOutcome::Panicked),
        })
    }
    // ANCHOR_END: join

    /// Whether the thread was started and has not ended. If it has ended, what its function did is
    /// seen by all that follows.
    #[inline]
    pub fn is_alive(&self) -> bool {
        self.about.is_alive()
    }

    /// Where the thread is in its life. By the time you look at the answer it may be further on.
    ///
    /// On Linux this opens a file of the system, for a thread that has begun and not ended.
    ///
    /// ```
    /// use primitives::{Thread, ThreadState};
    ///
    /// let thread = Thread::new(|| assert_eq!(Thread::current().state(), ThreadState::Running));
    /// assert_eq!(thread.state(), ThreadState::New);
    /// thread.start().unwrap();
    /// thread.join().unwrap();
    /// assert_eq!(thread.state(), ThreadState::Dead);
    /// ```
    pub fn state(&self) -> ThreadState {
        let state = self.about.life();
        if state != ThreadState::Running || !thread::is_asleep(self.about.numbers().system) {
            return state;
        }
        // Where the thread has ended, the system may have meant another with the same number.
        match self.about.life() {
            ThreadState::Running => ThreadState::Blocked,
            since => since,
        }
    }

    /// The thread's number, once its function has begun. No other thread of the process ever has
    /// it.
    #[doc(alias = "get_ident")]
    pub fn ident(&self) -> Option<u64> {
        (self.about.look() & BEGUN != 0).then(|| self.about.numbers().ident)
    }

    /// The thread's name.
    pub fn name(&self) -> String {
        self.about.name.lock().clone()
    }

    /// Gives the thread another name, at any time. Several threads may have the same.
    pub fn set_name(&self, name: impl Into<String>) {
        *self.about.name.lock() = name.into();
    }

    /// Whether the program does not wait for the thread when it ends.
    pub fn is_daemon(&self) -> bool {
        self.about.is_daemon()
    }

    /// Says whether the program shall end without waiting for the thread.
    ///
    /// A daemon is stopped when the process ends, wherever it is: perhaps in the middle of a write.
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`](ThreadError::AlreadyStarted): somebody may have counted on it.
    ///
    /// ```
    /// use primitives::{Thread, ThreadError};
    ///
    /// Thread::run_main(|| {
    ///     let daemon = Thread::new(|| loop {
    ///         std::thread::park();
    ///     });
    ///     daemon.set_daemon(true).unwrap();
    ///     daemon.start().unwrap();
    ///     assert_eq!(daemon.set_daemon(false), Err(ThreadError::AlreadyStarted));
    /// });
    /// ```
    pub fn set_daemon(&self, daemon: bool) -> Result<(), ThreadError> {
        self.about.change(|state| match state & STARTED {
            0 if daemon => Ok(state | DAEMON),
            0 => Ok(state & !DAEMON),
            _ => Err(ThreadError::AlreadyStarted),
        })
    }

    /// The thread that calls this.
    ///
    /// A thread that was not made here, such as one of [`std::thread::spawn`], counts as a daemon
    /// from its first call until it ends. The first of them is the main thread of all that happens
    /// outside of [`run_main`](Self::run_main).
    ///
    /// # Panics
    ///
    /// When the thread is ending and has dropped its thread-locals.
    #[doc(alias = "current_thread")]
    pub fn current() -> Self {
        CURRENT.with(|current| {
            if let Some(here) = &*current.borrow() {
                return here.thread.clone();
            }
            let thread = Self::from_elsewhere();
            Here::enter(&thread);
            thread
        })
    }

    /// The main thread of the program that the caller belongs to.
    ///
    /// # Panics
    ///
    /// As [`current`](Self::current).
    #[doc(alias = "main_thread")]
    pub fn main() -> Self {
        let program = Self::current().program;
        Self { about: program.main.clone(), program }
    }

    /// All threads that are alive in the program that the caller belongs to, itself and the main
    /// thread included, in the order in which they were started.
    ///
    /// A thread that has been joined is not among them.
    ///
    /// # Panics
    ///
    /// As [`current`](Self::current).
    pub fn enumerate() -> Vec<Self> {
        let program = Self::current().program;
        let alive = |one: &&Arc<About>| one.is_alive();
        let thread = |about: &Arc<About>| Self { about: about.clone(), program: program.clone() };
        let started = program.started.lock();
        started.iter().filter(alive).map(thread).collect()
    }

    /// How many threads [`enumerate`](Self::enumerate) would return.
    ///
    /// # Panics
    ///
    /// As [`current`](Self::current).
    pub fn active_count() -> usize {
        let program = Self::current().program;
        let started = program.started.lock();
        started.iter().filter(|one| one.is_alive()).count()
    }

    /// What is called when the function of a thread of the caller's program panics, on that thread,
    /// which has not ended yet. It gets the thread and the payload of the panic.
    ///
    /// The message has been printed by then, if [`std::panic::set_hook`] has not changed that. At
    /// first there is no such function. It replaces the one before. If it panics itself, that goes
    /// no further.
    ///
    /// ```
    /// use primitives::{Lock, Thread};
    /// use std::sync::Arc;
    ///
    /// let log = Arc::new(Lock::new(Vec::new()));
    /// let to = log.clone();
    /// Thread::run_main(|| {
    ///     Thread::set_panic_hook(move |thread, payload| {
    ///         let text = payload.downcast_ref::<&str>().unwrap_or(&"no text");
    ///         to.lock().push(format!("{}: {text}", thread.name()));
    ///     });
    ///     Thread::named("worker", || panic!("on purpose")).start().unwrap();
    /// });
    /// assert_eq!(*log.lock(), ["worker: on purpose"]);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`current`](Self::current).
    #[doc(alias = "excepthook")]
    pub fn set_panic_hook(hook: impl Fn(&Self, &(dyn Any + Send)) + Send + Sync + 'static) {
        let program = Self::current().program;
        let before = program.hook.lock().replace(Arc::new(hook));
        drop(before);
    }

    /// Calls `f` as a program of its own, in which the caller is the main thread. Returns when `f`
    /// has, or has panicked, and all threads of the program have ended that are not daemons.
    ///
    /// Call it in `main`, around everything else. Threads belong to the program of the thread that
    /// has made them. Daemons are left behind, and stop when `main` returns, wherever they are.
    ///
    /// ```
    /// use primitives::Thread;
    ///
    /// let names = Thread::run_main(|| {
    ///     Thread::new(|| println!("the program waits for me")).start().unwrap();
    ///     Thread::enumerate().iter().map(Thread::name).collect::<Vec<_>>()
    /// });
    /// assert_eq!(names[0], "MainThread");
    /// ```
    ///
    /// # Panics
    ///
    /// When `f` does, and its threads have ended.
    // ANCHOR: main
    pub fn run_main<R>(f: impl FnOnce() -> R) -> R {
        let main = Self::main_of_another_program();
        let outer = Here::enter(&main);
        let result = catch_unwind(AssertUnwindSafe(f));
        Here::leave(outer, result.is_err());
        // Again and again: a thread that was waited for may have started others.
        while let Some(thread) = main.program.awaited() {
            thread.join_by(Deadline::Never).expect("it was started, and is another thread");
        }
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }
    // ANCHOR_END: main

    fn main_of_another_program() -> Self {
        let main = About::of_running("MainThread".to_owned(), 0);
        let program = Program {
            main: main.clone(),
            named: AtomicUsize::new(0),
            started: Lock::new(vec![main.clone()]),
            hook: Lock::new(None),
        };
        Self { about: main, program: Arc::new(program) }
    }

    /// The running thread, of which nothing is known yet.
    fn from_elsewhere() -> Self {
        static MAIN: OnceLock<Thread> = OnceLock::new();
        let mut is_main = false;
        let main = MAIN.get_or_init(|| {
            is_main = true;
            Self::main_of_another_program()
        });
        if is_main {
            return main.clone();
        }
        let program = main.program.clone();
        let about = About::of_running(program.next_name("Dummy"), DAEMON);
        program.add(about.clone());
        Self { about, program }
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.about, &other.about)
    }
}

impl Eq for Thread {}

impl fmt::Debug for Thread {
    /// Does not ask the system: a thread that is blocked is shown as running.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Thread");
        match self.about.name.try_lock() {
            Some(name) => out.field("name", &*name),
            None => out.field("name", &format_args!("<locked>")),
        };
        out.field("state", &self.about.life()).field("daemon", &self.is_daemon()).finish()
    }
}

impl About {
    fn new(
        name: String,
        state: u32,
        function: Option<Box<dyn FnOnce() + Send>>,
        numbers: Numbers,
    ) -> Self {
        Self {
            state: held_as(told_as(AtomicU32::new(state), words), holders),
            name: Lock::new(name),
            function: UnsafeCell::new(function),
            numbers: UnsafeCell::new(numbers),
        }
    }

    /// Of the thread that calls this.
    fn of_running(name: String, daemon: u32) -> Arc<Self> {
        let called = name.clone();
        let about =
            Arc::new(Self::new(name, STARTED | BEGUN | daemon, None, Numbers::of_running()));
        about.is_called(&called);
        about
    }

    /// A thread that waits for this one for ever is reported as one that waits for it by name.
    fn is_called(&self, name: &str) {
        platform::name(&self.state, &format!("thread {name}"));
    }

    fn is_daemon(&self) -> bool {
        self.state.load(Relaxed) & DAEMON != 0
    }

    #[inline]
    fn look(&self) -> u32 {
        // Acquire: what the function did is seen by a thread that finds that it has ended, and its
        // numbers by one that finds that it has begun.
        self.state.load(Acquire)
    }

    #[inline]
    fn is_alive(&self) -> bool {
        self.look() & (STARTED | ENDED) == STARTED
    }

    /// The state, as far as the word says.
    fn life(&self) -> ThreadState {
        life(self.look())
    }

    /// The numbers of a thread that was seen to have begun.
    fn numbers(&self) -> Numbers {
        // SAFETY: nobody writes them any more.
        self.numbers.with(|numbers| unsafe { *numbers })
    }

    // ANCHOR: take
    /// `Ok` for one caller only: it may let the function be called, in the way that `how` says.
    fn take(&self, how: u32) -> Result<(), ThreadError> {
        self.change(|state| match state & (STARTED | CALLED) {
            0 => Ok(state | how),
            CALLED => Err(ThreadError::AlreadyRun),
            _ => Err(ThreadError::AlreadyStarted),
        })
    }

    /// Changes the word, if it is right to.
    fn change(&self, to: impl Fn(u32) -> Result<u32, ThreadError>) -> Result<(), ThreadError> {
        // Relaxed: the function was made before anybody had this. Starting a thread passes on what
        // was done before.
        let mut state = self.state.load(Relaxed);
        loop {
            match self.state.compare_exchange_weak(state, to(state)?, Relaxed, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }
    // ANCHOR_END: take

    /// The system has refused the thread.
    #[cold]
    fn was_not_started(&self) {
        // Those that wait for its end look again, and find that it was not started.
        if self.state.fetch_and(!STARTED, Relaxed) & SLEEPERS != 0 {
            futex::wake_all(&self.state);
        }
    }

    fn begin(&self) {
        // SAFETY: only the new thread calls this, and nobody reads the numbers before `BEGUN`.
        self.numbers.with_mut(|numbers| unsafe { *numbers = Numbers::of_running() });
        // Release: the numbers are seen by those that find that it has begun.
        self.state.fetch_or(BEGUN, Release);
    }

    fn end(&self, how: u32) {
        // Release: what the function did is seen by those that find that it has ended.
        if self.state.fetch_or(how, Release) & SLEEPERS != 0 {
            futex::wake_all(&self.state);
        }
    }
}

fn life(state: u32) -> ThreadState {
    match state {
        state if state & ENDED != 0 => ThreadState::Dead,
        state if state & BEGUN != 0 => ThreadState::Running,
        state if state & STARTED != 0 => ThreadState::Ready,
        _ => ThreadState::New,
    }
}

/// How many threads call the function, for traces: what a join waits for, that thread has.
fn holders(state: u32) -> u32 {
    u32::from(state & (BEGUN | ENDED) == BEGUN)
}

/// What the word means, for traces.
fn words(state: u32) -> String {
    let life = format!("{:?}", life(state)).to_lowercase();
    let bits =
        [(DAEMON, "daemon"), (CALLED, "called"), (PANICKED, "panicked"), (SLEEPERS, "awaited")];
    let set = bits.iter().filter(|(bit, _)| state & bit != 0);
    set.fold(life, |text, (_, word)| format!("{text}, {word}"))
}

impl Numbers {
    fn of_running() -> Self {
        Self { ident: thread::id(), system: thread::system_id() }
    }
}

impl Program {
    /// As Python does, all names count together.
    fn next_name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.named.fetch_add(1, Relaxed) + 1)
    }

    // ANCHOR: program
    /// A thread is about to be there. It leaves the list without a lock: the next one that comes
    /// sweeps it out.
    fn add(&self, about: Arc<About>) {
        let mut started = self.started.lock();
        started.retain(|one| one.is_alive());
        started.push(about);
    }

    /// A thread that the program must not leave behind.
    fn awaited(self: &Arc<Self>) -> Option<Thread> {
        let started = self.started.lock();
        let awaited = started.iter().find(|one| one.is_alive() && !one.is_daemon());
        awaited.map(|about| Thread { about: about.clone(), program: self.clone() })
    }
    // ANCHOR_END: program
}

thread_local! {
    static CURRENT: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// That a thread is the running one. When this is dropped, the thread has ended.
struct Here {
    thread: Thread,
    ended: u32,
}

impl Here {
    /// From here on the running thread is this one. Returns which it was.
    fn enter(thread: &Thread) -> Option<Self> {
        let here = Self { thread: thread.clone(), ended: ENDED };
        CURRENT.with(|current| current.replace(Some(here)))
    }

    /// The thread has ended. The running one is the `outer` one again.
    fn leave(outer: Option<Self>, panicked: bool) {
        let here = CURRENT.with(|current| current.replace(outer));
        if let Some(mut here) = here {
            here.ended |= if panicked { PANICKED } else { 0 };
        }
    }

    /// Whether the running thread is this one. One that has dropped its thread-locals is none.
    fn is_in(about: &Arc<About>) -> bool {
        let is_in = |current: &RefCell<Option<Self>>| {
            current.borrow().as_ref().is_some_and(|here| Arc::ptr_eq(&here.thread.about, about))
        };
        CURRENT.try_with(is_in).unwrap_or(false)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.thread.about.end(self.ended);
    }
}
