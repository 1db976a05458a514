//! What the platform knows of the execution that is running: its threads, its clock, its trace, and
//! how it ends. Both searches are served here. What loom's needs besides is in [`by_loom`].

mod by_loom;
mod callers;
mod lines;
mod panics;

use crate::own;
use crate::trace::{Action, Event, name_of};
use crate::weaken::{OrderingSite, Weakened};
use by_loom::LoomWords;
pub(crate) use by_loom::{
    MAX_BRANCHES, MAX_THREADS, exit_main, touch_fences, touch_loads_of, visible, wait, wake,
};
pub(crate) use lines::Place;
pub use lines::{in_line, lets_go, takes};
pub(crate) use panics::run;
use panics::{CutShort, cut_for, quiet_panics};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{Location, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// More visible operations than this in one execution count as running for ever.
const MAX_OPERATIONS: usize = 2_000;

/// Where the clock begins. Not zero, so that `Duration::MAX` from now is as little a moment as on a
/// real clock.
pub(crate) const START: Duration = Duration::from_secs(1);

/// What one run of the explorer asks of every execution.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) spurious_wakeups: u32,
    pub(crate) locks_in_one_step: bool,
    pub(crate) every_order: bool,
    /// Somebody plays: each step waits for its turn.
    pub(crate) play: bool,
    /// At which places in the source those who play say what is read.
    pub(crate) picks: Option<fn(&Location<'static>) -> bool>,
    pub(crate) weakened: Vec<Weakened>,
    /// Note every ordering that is used, so that each can be weakened in a run of its own.
    pub(crate) collect_orderings: bool,
    /// Note from which line of this file each operation was called.
    pub(crate) callers_in: Option<Arc<str>>,
}

/// Why an execution was cut short.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EarlyEnd {
    Stuck(Vec<Waiting>),
    Panicked(Panic),
}

/// A thread that waits for something that never comes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The thread's name.
    pub thread: String,
    /// Where it waits: the line of its last `step!`, or of the wait itself if it never took a step.
    pub at: &'static Location<'static>,
    /// What it waits for: the name given to the object, or a wake after the thread's last step.
    pub waits_for: String,
}

/// A panic that left a thread's body, or a rule of the memory model that the program broke.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Panic {
    /// The thread's name.
    pub thread: String,
    /// The panic's message.
    pub message: String,
}

pub(crate) struct Execution {
    settings: Rc<Settings>,
    current: usize,
    threads: Vec<Thread>,
    early_end: Option<EarlyEnd>,
    /// What each thread waited for when nobody could go on.
    stuck: Vec<(usize, WaitsOn)>,
    /// Inside loom, which may be about to switch threads: `current` cannot be trusted.
    in_operation: bool,
    /// Message and place of the last panic.
    last_panic: String,
    operations: usize,
    clock: Duration,
    names: Vec<(Range<usize>, String)>,
    /// Which thread holds a lock that says so itself.
    held_by: BTreeMap<Place, usize>,
    events: Vec<Event>,
    orderings: BTreeSet<OrderingSite>,
    /// What only loom needs, if it is loom's search.
    loom: Option<LoomWords>,
    /// In every-order mode, the word that each step writes, so that all orders of steps are tried.
    narrator: Option<Narrator>,
    /// The panics that left a thread's body, where the search lets the other threads go on.
    panics: Vec<Panic>,
    /// What the story has shown of its state, the latest of each.
    shown: BTreeMap<String, String>,
}

#[derive(Clone)]
enum Narrator {
    Loom(Rc<loom::sync::atomic::AtomicUsize>),
    Own(u32),
    /// Not in a word: a step orders nothing where somebody plays.
    Play,
}

