//! Running a program: its threads are coroutines, and the search says whose turn it is.
//!
//! A thread runs by itself from one event to the next. At an event it waits for its turn. While a
//! graph is run again, the graph's order says whose turn it is. After that it is the turn of the
//! thread with the lowest number that can go on: the graph alone decides, and not how the run came
//! to it. A thread in the middle of an operation goes before all others.
//!
//! What is no event goes first: a thread runs to its first event as soon as it is started, and a
//! join returns as soon as its thread has ended.
//!
//! Threads that are alike come to what may change something in the order of their numbers: see
//! [`follow`]. To the search the one that comes second depends on the first, as a read depends on
//! the write that it reads. So it is nothing that the search has to know.

use super::code;
use super::graph::{
    Action, Clock, Graph, Knowledge, MAX_THREADS, NOWHERE, Purpose, Ref, Strength, queue,
};
use super::pool::Pool;
use super::search::{Pick, Read, Search};
use super::shape::Shape;
use super::telling::{self, Note, Told};
use crate::execution;
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

const STACK: usize = 256 * 1024;

const FALLS_SHORT: &str =
    "the program does not do the same again: a thread falls short of what it did";

/// The execution was cut short while a thread waited for its turn.
pub(crate) struct Cut;

type Fiber = Coroutine<(), (), (), DefaultStack>;

struct Thread {
    fiber: Option<Fiber>,
    yielder: *const Yielder<(), ()>,
    state: State,
    /// In the middle of an operation of several events.
    busy: bool,
    /// All that is left for it to do is to end.
    exits: bool,
    started: u16,
    words: u32,
    /// One that does the same, and comes to its [`mark`](Self::mark) first.
    like: Option<usize>,
    /// The first event of its first operation that may change something, once it is about to begin.
    mark: Option<u16>,
    /// What it has read since it last let others go first.
    looked: Vec<Looked>,
    /// What it must find changed.
    stale: Option<Looked>,
}

/// What a thread has seen of a location.
#[derive(Clone, Copy)]
struct Looked {
    location: u32,
    saw: Ref,
    /// The thread has written there what it read, so that to look again shows nothing new until
    /// another value stands there. A lock that is taken by a swap is waited for in this way.
    rewrote: bool,
}

impl Looked {
    /// Whether there is something new.
    fn is_old(&self, graph: &Graph) -> bool {
        let last = graph.last(self.location);
        last > graph.position(self.location, self.saw)
            && (!self.rewrote || graph.value_at(self.location, last) != self.value(graph))
    }

    fn value(&self, graph: &Graph) -> u64 {
        graph.value_of(self.location, self.saw)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Started, and on its way to its first event.
    Fresh,
    Ready,
    /// In a queue. `leaves`: it can leave by itself.
    Sleeping {
        queue: u32,
        joined: Ref,
        leaves: bool,
    },
    Joining(usize),
    /// Takes a lock in one step, when the word holds this value. `barred`: it has read another one,
    /// and this run goes no further. It is left for the write that frees the lock, which is what
    /// the read reads in another run.
    Locking {
        word: u32,
        free: u64,
        barred: bool,
    },
    /// Comes after the thread that it is like.
    Behind(usize),
    /// Has let others go first, and sees nothing new.
    Yielded,
    Ended,
    Panicked,
}

/// How a run came out.
pub(crate) enum RunEnd {
    /// All threads have ended.
    Ended,
    /// These threads wait for ever.
    Stuck(Vec<usize>),
    /// A loop goes round and nothing that it looks at will change.
    GoesRound(usize),
    /// Nothing consistent was left to do.
    Dead,
    /// The program did not do again what it had done.
    Parted(String),
}

pub(crate) struct Machine {
    search: Search,
    pool: Arc<Pool>,
    threads: Vec<Thread>,
    stacks: Vec<DefaultStack>,
    /// What the pool said of numbers, by the thread that made the thing and how many it had made
    /// before.
    thread_numbers: HashMap<(usize, u16), usize>,
    word_numbers: HashMap<(usize, u32), u32>,
    /// Which event of this run started which thread.
    births: Vec<(Ref, usize)>,
    /// By which thread each word was made in this run, and after how many of its events.
    made: Vec<(usize, usize)>,
    /// Who moves after the guide, when somebody plays.
    mover: Option<Mover>,
    /// What had to be seen has been seen, and all threads go on to their ends.
    finishes: bool,
}

/// A thread that is let go on until it has taken a step, or falls asleep, or comes back from that
/// by itself, or cannot go on.
#[derive(Clone, Copy)]
struct Mover {
    thread: usize,
    /// How many events it had behind it when its turn began.
    began: usize,
    told: bool,
    /// Its turn was to come back from a wait by itself, and no more.
    left: bool,
    /// How many events all threads had behind them when it last started a thread before that.
    at_start: usize,
}

/// How far the thread that moved has come.
pub(crate) struct Moved {
    /// Whether it has taken a step.
    pub(crate) told: bool,
    /// How many events all threads had behind them when it last started a thread before that.
    pub(crate) at_start: usize,
}

/// Whether a thread can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Ready,
    /// It waits, and only its time limit lets it go on.
    WaitsForATime,
    Waits,
    Ended,
}

