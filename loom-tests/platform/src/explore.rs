//! Running a program in every order.

mod erased;
mod orders;

use crate::execution::{
    self, EarlyEnd, Finished, MAX_BRANCHES, MAX_THREADS, Panic, Settings, Waiting,
};
use crate::own::code::{self, Events};
use crate::own::pool::Pool;
use crate::own::run::RunEnd;
use crate::own::{self, Shape};
use crate::trace::{Action, Difficulty, Trace};
use crate::wait_for::WaitFor;
use crate::weaken::{OrderingSite, Weakened, place};
use erased::Erased;
use foldhash::fast::FixedState;
pub use orders::Order;
use orders::Orders;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::panic::Location;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Runs the program in every order and returns each outcome that it can have.
///
/// See [`Explorer`] for what can be asked of the search.
pub fn explore<O: Outcome>(program: impl Fn() -> O + Send + Sync + 'static) -> Exploration<O> {
    Explorer::new().explore(program)
}

/// Runs the program in every order and demands that every execution ends without a panic.
///
/// # Panics
///
/// When an execution panics or gets stuck. The message shows the shortest such execution.
#[track_caller]
pub fn check(program: impl Fn() + Send + Sync + 'static) -> Exploration<()> {
    Explorer::new().check(program)
}

/// What a program may return to be explored: outcomes are told apart by comparing them.
pub trait Outcome: Clone + Eq + fmt::Debug + Send + 'static {}
impl<O: Clone + Eq + fmt::Debug + Send + 'static> Outcome for O {}

/// A program, shared by its runs.
pub(crate) type Program<O> = Arc<dyn Fn() -> O + Send + Sync>;

/// Which search goes through a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Judge {
    /// That of this crate, which runs each execution once.
    #[default]
    Own,
    /// Loom's, which knows bounds on preemptions.
    Loom,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many executions were run.
    pub executions: u64,
    /// Which part of the search lies behind, from 0 to 1, if the search can tell. It is an
    /// estimate: it takes the ways in which a step can go for parts of the same size.
    pub explored: Option<f64>,
}

/// A search through all executions of a program.
#[derive(Clone)]
pub struct Explorer {
    pub(crate) settings: Settings,
    preemptions: Option<usize>,
    max_duration: Option<Duration>,
    /// How long to go on after the first failure.
    after_failure: Option<Duration>,
    progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    stop: Option<Arc<AtomicBool>>,
    judge: Judge,
    workers: usize,
    count_different: bool,
    keep_shapes: bool,
    most_orders: Option<usize>,
    demand: Option<Arc<Demand>>,
}

/// What to ask of an execution that has not panicked. The argument says whether it is stuck.
type Demand = dyn Fn(bool) -> Result<(), String> + Send + Sync;

impl Default for Explorer {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            preemptions: None,
            max_duration: None,
            after_failure: None,
            progress: None,
            stop: None,
            judge: Judge::default(),
            workers: 1,
            count_different: false,
            keep_shapes: false,
            most_orders: None,
            demand: None,
        }
    }
}

impl Explorer {
    /// A search of every order, without spurious wake-ups.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tries only executions in which threads are interrupted at most `most` times, waits and ends
    /// not counted. Such a search is loom's. It is not exhaustive, and says so. `None` means no
    /// bound.
    pub fn preemptions(mut self, most: impl Into<Option<usize>>) -> Self {
        self.preemptions = most.into();
        if self.preemptions.is_some() {
            self.judge = Judge::Loom;
        }
        self
    }

    /// Lets it happen to each thread up to `most` times that a wait returns without a wake, or that
    /// a weak exchange fails though the value is the one expected.
    ///
    /// Without this a search finds lost wake-ups; with it, waits that nobody put into a loop.
    pub fn spurious_wakeups(mut self, most: u32) -> Self {
        self.settings.spurious_wakeups = most;
        self
    }