struct Thread {
    name: String,
    /// Loom's, if it is loom's search.
    handle: Option<loom::thread::Thread>,
    state: State,
    joiner: Option<usize>,
    spurious_left: u32,
    /// A panic started on this thread and has not been seen to end.
    unwinding: bool,
    /// It goes on to its next wait before it unwinds.
    runs_on: bool,
    /// Where it last waited, and on what.
    waits: Option<(&'static Location<'static>, WaitsOn)>,
    /// In whose line it waits.
    line: Option<Place>,
    last_step: Option<(&'static Location<'static>, String)>,
    /// Where its last operation on an atomic is.
    last_operation: Option<&'static Location<'static>>,
    locals: Vec<(usize, Rc<dyn Any>)>,
    locals_dropped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Can take a step, perhaps only the step of timing out.
    Running,
    /// Parked until another thread wakes it.
    Waiting {
        at: &'static Location<'static>,
        on: WaitsOn,
    },
    /// Its body has ended and nobody has joined it yet.
    Unjoined,
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitsOn {
    Word {
        address: usize,
    },
    /// On a word of its own, for its turn to have the object.
    Line(Place),
    Thread(usize),
}

thread_local! {
    // Loom runs all threads of a model as coroutines on one thread of the system, so that thread's
    // own storage is the model's global state.
    static EXECUTION: RefCell<Option<Execution>> = const { RefCell::new(None) };
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
    /// How many events the last execution had: the next will have about as many.
    static LENGTH: Cell<usize> = const { Cell::new(0) };
}

/// What is left of an execution when all its threads have ended.
pub(crate) struct Finished {
    pub(crate) early_end: Option<EarlyEnd>,
    pub(crate) stuck: Vec<(usize, WaitsOn)>,
    pub(crate) events: Vec<Event>,
    pub(crate) threads: Vec<String>,
    pub(crate) names: Vec<(Range<usize>, String)>,
    pub(crate) held_by: BTreeMap<Place, usize>,
    pub(crate) orderings: BTreeSet<OrderingSite>,
    pub(crate) panics: Vec<Panic>,
}

/// Starts the platform's side of an execution. Called on the search's main thread.
pub(crate) fn begin(settings: Rc<Settings>) {
    quiet_panics();
    EXPLORING.set(true);
    let loom = (!own::run::active()).then(LoomWords::new);
    let handle = loom.is_some().then(loom::thread::current);
    let mut execution = Execution {
        settings,
        current: 0,
        threads: Vec::new(),
        early_end: None,
        stuck: Vec::new(),
        in_operation: false,
        last_panic: String::new(),
        operations: 0,
        clock: START,
        names: Vec::new(),
        held_by: BTreeMap::new(),
        events: Vec::with_capacity(LENGTH.get()),
        orderings: BTreeSet::new(),
        loom,
        narrator: None,
        panics: Vec::new(),
        shown: BTreeMap::new(),
    };
    execution.add_thread("main", handle);
    if execution.settings.play {
        execution.narrator = Some(Narrator::Play);
    }
    if execution.settings.every_order && execution.loom.is_some() {
        let word = Rc::new(loom::sync::atomic::AtomicUsize::new(0));
        execution.narrator = Some(Narrator::Loom(word));
    }
    EXECUTION.set(Some(execution));
}

/// Makes the word that every step writes, if every order was asked for, in the search of our own.
pub(crate) fn make_narrator() {
    if with(|execution| execution.settings.every_order) {
        let word = own::run::word(0);
        with(|execution| execution.narrator = Some(Narrator::Own(word)));
    }
}

/// Takes what is left of the execution that has just ended.
pub(crate) fn end() -> Option<Finished> {
    EXPLORING.set(false);
    let mut execution = EXECUTION.take()?;
    LENGTH.set(execution.events.len());
    for thread in &mut execution.threads {
        // There are any only if loom itself has panicked. Their destructors would be modelled
        // operations outside of a model, and their panics would hide what loom has to say.
        std::mem::forget(std::mem::take(&mut thread.locals));
    }
    Some(Finished {
        early_end: execution.early_end,
        stuck: execution.stuck,
        events: execution.events,
        threads: execution.threads.into_iter().map(|thread| thread.name).collect(),
        names: execution.names,
        held_by: execution.held_by,
        orderings: execution.orderings,
        panics: execution.panics,
    })
}

/// Whether an execution is running on this thread of the system.
pub(crate) fn exploring() -> bool {
    EXPLORING.get()
}

fn with<R>(f: impl FnOnce(&mut Execution) -> R) -> R {
    EXECUTION.with_borrow_mut(|execution| {
        f(execution
            .as_mut()
            .expect("a modelled operation outside of a model: call it inside `explore` or `check`"))
    })
}

impl Execution {
    fn me(&mut self) -> &mut Thread {
        &mut self.threads[self.current]
    }