thread_local! {
    static MACHINE: RefCell<Option<Machine>> = const { RefCell::new(None) };
}

fn with<R>(f: impl FnOnce(&mut Machine) -> R) -> R {
    MACHINE.with_borrow_mut(|machine| f(machine.as_mut().expect("a run is under way")))
}

/// Whether the search of our own, and not loom's, is under way.
pub(crate) fn active() -> bool {
    MACHINE.with_borrow(Option::is_some)
}

/// Begins a worker's part of a search.
pub(crate) fn begin_search(pool: Arc<Pool>) {
    MACHINE.set(Some(Machine {
        search: Search::default(),
        pool,
        threads: Vec::new(),
        stacks: Vec::new(),
        thread_numbers: HashMap::new(),
        word_numbers: HashMap::new(),
        births: Vec::new(),
        made: Vec::new(),
        mover: None,
        finishes: false,
    }));
}

/// Lets the next run do what the code says. `false`: it is no code.
pub(crate) fn guide(code: &str) -> bool {
    let steps = code::read(code);
    let is_code = steps.is_some();
    with(|machine| machine.search.guide = steps);
    is_code
}

/// Prepares a run in which threads do what the steps say, and then one of them goes on, if one is
/// named: its turn began after so many of the steps.
pub(crate) fn begin_play(steps: &[code::Step], mover: Option<(usize, usize)>) {
    with(|machine| {
        machine.threads.clear();
        machine.births.clear();
        // What else could be done at each step is not asked for.
        machine.search.kept.clear();
        machine.search.begin(Some(Graph::default()));
        machine.search.guide = Some(steps.iter().copied().collect());
        machine.search.outlives_guide = true;
        machine.finishes = false;
        machine.mover = mover.map(|(thread, began)| {
            let began = steps[..began].iter().filter(|step| step.thread == thread).count();
            Mover { thread, began, told: false, left: false, at_start: 0 }
        });
    });
}

/// A step of the story, where somebody plays: it is an event, so that it waits for its turn.
pub(crate) fn tell_in_play() -> Result<(), Cut> {
    let thread = turn()?;
    let guided = with(|machine| machine.search.is_guided());
    with(|machine| machine.search.fence(thread, Strength::default()));
    checked(())?;
    with(|machine| {
        let moves = |mover: &&mut Mover| mover.thread == thread && !guided;
        if let Some(mover) = machine.mover.as_mut().filter(moves) {
            mover.told = true;
        }
    });
    Ok(())
}

/// How far the thread has come that moved in the run, all that was done, and which place the
/// program has come to.
pub(crate) fn moved() -> (Option<Moved>, Vec<code::Step>, u64) {
    with(|machine| {
        let moved = machine.mover;
        let moved = moved.map(|mover| Moved { told: mover.told, at_start: mover.at_start });
        (moved, std::mem::take(&mut machine.search.played), machine.search.graph.place())
    })
}

/// The reads of the run that are picked, and what could be read.
pub(crate) fn picks() -> Vec<Pick> {
    with(|machine| std::mem::take(&mut machine.search.picks))
}

/// The execution as far as it has come, and what has happened before each thread's next event.
pub(crate) fn memory() -> (Graph, Vec<Clock>) {
    with(|machine| {
        let happened = machine.search.knowledge.iter().map(|knowledge| knowledge.happened);
        (machine.search.graph.clone(), happened.collect())
    })
}

/// How each thread stands, and what its clock says.
pub(crate) fn standings() -> Vec<(Standing, u64)> {
    with(|machine| {
        let of = |thread| (machine.standing(thread), machine.search.knowledge[thread].time);
        (0..machine.threads.len()).map(of).collect()
    })
}