    /// Takes a lock in one step wherever its code says what that step is. A thread that waits for
    /// the lock then waits in this step, and does not look, mark, sleep and look again. So it is
    /// with a thread that sleeps until it is notified, and with no time limit.
    ///
    /// A program that uses a lock or a parker has fewer executions so. What the search finds is
    /// what the program does if these do what they promise: searches of their own code have to show
    /// that. Only the search of this crate can; loom's runs the code as it is.
    pub fn locks_in_one_step(mut self) -> Self {
        self.settings.locks_in_one_step = true;
        self
    }

    /// Whether that was asked for, of a search that can.
    pub fn takes_locks_in_one_step(&self) -> bool {
        self.settings.locks_in_one_step && self.judge == Judge::Own
    }

    /// Tries every order of the program's steps, also those that make no difference to memory and
    /// that a search for outcomes leaves out, and notes them in [`Exploration::orders`].
    pub fn every_order(mut self) -> Self {
        self.settings.every_order = true;
        self
    }

    /// Stops when there are more orders than this. A search that it stops is not exhaustive, and
    /// says so.
    pub fn most_orders(mut self, most: usize) -> Self {
        self.most_orders = Some(most);
        self
    }

    /// Lets those who [`play`](Self::play) say what each read reads that stands at such a place in
    /// the source. Elsewhere reads find the newest values.
    pub fn pick_values(mut self, at: fn(&Location<'static>) -> bool) -> Self {
        self.settings.picks = Some(at);
        self
    }

    /// Says which search is to go through the program. That of our own knows no bound on
    /// preemptions: it panics if one is set.
    pub fn judge(mut self, judge: Judge) -> Self {
        self.judge = judge;
        self
    }

    /// Lets so many threads of the system go through the program. Only the search of our own can.
    ///
    /// # Panics
    ///
    /// If there is to be none.
    pub fn workers(mut self, workers: usize) -> Self {
        assert!(workers > 0, "a search needs a worker");
        self.workers = workers;
        self
    }

    /// Stops soon after `stop` has become true. What was found until then is found.
    pub fn stop_when(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Also counts how many executions differ, which takes memory for each. Only the search of our
    /// own can tell.
    pub fn count_different(mut self) -> Self {
        self.count_different = true;
        self
    }

    /// Also keeps what makes each execution, in [`Exploration::shapes`]. Only the search of our own
    /// can tell.
    pub fn keep_shapes(mut self) -> Self {
        self.keep_shapes = true;
        self
    }

    /// Asks after each execution that has not panicked whether it was right, also after one that is
    /// stuck: `true` says so. What `demand` objects to counts as a panic of that execution.
    ///
    /// The program can tell `demand` what it did in a variable of the system's thread: one such
    /// thread runs all threads of an execution, and then asks.
    pub fn demand(
        mut self,
        demand: impl Fn(bool) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.demand = Some(Arc::new(demand));
        self
    }

    /// What becomes of an ending when it is judged by what was demanded.
    fn judged(&self, ending: Ending<Erased>) -> Ending<Erased> {
        let Some(demand) = &self.demand else { return ending };
        let stuck = match ending {
            Ending::Panicked(_) => return ending,
            Ending::Returned(_) => false,
            Ending::Stuck(_) => true,
        };
        match demand(stuck) {
            Ok(()) => ending,
            Err(message) => Ending::Panicked(Panic { thread: "no thread".to_owned(), message }),
        }
    }

    /// Stops after this time. A search that it stops is not exhaustive, and says so.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// Uses another ordering at one place in the source, besides those that were asked for before.
    /// See [`weakenings`].
    pub fn weaken(mut self, weakened: Weakened) -> Self {
        self.settings.weakened.push(weakened);
        self
    }

    /// Notes every ordering that the program uses: [`Exploration::orderings`].
    pub fn collect_orderings(mut self) -> Self {
        self.settings.collect_orderings = true;
        self
    }

    /// Notes from which line of this file each operation was called, as [`Move::called_from`]. The
    /// file is named as the compiler names it, and has to be compiled with line numbers. Slow: for
    /// [`replay`](Self::replay).
    ///
    /// [`Move::called_from`]: crate::Move::called_from
    pub fn callers_in(mut self, file: &str) -> Self {
        self.settings.callers_in = Some(file.into());
        self
    }

    /// Stops at the first execution that panics or gets stuck.
    pub fn stop_at_failure(self) -> Self {
        self.stop_after_failure(Duration::ZERO)
    }

    /// Stops this long after the first execution that panics or gets stuck. One failure is enough,
    /// but a shorter trace of it may be worth a moment.
    pub fn stop_after_failure(mut self, more: Duration) -> Self {
        self.after_failure = Some(more);
        self
    }

    /// Calls `report` with how far the search has come, a few times a second.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(report));
        self
    }

    /// Runs the search and returns each outcome that it found.
    ///
    /// # Panics
    ///
    /// When called inside a model.
    pub fn explore<O: Outcome>(
        &self,
        program: impl Fn() -> O + Send + Sync + 'static,
    ) -> Exploration<O> {
        self.explore_program(Arc::new(move || Erased::new(program()))).typed()
    }

    fn explore_program(&self, program: Program<Erased>) -> Exploration<Erased> {
        assert!(!execution::exploring(), "a model cannot explore another model");
        let start = Instant::now();
        if self.judge == Judge::Own {
            return self.explore_ourselves(program, start);
        }
        let search = Arc::new(Mutex::new(Search::new(start)));

        let mut builder = loom::model::Builder::new();
        builder.max_threads = MAX_THREADS;
        builder.max_branches = MAX_BRANCHES;
        builder.preemption_bound = self.preemptions;
        // What the environment may say to loom is not for us: a search is what its caller asked
        // for.
        builder.max_permutations = None;
        builder.max_duration = None;
        builder.checkpoint_file = None;
        builder.log = false;
        builder.location = false;

        let explorer = self.clone();
        let searching = search.clone();
        let run = move || {
            {
                let mut search = searching.lock().expect("not poisoned");
                search.note(&explorer);
                if search.should_stop(&explorer, start) {
                    drop(search);
                    // Loom has no other way to stop early. Only this thread exists so far, so
                    // there is nothing to unwind but loom itself.
                    resume_unwind(Box::new(StopSearch));
                }
                if search.is_time_to_report() {
                    let executions = search.executions;
                    explorer.report(Progress { executions, explored: None });
                }
            }
            execution::begin(Rc::new(explorer.settings.clone()));
            let returned = execution::run(&*program);
            execution::exit_main();
            searching.lock().expect("not poisoned").returned = returned;
        };
        let finished = match catch_unwind(AssertUnwindSafe(|| builder.check(run))) {
            Ok(()) => true,
            Err(payload) if payload.is::<StopSearch>() => false,
            Err(payload) => {
                execution::end();
                resume_unwind(payload)
            }
        };

        let mut search = search.lock().expect("not poisoned");
        search.note(self);
        self.found(&mut search, finished, start)
    }

    fn found(&self, search: &mut Search, finished: bool, start: Instant) -> Exploration<Erased> {
        let mut outcomes = std::mem::take(&mut search.outcomes);
        outcomes.sort_by(|one, other| one.difficulty.cmp(&other.difficulty));
        let orders = std::mem::take(&mut *search.orders.lock().expect("not poisoned"));
        // The last execution may be the one whose order is too many: then no run is left to stop.
        let finished = finished && !orders.more;
        Exploration {
            outcomes,
            executions: search.executions,
            blocked: search.blocked,
            different: self.count_different.then_some(search.fingerprints.len() as u64),
            shapes: std::mem::take(&mut search.shapes),
            exhaustive: finished && self.preemptions.is_none(),
            finished,
            explored: (self.judge == Judge::Own).then_some(search.explored),
            preemption_bound: self.preemptions,
            spurious_wakeups: self.settings.spurious_wakeups,
            locks_in_one_step: self.takes_locks_in_one_step(),
            elapsed: start.elapsed(),
            orders: orders.all,
            orderings: std::mem::take(&mut search.orderings),
        }
    }

    /// As [`explore`](Self::explore), by the search of our own.
    fn explore_ourselves(&self, program: Program<Erased>, start: Instant) -> Exploration<Erased> {
        assert!(self.preemptions.is_none(), "the search of our own has no bound on preemptions");
        let pool = Arc::new(Pool::new(self.workers));
        let progress = Mutex::new(vec![(0, 0.); self.workers]);
        let orders = Arc::default();
        let work = |worker| {
            let search = Search { orders: Arc::clone(&orders), ..Search::new(start) };
            self.work(worker, search, &program, &pool, &progress, start)
        };
        let mut search = std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..self.workers).map(|worker| scope.spawn(move || work(worker))).collect();
            let mut search = work(0);
            for other in others {
                search.add(other.join().unwrap_or_else(|payload| resume_unwind(payload)));
            }
            search
        });
        self.found(&mut search, !pool.stopped(), start)
    }

    /// Runs one execution again, by the code that a search gave with an outcome. The search must
    /// have asked for the same spurious wake-ups. What else it asked for, the code says.
    ///
    /// # Errors
    ///
    /// What is wrong with the code.
    ///
    /// # Panics
    ///
    /// When called inside a model.
    pub fn replay<O: Outcome>(
        &self,
        code: &str,
        program: impl Fn() -> O + Send + Sync + 'static,
    ) -> Result<Found<O>, String> {
        let program = Arc::new(move || Erased::new(program()));
        self.replay_program(code, program).map(Found::typed)
    }

    fn replay_program(
        &self,
        code: &str,
        program: Program<Erased>,
    ) -> Result<Found<Erased>, String> {
        assert!(!execution::exploring(), "a model cannot explore another model");
        let mut search = Search::new(Instant::now());
        own::run::begin_search(Arc::new(Pool::new(1)));
        let _ends = OnDrop(own::run::end_search);
        let (Events { every_order, locks_in_one_step }, steps) = Events::read(code);
        if !own::run::guide(steps) {
            return Err(format!("`{code}` is no code of an execution"));
        }
        own::run::begin_run();
        let settings = Settings { every_order, locks_in_one_step, ..self.settings.clone() };
        let explorer = Self { settings, ..self.clone() };
        let (end, returned) = run_ourselves(&program, &Rc::new(explorer.settings.clone()));
        let parted = match &end {
            RunEnd::Parted(why) => Some(why.clone()),
            _ => None,
        };
        search.note_own(end, returned, &explorer);
        match parted {
            Some(why) => Err(format!("`{code}` cannot be run: {why}")),
            None => search.outcomes.into_iter().next().ok_or_else(|| {
                format!("`{code}` ends where a thread has come to a lock too early")
            }),
        }
    }

    /// A worker's part of a search.
    fn work(
        &self,
        worker: usize,
        mut search: Search,
        program: &Program<Erased>,
        pool: &Arc<Pool>,
        progress: &Mutex<Vec<(u64, f64)>>,
        start: Instant,
    ) -> Search {
        let settings = Rc::new(self.settings.clone());
        own::run::begin_search(pool.clone());
        let _ends = OnDrop(own::run::end_search);
        // A worker that panics leaves nobody waiting.
        let stops = OnDrop(|| pool.stop());
        while !pool.stopped() && own::run::begin_run() {
            search.explored = own::run::explored();
            if search.should_stop(self, start) {
                pool.stop();
                break;
            }
            if search.is_time_to_report() {
                let mut all = progress.lock().expect("not poisoned");
                all[worker] = (search.executions, search.explored);
                let executions = all.iter().map(|one| one.0).sum();
                let explored = Some(all.iter().map(|one| one.1).sum());
                self.report(Progress { executions, explored });
            }
            let (end, returned) = run_ourselves(program, &settings);
            search.note_own(end, returned, self);
        }
        std::mem::forget(stops);
        search.explored = own::run::explored();
        search
    }

    fn events(&self) -> Events {
        let Settings { every_order, locks_in_one_step, .. } = self.settings;
        Events { every_order, locks_in_one_step }
    }

    fn report(&self, progress: Progress) {
        if let Some(report) = &self.progress {
            report(progress);
        }
    }

    /// Runs the search and demands that every execution ends without a panic.
    ///
    /// # Panics
    ///
    /// When an execution panics or gets stuck. The message shows the shortest such execution that
    /// was found within five seconds.
    #[track_caller]
    pub fn check(&self, program: impl Fn() + Send + Sync + 'static) -> Exploration<()> {
        let mut explorer = self.clone();
        // One failure is enough, but a shorter trace of it is worth a moment.
        explorer.after_failure = explorer.after_failure.or(Some(Duration::from_secs(5)));
        let exploration = explorer.explore(program);
        if let Some(failure) = exploration.failures().next() {
            panic!("{failure}\nfound in {exploration}");
        }
        exploration
    }
}