    fn add_thread(&mut self, name: &str, handle: Option<loom::thread::Thread>) -> usize {
        self.threads.push(Thread {
            name: name.to_owned(),
            handle,
            state: State::Running,
            joiner: None,
            spurious_left: self.settings.spurious_wakeups,
            unwinding: false,
            runs_on: false,
            waits: None,
            line: None,
            last_step: None,
            last_operation: None,
            locals: Vec::new(),
            locals_dropped: false,
        });
        self.threads.len() - 1
    }

    /// Ends the execution: no thread takes another visible step, every thread unwinds.
    fn end_early(&mut self, end: EarlyEnd) {
        if self.early_end.is_some() {
            return;
        }
        if let EarlyEnd::Stuck(_) = end {
            let waits = |(id, thread): (usize, &Thread)| match thread.state {
                State::Waiting { on, .. } => Some((id, lines::waits_for(thread.line, on))),
                _ => None,
            };
            self.stuck = self.threads.iter().enumerate().filter_map(waits).collect();
        }
        self.early_end = Some(end);
        // What happens from here on is clean-up, of which no other order need be tried.
        if self.loom.is_some() {
            loom::skip_branch();
        }
        for thread in 0..self.threads.len() {
            if matches!(self.threads[thread].state, State::Waiting { .. } | State::Unjoined) {
                self.wake(thread);
            }
        }
    }

    fn waiting(&self, thread: &Thread) -> Option<Waiting> {
        let State::Waiting { at, on } = thread.state else {
            return None;
        };
        let step = thread.last_step.as_ref();
        let (at, waits_for) = match lines::waits_for(thread.line, on) {
            WaitsOn::Thread(other) => (at, format!("thread {} to end", self.threads[other].name)),
            WaitsOn::Word { address } | WaitsOn::Line(Place { start: address, .. }) => (
                step.map_or(at, |(at, _)| at),
                match (name_of(&self.names, address), step) {
                    (Some(name), _) => name.to_owned(),
                    (None, Some((_, step))) => format!("a wake after '{step}'"),
                    (None, None) => "a wake".to_owned(),
                },
            ),
        };
        Some(Waiting { thread: thread.name.clone(), at, waits_for })
    }