/// Ends a search.
pub(crate) fn end_search() {
    drop(MACHINE.take());
}

/// Prepares the next run. `false`: there is none.
pub(crate) fn begin_run() -> bool {
    with(|machine| {
        machine.threads.clear();
        machine.births.clear();
        machine.pool.give(&mut machine.search.kept);
        let next = machine.search.kept.pop_back().or_else(|| machine.pool.take());
        machine.search.begin(next)
    })
}

/// Runs the threads, of which `main` is the first, until none can go on.
pub(crate) fn run(main: Box<dyn FnOnce()>) -> RunEnd {
    with(|machine| {
        let time = execution::START.as_nanos() as u64;
        machine.start(0, Knowledge { time, ..Knowledge::default() }, main);
    });
    go_on();
    with(|machine| machine.end())
}

/// Lets the threads of a played run go on to their ends, in any order. A thread that was cut short
/// in the midst of its work might leave others waiting for it as they unwind.
pub(crate) fn finish() {
    with(|machine| machine.finishes = true);
    go_on();
}

/// Lets threads have their turns until it is nobody's.
fn go_on() {
    loop {
        let next = with(|machine| {
            if machine.search.dead {
                return None;
            }
            machine.next().map(|thread| (thread, machine.search.prescribed()))
        });
        let Some((thread, before)) = next else { break };
        resume(thread);
        // A thread whose turn it is, and that does nothing, will never do anything.
        with(|machine| {
            if before.is_some_and(|(_, whose)| whose == thread)
                && machine.search.prescribed() == before
                && machine.silent().is_none()
                && !machine.search.dead
            {
                machine.search.dead = true;
                machine.search.parted = Some(FALLS_SHORT.to_owned());
            }
        });
    }
}

/// Lets every thread that has not ended unwind. The execution is marked as over already.
pub(crate) fn unwind() {
    let is_left = |machine: &Machine, thread: usize| machine.threads[thread].fiber.is_some();
    let all = |machine: &mut Machine| 0..machine.threads.len();
    while with(|machine| all(machine).any(|thread| is_left(machine, thread))) {
        for thread in with(all) {
            if with(|machine| is_left(machine, thread)) {
                resume(thread);
            }
        }
    }
}

/// Lets another thread unwind first, which may have what this one waits for as it unwinds.
pub(crate) fn let_others_unwind() {
    suspend();
}

/// A number for the execution that the run has made.
pub(crate) fn fingerprint() -> (u64, u64) {
    with(|machine| machine.search.graph.fingerprint())
}

/// What makes the execution.
pub(crate) fn shape() -> Shape {
    with(|machine| machine.search.graph.shape())
}

/// Which part of the search lies behind, from 0 to 1: an estimate, which grows as the search goes.
pub(crate) fn explored() -> f64 {
    with(|machine| machine.search.explored)
}

/// All that had to be done before what the running thread does next, and what of that happens
/// before it, as the language says it.
pub(crate) fn before() -> [Clock; 2] {
    let thread = execution::current();
    with(|machine| {
        let knowledge = &machine.search.knowledge[thread];
        [knowledge.causes, knowledge.happened]
    })
}

/// The order in which what the run has noted can be told, and what its code says of each event.
pub(crate) fn tell(notes: &[Note]) -> (Vec<Told>, Vec<code::Step>) {
    with(|machine| telling::tell(&machine.search.graph, notes, &machine.births))
}

fn resume(thread: usize) {
    let mut fiber = with(|machine| machine.threads[thread].fiber.take().expect("not ended"));
    execution::set_current(thread);
    let result = fiber.resume(());
    with(|machine| match result {
        CoroutineResult::Yield(()) => machine.threads[thread].fiber = Some(fiber),
        CoroutineResult::Return(()) => machine.stacks.push(fiber.into_stack()),
    });
}

impl Thread {
    fn new(fiber: Option<Fiber>, state: State) -> Self {
        Self {
            fiber,
            yielder: std::ptr::null(),
            state,
            busy: false,
            exits: false,
            started: 0,
            words: 0,
            like: None,
            mark: None,
            looked: Vec::new(),
            stale: None,
        }
    }
}