/// One run of our own search.
pub(crate) fn run_ourselves<O: Outcome>(
    program: &Program<O>,
    settings: &Rc<Settings>,
) -> (RunEnd, Option<O>) {
    execution::begin(settings.clone());
    let returned = Rc::new(Cell::new(None));
    let end = own::run::run(Box::new({
        let (program, returned) = (program.clone(), returned.clone());
        move || {
            execution::make_narrator();
            let result = execution::run(&*program);
            let panicked = result.is_none();
            returned.set(result);
            own::run::exit(panicked);
        }
    }));
    (end, returned.take())
}

impl fmt::Debug for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explorer")
            .field("settings", &self.settings)
            .field("preemptions", &self.preemptions)
            .field("max_duration", &self.max_duration)
            .finish_non_exhaustive()
    }
}

struct StopSearch;

/// Calls a function when it is dropped.
pub(crate) struct OnDrop<F: Fn()>(pub(crate) F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Exploration<O> {
    /// Each outcome, the one whose trace is easiest to read first.
    pub outcomes: Vec<Found<O>>,
    /// How many executions were run.
    pub executions: u64,
    /// How many runs beside these came to a point at which nothing consistent was left to do. Where
    /// [locks are taken in one step](Explorer::locks_in_one_step), that is where a thread has come
    /// to a lock too early. Loom does not count them.
    pub blocked: u64,
    /// How many executions differ, if [`Explorer::count_different`] was asked for.
    pub different: Option<u64>,
    /// What makes each execution, if [`Explorer::keep_shapes`] was asked for.
    pub shapes: Vec<Shape>,
    /// Whether that was every execution there is.
    pub exhaustive: bool,
    /// Whether the search came to its end, and was not stopped by time or by a failure.
    pub finished: bool,
    /// Which part of the search was done, as [`Progress::explored`] says.
    pub explored: Option<f64>,
    /// The most preemptions that were tried, if that was bounded.
    pub preemption_bound: Option<usize>,
    /// How many of each thread's waits could return without a wake.
    pub spurious_wakeups: u32,
    /// Whether [locks were taken in one step](Explorer::locks_in_one_step).
    pub locks_in_one_step: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// Every order of steps, each once, if [`Explorer::every_order`] was asked for. Not all if the
    /// search was not exhaustive.
    pub orders: Vec<Order<O>>,
    /// The orderings that it uses, if [`Explorer::collect_orderings`] was asked for.
    pub orderings: BTreeSet<OrderingSite>,
}

/// One outcome, and how it comes about.
#[derive(Clone, Debug)]
pub struct Found<O> {
    /// How these executions end.
    pub ending: Ending<O>,
    /// How many executions end so.
    pub executions: u64,
    /// The shortest of them.
    pub trace: Trace,
    /// Which thread waits there for which, if nobody can go on.
    pub wait_for: Option<WaitFor>,
    /// What [`Explorer::replay`] takes to run that one again. Loom's search has none.
    pub code: Option<String>,
    difficulty: Difficulty,
}

/// How an execution ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending<O> {
    /// All threads ended, and the program returned this.
    Returned(O),
    /// Nobody could go on. These threads had not ended.
    Stuck(Vec<Waiting>),
    /// A thread panicked.
    Panicked(Panic),
}