    fn unwinding(&mut self) -> bool {
        // All threads of a model share the system thread's panic count, so the count alone does
        // not tell whether it is this one that unwinds.
        let somebody_unwinds = std::thread::panicking();
        let me = self.me();
        me.unwinding &= somebody_unwinds;
        me.unwinding
    }
}

/// Counts an operation. If there have been too many, ends the execution, and says so if this thread
/// cannot unwind.
fn count_operation() -> bool {
    let too_long = with(|execution| {
        execution.operations += 1;
        execution.operations > MAX_OPERATIONS
    });
    too_long && {
        cut_for(goes_round());
        run_on_no_further();
        over()
    }
}

/// What is said of a loop that has no end.
pub(crate) fn goes_round() -> String {
    format!("no end after {MAX_OPERATIONS} operations: a loop that goes round without waiting?")
}

/// Lets the search of our own take a step.
///
/// When the execution has been cut short, unwinds; on a thread that already unwinds, does `plainly`
/// instead.
pub(crate) fn step_of_own<R>(
    operation: impl FnOnce() -> Result<R, own::run::Cut>,
    plainly: impl FnOnce() -> R,
) -> R {
    if over() || count_operation() {
        return plainly();
    }
    match operation() {
        Ok(result) => result,
        Err(own::run::Cut) => {
            over();
            plainly()
        }
    }
}

/// Whether the execution has been cut short.
pub(crate) fn is_over() -> bool {
    with(|execution| execution.early_end.is_some())
}

/// Ends the execution from outside of its threads.
pub(crate) fn end_from_outside(end: EarlyEnd) {
    with(|execution| execution.end_early(end));
}

/// Notes which thread runs next.
pub(crate) fn set_current(thread: usize) {
    with(|execution| execution.current = thread);
}

/// What is known of a thread that waits for ever, by its number.
pub(crate) fn waiting(thread: usize) -> Option<Waiting> {
    with(|execution| {
        let (at, on) = execution.threads[thread].waits?;
        execution.threads[thread].state = State::Waiting { at, on };
        execution.waiting(&execution.threads[thread])
    })
}

/// Notes where and on what the running thread is about to wait.
pub(crate) fn waits(at: &'static Location<'static>, on: WaitsOn) {
    with(|execution| {
        let me = execution.me();
        (me.waits, me.runs_on) = (Some((at, on)), false);
    });
}

/// The execution has been cut short, and the running thread unwinds at its next wait and not here.
pub(crate) fn run_on() {
    with(|execution| execution.me().runs_on = true);
}

/// Whether a lock is taken in one step wherever its code offers that.
pub(crate) fn takes_locks_in_one_step() -> bool {
    with(|execution| execution.settings.locks_in_one_step)
}

/// Here the running thread unwinds at the latest.
pub(crate) fn run_on_no_further() {
    with(|execution| execution.me().runs_on = false);
}

/// Whether the execution has been cut short. Does not return if this thread can unwind.
fn over() -> bool {
    let (over, goes_on) = with(|execution| {
        let goes_on = execution.unwinding() || execution.me().runs_on;
        (execution.early_end.is_some(), goes_on)
    });
    if over && !goes_on {
        with(|execution| execution.me().unwinding = true);
        resume_unwind(Box::new(CutShort));
    }
    over
}

/// Which thread is running.
pub(crate) fn current() -> usize {
    with(|execution| execution.current)
}

/// The name of the thread that is running.
pub(crate) fn current_name() -> String {
    with(|execution| execution.me().name.clone())
}

/// Whether the running thread unwinds from a panic of its own.
pub(crate) fn unwinding() -> bool {
    with(Execution::unwinding)
}

/// Takes one of the spurious wake-ups, or failures, that the running thread has left. They are
/// counted for each thread by itself: a common count would be a way to influence each other that
/// loom does not see.
pub(crate) fn take_spurious_wakeup() -> bool {
    with(|execution| {
        let left = &mut execution.me().spurious_left;
        let some = *left > 0;
        *left = left.saturating_sub(1);
        some
    })
}

pub(crate) fn spurious_wakeups_left() -> bool {
    with(|execution| execution.me().spurious_left > 0)
}

pub(crate) fn clock() -> Duration {
    if own::run::active() {
        return Duration::from_nanos(own::run::time());
    }
    with(|execution| execution.clock)
}

/// Moves the clock to at least `time`.
pub(crate) fn advance_clock(time: Duration) {
    if own::run::active() {
        return own::run::pass_deadline(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    with(|execution| execution.clock = execution.clock.max(time));
}

/// Gives the object a name, by which traces and reports of stuck threads call it.
///
/// The object must stay where it is: name it when it is in its `Arc`, not before.
pub fn name<T: ?Sized>(object: &T, name: &str) {
    let start = std::ptr::from_ref(object).addr();
    with(|execution| {
        execution.names.push((start..start + size_of_val(object), name.to_owned()));
    });
}

/// Says in plain words what the running thread has done, or what it asks for.
#[track_caller]
pub fn step(text: impl Into<String>) {
    let at = Location::caller();
    if let Some(narrator) = with(|execution| execution.narrator.clone()) {
        use std::sync::atomic::Ordering::Relaxed;
        match narrator {
            Narrator::Loom(word) => visible(|| word.fetch_add(1, Relaxed), || 0),
            Narrator::Own(word) => step_of_own(|| own::run::count(word), || 0) as usize,
            Narrator::Play => {
                step_of_own(own::run::tell_in_play, || ());
                0
            }
        };
    }
    let text = text.into();
    with(|execution| execution.me().last_step = Some((at, text.clone())));
    record(at, Action::Step(text));
}

/// Shows a part of the program's state to those who play it, by a name, until it is shown again.
/// Nobody else asks for the value, so it may look at what the threads share.
pub fn show<T: ToString>(what: &str, value: impl FnOnce() -> T) {
    if with(|execution| execution.settings.play) && !is_over() {
        let value = value().to_string();
        with(|execution| execution.shown.insert(what.to_owned(), value));
    }
}

/// How much has been noted, and what is shown, at this moment.
pub(crate) fn noted() -> (usize, BTreeMap<String, String>) {
    with(|execution| (execution.events.len(), execution.shown.clone()))
}

pub(crate) fn record(at: &'static Location<'static>, action: Action) {
    let over = is_over();
    let callers_in = with(|execution| execution.settings.callers_in.clone());
    let [causes, happened] =
        if own::run::active() && !over { own::run::before() } else { Default::default() };
    let called_from = callers_in.and_then(|file| callers::line_in(&file));
    with(|execution| {
        if !over {
            let thread = execution.current;
            execution.events.push(Event { thread, at, action, called_from, causes, happened });
        }
    });
}

/// The ordering to use at a place in the source, which is not the written one when this run weakens
/// it. `None` is a fence weakened away.
pub(crate) fn ordering(site: OrderingSite) -> Option<std::sync::atomic::Ordering> {
    with(|execution| {
        let weakened = execution.settings.weakened.iter().find(|weakened| weakened.site == site);
        let ordering = weakened.map_or(Some(site.ordering), |weakened| weakened.to);
        execution.me().last_operation = Some(site.at);
        if execution.settings.collect_orderings {
            execution.orderings.insert(site);
        }
        ordering
    })
}

/// Whether those who play say what the running thread's operation reads.
pub(crate) fn is_picked() -> bool {
    with(|execution| {
        let picks = execution.settings.picks;
        picks.zip(execution.me().last_operation).is_some_and(|(picks, at)| picks(at))
    })
}

/// Starts a thread. `body` must not unwind.
pub(crate) fn spawn<T: 'static>(
    name: &str,
    like: Option<usize>,
    body: Box<dyn FnOnce() -> T>,
    result: Rc<Cell<Option<T>>>,
) -> usize {
    run_on_no_further();
    over();
    if own::run::active() {
        return spawn_in_own(name, like, body, result);
    }
    by_loom::spawn(name, body, result)
}

fn spawn_in_own<T: 'static>(
    name: &str,
    like: Option<usize>,
    body: Box<dyn FnOnce() -> T>,
    result: Rc<Cell<Option<T>>>,
) -> usize {
    let name = name.to_owned();
    let body = Box::new(move || {
        let returned = run(body);
        let panicked = returned.is_none();
        result.set(returned);
        own::run::exit(panicked);
    });
    let started = own::run::spawn(like, body);
    let Ok(id) = started else {
        over();
        // Only a thread that unwinds comes here, and it must not start another.
        return with(|execution| execution.current);
    };
    with(|execution| {
        while execution.threads.len() <= id {
            execution.add_thread("", None);
        }
        execution.threads[id].name = name;
    });
    id
}

/// Waits for the end of a thread that has not been joined before.
pub(crate) fn join(id: usize, at: &'static Location<'static>) {
    run_on_no_further();
    if over() {
        return;
    }
    if own::run::active() {
        waits(at, WaitsOn::Thread(id));
        if own::run::join(id).is_err() {
            over();
        }
        return;
    }
    by_loom::join(id, at);
}

/// The running thread's value for a key, or `Err` when the thread's values have been dropped.
pub(crate) fn local(key: usize) -> Result<Option<Rc<dyn Any>>, ()> {
    with(|execution| {
        let me = execution.me();
        if me.locals_dropped {
            return Err(());
        }
        Ok(me.locals.iter().find(|(of, _)| *of == key).map(|(_, value)| value.clone()))
    })
}

pub(crate) fn set_local(key: usize, value: Rc<dyn Any>) {
    with(|execution| execution.me().locals.push((key, value)));
}