impl Machine {
    fn start(&mut self, thread: usize, knowledge: Knowledge, body: Box<dyn FnOnce()>) {
        assert!(thread < MAX_THREADS, "a model has at most {MAX_THREADS} threads");
        let stack = self
            .stacks
            .pop()
            .unwrap_or_else(|| DefaultStack::new(STACK).expect("memory for a stack"));
        let fiber = Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
            with(|machine| machine.threads[thread].yielder = yielder);
            body();
        });
        // A lower number may be of a thread that this run has not started, or not yet.
        while self.threads.len() <= thread {
            self.threads.push(Thread::new(None, State::Ended));
        }
        self.threads[thread] = Thread::new(Some(fiber), State::Fresh);
        self.search.add_thread(thread, knowledge);
    }

    /// A thread that can go on without an event.
    fn silent(&self) -> Option<usize> {
        self.threads.iter().position(|thread| match thread.state {
            State::Fresh => true,
            State::Joining(other) => self.threads[other].state == State::Ended,
            _ => false,
        })
    }

    fn next(&self) -> Option<usize> {
        self.silent().or_else(|| match self.search.next_in_order() {
            Some(thread) => {
                let ended = |one: &Thread| matches!(one.state, State::Ended | State::Panicked);
                self.threads.get(thread).is_some_and(|one| !ended(one)).then_some(thread)
            }
            None => self.forward(),
        })
    }

    /// Whose turn it is when the graph says nothing.
    fn forward(&self) -> Option<usize> {
        if self.search.outlives_guide && !self.search.is_guided() && !self.finishes {
            let goes_on = |mover: &Mover| {
                let begins = self.search.done(mover.thread) == mover.began;
                let dozes = self.standing(mover.thread) == Standing::WaitsForATime;
                let stops = (mover.told || mover.left) && !self.threads[mover.thread].exits;
                self.can_go_on(mover.thread) && (begins || !(stops || dozes))
            };
            return self.mover.filter(goes_on).map(|mover| mover.thread);
        }
        if let Some(step) = self.search.guide.as_ref().and_then(|guide| guide.front()) {
            let goes_on = |one: &Thread| !matches!(one.state, State::Ended | State::Panicked);
            return self.threads.get(step.thread).is_some_and(goes_on).then_some(step.thread);
        }
        let busy = self.threads.iter().position(|thread| thread.busy);
        busy.or_else(|| (0..self.threads.len()).find(|&thread| self.can_go_on(thread)))
            .or_else(|| self.is_locked_out())
    }

    /// The thread that finds its lock taken, where nobody is left to free it.
    fn is_locked_out(&self) -> Option<usize> {
        let is = |one: &Thread| matches!(one.state, State::Locking { barred: false, .. });
        self.threads.iter().position(is)
    }

    fn can_go_on(&self, thread: usize) -> bool {
        let one = &self.threads[thread];
        match one.state {
            State::Ready => true,
            State::Locking { word, free, barred } => !barred && self.latest(word) == free,
            State::Sleeping { queue, joined, leaves } => {
                leaves || self.search.graph.waker(queue, joined).is_some()
            }
            State::Behind(other) => self.mark(other).is_some(),
            State::Yielded => one.looked.iter().any(|looked| looked.is_old(&self.search.graph)),
            _ => false,
        }
    }

    /// The last event of the thread's first operation that may change something, if that lies
    /// behind it.
    fn mark(&self, thread: usize) -> Option<Ref> {
        let (one, graph) = (&self.threads[thread], &self.search.graph);
        let mut mark = Ref { thread: thread as u8, index: one.mark? };
        let done = self.search.done(thread);
        if done <= usize::from(mark.index) {
            return None;
        }
        let event = graph.event(mark);
        if let Action::Read { from, purpose: Purpose::Look { expected }, .. } = event.action
            && graph.value_of(event.location, from) == expected
        {
            mark.index += 1;
        }
        let next = graph.threads[thread].get(usize::from(mark.index) + 1);
        let writes =
            next.is_some_and(|event| matches!(event.action, Action::Write { exclusive: true, .. }));
        mark.index += u16::from(writes);
        let in_the_midst_of_it = one.busy && done <= usize::from(mark.index) + 1;
        (!in_the_midst_of_it).then_some(mark)
    }

    fn standing(&self, thread: usize) -> Standing {
        match self.threads[thread].state {
            State::Ended | State::Panicked => Standing::Ended,
            State::Sleeping { queue, joined, leaves: true }
                if self.search.graph.waker(queue, joined).is_none() =>
            {
                Standing::WaitsForATime
            }
            _ if self.can_go_on(thread) => Standing::Ready,
            _ => Standing::Waits,
        }
    }

    /// The value that stands last in a word's order.
    fn latest(&self, word: u32) -> u64 {
        let graph = &self.search.graph;
        graph.value_at(word, graph.last(word))
    }

    /// Whether the thread has found its lock taken, and that has changed since.
    fn could_have_locked(&self, thread: &Thread) -> bool {
        let State::Locking { word, .. } = thread.state else { return false };
        thread.looked.iter().any(|one| one.location == word && one.is_old(&self.search.graph))
    }

    fn is_turn_of(&mut self, thread: usize) -> bool {
        if self.threads[thread].state == State::Fresh {
            self.threads[thread].state = State::Ready;
        }
        !self.search.dead && self.silent().is_none() && self.next() == Some(thread)
    }

    fn end(&mut self) -> RunEnd {
        if let Some(why) = self.search.parted.take() {
            return RunEnd::Parted(why);
        }
        if self.search.dead {
            return RunEnd::Dead;
        }
        if self.search.replaying()
            || self.search.guide.as_ref().is_some_and(|left| !left.is_empty())
        {
            return RunEnd::Parted(FALLS_SHORT.to_owned());
        }
        let is_behind = |one: &Thread| matches!(one.state, State::Behind(_));
        if self.threads.iter().any(|one| is_behind(one) || self.could_have_locked(one)) {
            return RunEnd::Dead;
        }
        if let Some(thread) = self.threads.iter().position(|one| one.state == State::Yielded) {
            return RunEnd::GoesRound(thread);
        }
        let waits = |&one: &usize| {
            use State::{Joining, Locking, Sleeping};
            matches!(self.threads[one].state, Joining(_) | Locking { .. } | Sleeping { .. })
        };
        let waiting: Vec<usize> = (0..self.threads.len()).filter(waits).collect();
        if waiting.is_empty() { RunEnd::Ended } else { RunEnd::Stuck(waiting) }
    }
}