/// A search under way.
struct Search {
    outcomes: Vec<Found<Erased>>,
    returned: Option<Erased>,
    executions: u64,
    blocked: u64,
    explored: f64,
    fingerprints: HashSet<(u64, u64), FixedState>,
    shapes: Vec<Shape>,
    orders: Arc<Mutex<Orders>>,
    orderings: BTreeSet<OrderingSite>,
    last_report: Instant,
    /// When the first failure was found.
    failed_at: Option<Instant>,
}

impl Search {
    fn new(start: Instant) -> Self {
        Self {
            outcomes: Vec::new(),
            returned: None,
            executions: 0,
            blocked: 0,
            explored: 0.,
            fingerprints: HashSet::default(),
            shapes: Vec::new(),
            orders: Arc::default(),
            orderings: BTreeSet::new(),
            last_report: start,
            failed_at: None,
        }
    }

    /// Adds what another worker has found.
    fn add(&mut self, other: Self) {
        self.executions += other.executions;
        self.blocked += other.blocked;
        self.explored += other.explored;
        self.fingerprints.extend(other.fingerprints);
        self.shapes.extend(other.shapes);
        self.orderings.extend(other.orderings);
        for theirs in other.outcomes {
            match self.outcomes.iter_mut().find(|ours| ours.ending == theirs.ending) {
                Some(ours) => {
                    let executions = ours.executions + theirs.executions;
                    if theirs.difficulty < ours.difficulty {
                        *ours = theirs;
                    }
                    ours.executions = executions;
                }
                None => self.outcomes.push(theirs),
            }
        }
    }