/// Lets the scheduler go on until it comes back to this thread.
fn suspend() {
    let thread = execution::current();
    let yielder = with(|machine| machine.threads[thread].yielder);
    // SAFETY: the yielder lives as long as the coroutine runs, and this is the thread's own, since
    // the thread is running.
    unsafe { (*yielder).suspend(()) };
}

/// Waits until it is the running thread's turn to add an event.
fn turn() -> Result<usize, Cut> {
    let thread = execution::current();
    loop {
        if execution::is_over() {
            return Err(Cut);
        }
        if with(|machine| machine.is_turn_of(thread)) {
            return Ok(thread);
        }
        suspend();
    }
}

/// Before an operation that may change something: the thread that this one is like does its first
/// such operation before. In no other order can more happen, if threads that are alike change
/// places.
fn follow() -> Result<(), Cut> {
    let thread = execution::current();
    let (marked, like) = with(|machine| {
        let one = &machine.threads[thread];
        (one.mark.is_some(), one.like)
    });
    if marked {
        return Ok(());
    }
    if let Some(like) = like {
        with(|machine| machine.threads[thread].state = State::Behind(like));
        turn()?;
        with(|machine| {
            machine.threads[thread].state = State::Ready;
            let mark = machine.mark(like).expect("it came first");
            // It does not happen before, as the language says it: nothing is passed on.
            let causes = machine.search.graph.event(mark).after.causes;
            machine.search.knowledge[thread].causes.join(&causes);
        });
    }
    with(|machine| machine.threads[thread].mark = Some(machine.search.done(thread) as u16));
    Ok(())
}

/// After an event: if the search has found that nothing consistent is left, the run ends here.
fn checked<R>(value: R) -> Result<R, Cut> {
    if with(|machine| machine.search.dead) {
        while !execution::is_over() {
            suspend();
        }
        return Err(Cut);
    }
    Ok(value)
}

/// Starts a thread, which does the same as another one if it is said to be `like` it.
pub(crate) fn spawn(like: Option<usize>, body: Box<dyn FnOnce()>) -> Result<usize, Cut> {
    let parent = turn()?;
    with(|machine| machine.search.fence(parent, Strength::default()));
    checked(())?;
    Ok(with(|machine| {
        let nth = machine.threads[parent].started;
        machine.threads[parent].started += 1;
        let numbers = &mut machine.thread_numbers;
        let fresh = || machine.pool.threads.of((parent, nth)) + 1;
        let thread = *numbers.entry((parent, nth)).or_insert_with(fresh);
        let started = Ref { index: (machine.search.done(parent) - 1) as u16, thread: parent as u8 };
        machine.births.push((started, thread));
        let done = machine.search.played.len();
        let before_a_step = |mover: &&mut Mover| mover.thread == parent && !mover.told;
        if let Some(mover) = machine.mover.as_mut().filter(before_a_step) {
            mover.at_start = done;
        }
        let mut knowledge = machine.search.knowledge[parent];
        knowledge.seen = Default::default();
        knowledge.fenced = Default::default();
        machine.start(thread, knowledge, body);
        machine.threads[thread].like = like;
        thread
    }))
}

/// The end of the running thread.
pub(crate) fn exit(panicked: bool) {
    let thread = execution::current();
    with(|machine| machine.threads[thread].exits = true);
    if follow().and_then(|()| turn()).is_ok() {
        with(|machine| machine.search.fence(thread, Strength::default()));
    }
    with(|machine| {
        machine.threads[thread].state = if panicked { State::Panicked } else { State::Ended };
    });
}

/// Waits until a thread has ended.
pub(crate) fn join(other: usize) -> Result<(), Cut> {
    let thread = execution::current();
    with(|machine| {
        if machine.threads[thread].state == State::Fresh {
            machine.threads[thread].state = State::Ready;
        }
    });
    while with(|machine| machine.threads[other].state != State::Ended) {
        with(|machine| machine.threads[thread].state = State::Joining(other));
        suspend();
        if execution::is_over() {
            return Err(Cut);
        }
    }
    with(|machine| {
        machine.threads[thread].state = State::Ready;
        let theirs = machine.search.knowledge[other];
        machine.search.knowledge[thread].join(&theirs);
    });
    Ok(())
}

/// The location of a new word.
pub(crate) fn word(initial: u64) -> u32 {
    if execution::is_over() {
        return NOWHERE;
    }
    let maker = execution::current();
    with(|machine| {
        let nth = machine.threads[maker].words;
        machine.threads[maker].words += 1;
        let numbers = &mut machine.word_numbers;
        let fresh = || machine.pool.words.of((maker, nth)) as u32;
        let number = *numbers.entry((maker, nth)).or_insert_with(fresh);
        // The next location is the queue of the threads that sleep on the word.
        machine.search.add_location(2 * number, initial);
        machine.search.add_location(2 * number + 1, 0);
        if machine.made.len() <= number as usize {
            machine.made.resize(number as usize + 1, (0, 0));
        }
        machine.made[number as usize] = (maker, machine.search.done(maker));
        2 * number
    })
}

/// Making a word is no atomic write, so a use of it has to come after.
fn assert_made_before(location: u32) {
    let thread = execution::current();
    let known = with(|machine| {
        let (maker, count) = machine.made[location as usize / 2];
        maker == thread || machine.search.knowledge[thread].happened.of(maker) > count
    });
    assert!(known, "a data race: a word is used, and nothing says that it was made before");
}

/// The value that stands last in a word's order.
pub(crate) fn latest(location: u32) -> Option<u64> {
    let running = active() && location != NOWHERE && !execution::is_over();
    running.then(|| with(|machine| machine.latest(location)))
}

/// Reads a location, and writes what `update` makes of the value and of the way in which to go on,
/// if it makes anything of it. Returns the value that was read, and the way.
fn access(
    location: u32,
    strength: [Strength; 2],
    purpose: Purpose,
    accepts: &dyn Fn(u64) -> bool,
    update: &dyn Fn(u64, u8) -> Option<u64>,
) -> Result<(u64, u8), Cut> {
    let thread = turn()?;
    assert_made_before(location);
    let [strength, write] = strength;
    let can_be_picked = matches!(purpose, Purpose::Plain | Purpose::Exchange { .. });
    let picked = can_be_picked && execution::is_picked();
    let (value, way) = with(|machine| {
        let stale = machine.threads[thread].stale.take_if(|one| one.location == location);
        let newer_than = stale.map(|one| one.saw);
        let rewrote = stale.filter(|one| one.rewrote);
        let old = rewrote.map(|one| one.value(&machine.search.graph));
        let accepts = &|value| Some(value) != old && accepts(value);
        let read = Read { location, strength, purpose, newer_than, accepts, update, write, picked };
        let (value, way) = machine.search.read(thread, &read);
        machine.threads[thread].state = State::Ready;
        machine.threads[thread].busy = update(value, way).is_some();
        if !machine.search.dead {
            let read =
                Ref { thread: thread as u8, index: (machine.search.done(thread) - 1) as u16 };
            let source = machine.search.graph.source(read);
            let looked = &mut machine.threads[thread].looked;
            looked.retain(|one| one.location != location);
            looked.push(Looked { location, saw: source, rewrote: false });
        }
        (value, way)
    });
    checked(())?;
    if let Some(new) = update(value, way) {
        turn()?;
        with(|machine| {
            machine.search.write(thread, location, new, write, true);
            machine.threads[thread].busy = false;
            if new == value
                && let Some(looked) = machine.threads[thread].looked.last_mut()
            {
                looked.saw.index = (machine.search.done(thread) - 1) as u16;
                looked.saw.thread = thread as u8;
                looked.rewrote = true;
            }
        });
        checked(())?;
    }
    Ok((value, way))
}