    /// Notes how the execution that has just ended came out, if there was one.
    fn note(&mut self, explorer: &Explorer) {
        let Some(mut finished) = execution::end() else {
            return;
        };
        self.executions += 1;
        let ending = match (finished.early_end.take(), self.returned.take()) {
            (Some(EarlyEnd::Stuck(waiting)), _) => Ending::Stuck(waiting),
            (Some(EarlyEnd::Panicked(panic)), _) => Ending::Panicked(panic),
            (None, Some(outcome)) => Ending::Returned(outcome),
            (None, None) => unreachable!("an execution that was not cut short has an outcome"),
        };
        self.note_ending(explorer.judged(ending), &finished, None, explorer);
    }

    /// Notes how a run of our own search came out.
    fn note_own(&mut self, end: RunEnd, returned: Option<Erased>, explorer: &Explorer) {
        let dead = matches!(end, RunEnd::Dead);
        let stuck = match end {
            RunEnd::Stuck(ref waiting) => {
                let waiting = waiting.iter().filter_map(|&thread| execution::waiting(thread));
                Some(EarlyEnd::Stuck(waiting.collect()))
            }
            RunEnd::GoesRound(thread) => {
                execution::set_current(thread);
                let thread = execution::current_name();
                let message =
                    "a loop goes round for ever: nothing that it looks at will change".to_owned();
                Some(EarlyEnd::Panicked(Panic { thread, message }))
            }
            RunEnd::Parted(message) => {
                let thread = execution::current_name();
                Some(EarlyEnd::Panicked(Panic { thread, message }))
            }
            RunEnd::Ended | RunEnd::Dead => None,
        };
        let was_over = execution::is_over();
        // Whatever has not ended unwinds, and nothing that it does counts.
        execution::end_from_outside(stuck.clone().unwrap_or(EarlyEnd::Stuck(Vec::new())));
        own::run::unwind();
        let Some(mut finished) = execution::end() else { unreachable!("it was begun") };
        if dead && !was_over {
            self.blocked += 1;
            return;
        }
        self.executions += 1;
        if explorer.count_different {
            self.fingerprints.insert(own::run::fingerprint());
        }
        if explorer.keep_shapes {
            self.shapes.push(own::run::shape());
        }
        let panics = std::mem::take(&mut finished.panics);
        let early_end = finished.early_end.take().filter(|_| was_over).or(stuck);
        let endings: Vec<Ending<Erased>> = if panics.is_empty() || was_over {
            vec![match early_end {
                Some(EarlyEnd::Stuck(waiting)) => Ending::Stuck(waiting),
                Some(EarlyEnd::Panicked(panic)) => Ending::Panicked(panic),
                None => Ending::Returned(returned.expect("the main thread has ended")),
            }]
        } else {
            panics.into_iter().map(Ending::Panicked).collect()
        };
        for ending in endings.into_iter().map(|ending| explorer.judged(ending)) {
            let best = self.outcomes.iter().find(|found| found.ending == ending);
            // Putting it in order takes as long as running it. So only what may be shown is.
            let length = finished.events.len();
            let may_be_shown = best.is_none_or(|best| best.difficulty.may_be_beaten_in(length));
            let in_order = explorer.settings.every_order || may_be_shown;
            let way = in_order.then(|| put_in_order(&mut finished));
            self.note_ending(ending, &finished, way, explorer);
        }
    }