/// Reads a word.
pub(crate) fn load(location: u32, strength: Strength) -> Result<u64, Cut> {
    Ok(access(location, [strength; 2], Purpose::Plain, &|_| true, &|_, _| None)?.0)
}

/// Reads a word, and writes what `update` makes of the value.
pub(crate) fn update(
    location: u32,
    strength: Strength,
    update: &dyn Fn(u64) -> u64,
) -> Result<u64, Cut> {
    follow()?;
    let update = |value, _| Some(update(value));
    Ok(access(location, [strength; 2], Purpose::Plain, &|_| true, &update)?.0)
}

/// Writes `new` in the place of `expected`, with the first strength, or reads something else, with
/// the second. Returns what it has read, and whether it has written. With `weak` it may read what
/// is expected, and write nothing.
pub(crate) fn exchange(
    location: u32,
    [expected, new]: [u64; 2],
    [success, failure]: [Strength; 2],
    weak: bool,
) -> Result<(u64, bool), Cut> {
    let purpose = Purpose::Exchange { expected, success, failure, weak };
    let writes = |value, way| value == expected && way == 0;
    let update = |value, way| writes(value, way).then_some(new);
    follow()?;
    let (value, way) = access(location, [success; 2], purpose, &|_| true, &update)?;
    Ok((value, writes(value, way)))
}

/// Waits until the word holds `free`, and writes `taken`.
///
/// A thread that finds the word taken is not run until it is free. But another thread may also have
/// come first where it now comes second, and then the read reads what that one writes: `taken`.
/// Such a run is one in which this thread waits, and the write that frees the word is read by it in
/// the next.
pub(crate) fn lock(
    location: u32,
    [free, taken]: [u64; 2],
    strength: [Strength; 2],
) -> Result<(), Cut> {
    let thread = execution::current();
    let state = |barred| State::Locking { word: location, free, barred };
    follow()?;
    with(|machine| machine.threads[thread].state = state(false));
    turn()?;
    let is_free = with(|machine| machine.latest(location) == free);
    let update = |value, _| (value == free).then_some(taken);
    let accepts = |value| value == free || !is_free;
    let (found, _) = access(location, strength, Purpose::Plain, &accepts, &update)?;
    if found != free {
        with(|machine| machine.threads[thread].state = state(true));
        while !execution::is_over() {
            suspend();
        }
        return Err(Cut);
    }
    Ok(())
}

/// Adds one.
pub(crate) fn count(location: u32) -> Result<u64, Cut> {
    update(location, Strength::default(), &|value| value + 1)
}

pub(crate) fn store(location: u32, value: u64, strength: Strength) -> Result<(), Cut> {
    follow()?;
    let thread = turn()?;
    assert_made_before(location);
    with(|machine| machine.search.write(thread, location, value, strength, false));
    checked(())
}

pub(crate) fn fence(strength: Strength) -> Result<(), Cut> {
    let thread = turn()?;
    with(|machine| machine.search.fence(thread, strength));
    checked(())
}

/// Why a sleeper came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Left {
    Woken,
    TimedOut,
    ForNoReason,
}

/// What operations of the queue ask for: nothing.
const PLAIN: [Strength; 2] = [Strength { acquire: false, release: false, sequential: false }; 2];

/// Reads the word, and if it holds `expected` joins its queue. Returns the value that was read.
pub(crate) fn join_queue(location: u32, expected: u64) -> Result<u64, Cut> {
    let purpose = Purpose::Look { expected };
    follow()?;
    let (value, _) = access(location, PLAIN, purpose, &|_| true, &|_, _| None)?;
    if value != expected {
        return Ok(value);
    }
    let thread = execution::current();
    with(|machine| machine.threads[thread].busy = true);
    let join = |sleepers, _| Some(queue::with(sleepers, thread));
    access(location + 1, PLAIN, Purpose::Join, &|_| true, &join)?;
    with(|machine| {
        let joined = Ref { thread: thread as u8, index: (machine.search.done(thread) - 1) as u16 };
        machine.threads[thread].state =
            State::Sleeping { queue: location + 1, joined, leaves: false };
    });
    Ok(value)
}

/// Sleeps in the queue that the thread has joined. It may leave by itself for any of the reasons,
/// if nobody wakes it first.
pub(crate) fn sleep(reasons: &[Left]) -> Result<Left, Cut> {
    let thread = execution::current();
    let leaves = !reasons.is_empty();
    let (queue, joined) = with(|machine| match &mut machine.threads[thread].state {
        State::Sleeping { queue, joined, leaves: may } => {
            *may = leaves;
            (*queue, *joined)
        }
        _ => unreachable!("the thread has joined a queue"),
    });
    let (sleepers, way) = access(
        queue,
        PLAIN,
        Purpose::Leave { joined, reasons: reasons.len() as u8 },
        &|sleepers| leaves || !queue::has(sleepers, thread),
        &|sleepers, _| queue::has(sleepers, thread).then(|| queue::without(sleepers, thread)),
    )?;
    let asleep = queue::has(sleepers, thread);
    with(|machine| {
        let done = machine.search.done(thread);
        let moves = |mover: &&mut Mover| mover.thread == thread && done > mover.began;
        if let Some(mover) = machine.mover.as_mut().filter(moves) {
            mover.left = asleep;
        }
    });
    Ok(if asleep { reasons[usize::from(way)] } else { Left::Woken })
}

/// Takes a thread out of the queue of a word, whichever it is, or all. Returns them.
pub(crate) fn wake(location: u32, one: bool) -> Result<Vec<usize>, Cut> {
    let woken = |sleepers, way: u8| {
        let all = queue::list(sleepers);
        if one { all.into_iter().skip(way.into()).take(1).collect() } else { all }
    };
    let rest = |sleepers, way| {
        let left = |queue, &thread: &usize| queue::without(queue, thread);
        (sleepers != 0).then(|| woken(sleepers, way).iter().fold(sleepers, left))
    };
    follow()?;
    let (sleepers, way) = access(location + 1, PLAIN, Purpose::Wake { one }, &|_| true, &rest)?;
    Ok(woken(sleepers, way))
}

/// Lets others go first, until something is new of what the thread has looked at since it last did.
pub(crate) fn yield_now() -> Result<(), Cut> {
    let thread = turn()?;
    let waits = with(|machine| {
        let waits = !machine.threads[thread].looked.is_empty();
        if waits {
            machine.threads[thread].state = State::Yielded;
        }
        waits
    });
    if waits {
        turn()?;
        with(|machine| {
            machine.threads[thread].state = State::Ready;
            // If it is what the thread has looked at last that has changed, it is seen now: to look
            // at the old value again and again is no other execution.
            let last = machine.threads[thread].looked.last().copied();
            machine.threads[thread].stale = last.filter(|one| one.is_old(&machine.search.graph));
            machine.threads[thread].looked.clear();
        });
    }
    Ok(())
}

pub(crate) fn time() -> u64 {
    let thread = execution::current();
    with(|machine| machine.search.knowledge[thread].time)
}

pub(crate) fn pass_deadline(time: u64) {
    let thread = execution::current();
    with(|machine| machine.search.pass_deadline(thread, time));
}

/// Who has used a cell, and when, by the count of the thread's events.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Uses {
    write: Option<(usize, usize)>,
    reads: [usize; MAX_THREADS],
}

/// Notes a use of a cell by the running thread. `Err` if another use does not happen before it.
pub(crate) fn use_cell(uses: &mut Uses, writes: bool) -> Result<(), ()> {
    let thread = execution::current();
    with(|machine| {
        let happened = machine.search.knowledge[thread].happened;
        // A use lies after so many events of its thread. Who knows of the next event knows of it.
        let known = |other: usize, count: usize| other == thread || happened.of(other) > count;
        let races = uses.write.is_some_and(|(other, count)| !known(other, count))
            || (writes
                && uses
                    .reads
                    .iter()
                    .enumerate()
                    .any(|(other, &count)| count > 0 && !known(other, count - 1)));
        let count = machine.search.done(thread);
        if writes {
            uses.write = Some((thread, count));
            uses.reads = Default::default();
        } else {
            uses.reads[thread] = count + 1;
        }
        if races { Err(()) } else { Ok(()) }
    })
}