    fn note_ending(
        &mut self,
        ending: Ending<Erased>,
        finished: &Finished,
        way: Option<Way>,
        explorer: &Explorer,
    ) {
        self.orderings.extend(&finished.orderings);
        if !matches!(ending, Ending::Returned(_)) {
            self.failed_at.get_or_insert_with(Instant::now);
        }
        let trace = || Trace::new(finished.threads.clone(), &finished.events, &finished.names);
        let wait_for = match &ending {
            Ending::Stuck(waiting) => Some(|| WaitFor::new(finished, waiting)),
            _ => None,
        };
        if explorer.settings.every_order {
            let order = Order::of(ending.clone(), finished, way.as_ref(), explorer.events());
            let mut orders = self.orders.lock().expect("not poisoned");
            orders.add(order, explorer.most_orders);
        }
        let code =
            way.map(|way| explorer.events().written().to_owned() + &code::write(&way.events));
        match self.outcomes.iter_mut().find(|found| found.ending == ending) {
            Some(found) => {
                found.executions += 1;
                if found.difficulty.may_be_beaten_in(finished.events.len()) {
                    let difficulty = Difficulty::of(&finished.events);
                    if difficulty < found.difficulty {
                        (found.difficulty, found.trace, found.code) = (difficulty, trace(), code);
                        found.wait_for = wait_for.map(|make| make());
                    }
                }
            }
            None => {
                let difficulty = Difficulty::of(&finished.events);
                let wait_for = wait_for.map(|make| make());
                self.outcomes.push(Found {
                    ending,
                    executions: 1,
                    trace: trace(),
                    wait_for,
                    code,
                    difficulty,
                });
            }
        }
    }

    fn should_stop(&self, explorer: &Explorer, start: Instant) -> bool {
        explorer.max_duration.is_some_and(|most| self.executions > 0 && start.elapsed() >= most)
            || explorer.stop.as_ref().is_some_and(|stop| stop.load(Relaxed))
            || (explorer.most_orders.is_some() && self.orders.lock().expect("not poisoned").more)
            || self
                .failed_at
                .is_some_and(|at| explorer.after_failure.is_some_and(|more| at.elapsed() >= more))
    }

    /// Whether it is some time since it last was.
    fn is_time_to_report(&mut self) -> bool {
        let is_time = self.last_report.elapsed() >= Duration::from_millis(100);
        if is_time {
            self.last_report = Instant::now();
        }
        is_time
    }
}

/// What the code of an execution says.
struct Way {
    events: Vec<code::Step>,
    /// How many of them come before each note.
    before_notes: Vec<usize>,
}

/// Puts what a run of our own search has noted in an order that reads well. Returns what has to be
/// done to run that order again.
fn put_in_order(finished: &mut Finished) -> Way {
    let notes: Vec<_> = finished.events.iter().map(|event| (event.thread, event.causes)).collect();
    let mut events: Vec<_> = std::mem::take(&mut finished.events).into_iter().map(Some).collect();
    let (told, way) = own::run::tell(&notes);
    let before_notes = told.iter().map(|told| told.after).collect();
    finished.events = told
        .into_iter()
        .map(|told| {
            let mut event = events[told.note].take().expect("each is told once");
            if let Action::Load { stale, .. } | Action::Finds { stale, .. } = &mut event.action {
                *stale = told.stale;
            }
            event
        })
        .collect();
    Way { events: way, before_notes }
}

impl<O> Exploration<O> {
    /// The outcomes that no program should have: panics, and nobody able to go on.
    pub fn failures(&self) -> impl Iterator<Item = &Found<O>> {
        self.outcomes.iter().filter(|found| found.is_failure())
    }

    /// The outcomes that the program returned, with how many executions returned each.
    pub fn returned(&self) -> impl Iterator<Item = (&O, u64)> {
        self.outcomes.iter().filter_map(|found| match &found.ending {
            Ending::Returned(outcome) => Some((outcome, found.executions)),
            _ => None,
        })
    }
}

impl<O> Found<O> {
    /// Whether the executions panicked or got stuck.
    pub fn is_failure(&self) -> bool {
        !matches!(self.ending, Ending::Returned(_))
    }
}

impl<O> fmt::Display for Exploration<O> {
    /// For example `261 executions, exhaustive`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |one| if one { "" } else { "s" };
        write!(f, "{} execution{}, ", self.executions, plural(self.executions == 1))?;
        match (self.exhaustive, self.preemption_bound, self.finished) {
            (true, ..) if self.locks_in_one_step => {
                let (blocked, plural) = (self.blocked, plural(self.blocked == 1));
                write!(f, "exhaustive with locks taken in one step, {blocked} blocked run{plural}")
            }
            (true, ..) => f.write_str("exhaustive"),
            (false, Some(most), true) => {
                write!(f, "bounded to {most} preemption{}", plural(most == 1))
            }
            _ => f.write_str("stopped early"),
        }
    }
}

impl<O: fmt::Debug> fmt::Display for Found<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Ending::Returned(outcome) => writeln!(f, "returned {outcome:?}")?,
            Ending::Stuck(waiting) => {
                writeln!(f, "stuck: nobody can go on")?;
                for one in waiting {
                    writeln!(f, "  {one}")?;
                }
            }
            Ending::Panicked(panic) => {
                writeln!(f, "thread {} panicked: {}", panic.thread, panic.message)?;
            }
        }
        write!(f, "{}", self.trace)
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waits at {}: {}", self.thread, place(self.at), self.waits_for)
    }
}

/// A program to be checked with weakened orderings, by the search that suits it.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the program shows.
    pub name: &'static str,
    /// The search.
    pub explorer: Explorer,
    /// The program.
    pub program: fn(),
}

/// What became of a program when one ordering in it was weakened.
#[derive(Clone, Debug)]
pub struct Weakening {
    /// The ordering.
    pub weakened: Weakened,
    /// The model that failed, and after how many executions, or `None` if all still held.
    pub caught: Option<(&'static str, u64)>,
    /// How the model failed.
    pub failure: String,
}

/// Weakens every ordering that the models use, one at a time, by one step, and runs the models
/// until one of them fails.
///
/// An ordering without which everything still holds is either not needed or not checked.
///
/// # Panics
///
/// When a model fails as it is.
#[track_caller]
pub fn weakenings(models: &[Model]) -> Vec<Weakening> {
    let mut orderings = BTreeSet::new();
    for model in models {
        let explorer = model.explorer.clone().collect_orderings();
        orderings.extend(explorer.check(model.program).orderings);
    }
    orderings
        .into_iter()
        .flat_map(OrderingSite::weaker)
        .map(|weakened| {
            for model in models {
                let explorer = model.explorer.clone().weaken(weakened).stop_at_failure();
                let exploration = explorer.explore(model.program);
                if let Some(failure) = exploration.failures().next() {
                    let failure = match &failure.ending {
                        Ending::Panicked(panic) => panic.message.clone(),
                        _ => "stuck".to_owned(),
                    };
                    let caught = Some((model.name, exploration.executions));
                    return Weakening { weakened, caught, failure };
                }
            }
            Weakening { weakened, caught: None, failure: String::new() }
        })
        .collect()
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.weakened)?;
        match self.caught {
            Some((model, executions)) => {
                write!(f, "caught by {model} in execution {executions}: {}", self.failure)
            }
            None => f.write_str("NOT CAUGHT"),
        }
    }
}
