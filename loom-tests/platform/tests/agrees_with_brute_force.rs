//! Both searches find the outcomes that trying every interleaving finds, and no fewer. Where
//! threads only use read-modify-writes, whose reads have one answer, loom's finds no others. Ours
//! runs no execution twice.
//!
//! Loom leaves out the orders that it takes to make no difference, and what it takes rests on how
//! the platform tells it of waits, wakes, time-outs and ends. Here random small programs also run
//! in an interpreter that knows nothing of loom and leaves nothing out.

mod alike;
mod executions;

use loom_platform::atomic::{AtomicU32, Ordering::*, awaited_in_one_step, locked_in_one_step};
use loom_platform::time::{Duration, Instant};
use loom_platform::{Ending, Explorer, Judge, futex, thread};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

/// How many words the programs share.
const WORDS: usize = 3;

/// What one thread does next. A `usize` is a word, or a thread; the main thread is number 0.
#[derive(Clone, Copy, Debug)]
enum Step {
    Add(usize, u32),
    Exchange(usize, u32, u32),
    Wait(usize, u32),
    WaitUntil(usize, u32),
    WakeOne(usize),
    WakeAll(usize),
    Load(usize),
    Store(usize, u32),
    /// Waits in one step until the word has the value.
    Await(usize, u32),
    /// Locks a word in one step, from 0 to 1.
    Lock(usize),
    Unlock(usize),
    Spawn(usize),
    Join(usize),
}

/// What a thread learns from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Seen {
    Value(u32),
    Exchanged(u32),
    Refused(u32),
    Returned,
    TimedOut,
}

type Log = Vec<Seen>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// What the main thread saw, and then each joined thread, in the order in which it joined them.
    Ended(Log, Vec<Log>),
    /// The threads that wait for ever.
    Stuck(BTreeSet<usize>),
}

/// Each thread's steps, the main thread's first.
#[derive(Clone)]
struct Program {
    threads: Vec<Vec<Step>>,
    spurious_wakeups: u32,
    /// The main thread, which has joined all others, reads all words at the end.
    reads_the_end: bool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} spurious wake-ups", self.spurious_wakeups)?;
        let mut threads = self.threads.iter().enumerate();
        threads.try_for_each(|(id, steps)| write!(f, "\n  {id}: {steps:?}"))
    }
}

// The brute force.

/// A moment between two steps.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    words: [u32; WORDS],
    queues: [VecDeque<usize>; WORDS],
    threads: Vec<Thread>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Thread {
    doing: Doing,
    next: usize,
    log: Log,
    spurious_wakeups: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Doing {
    Unborn,
    Running,
    /// Goes on when a wake takes it out of the queue.
    Sleeping,
    /// Has queued and takes a step to leave, whether or not a wake comes first.
    Leaving,
}

impl State {
    fn new(program: &Program) -> Self {
        let thread = |doing| Thread {
            doing,
            next: 0,
            log: Log::new(),
            spurious_wakeups: program.spurious_wakeups,
        };
        let mut threads = vec![thread(Doing::Unborn); program.threads.len()];
        threads[0].doing = Doing::Running;
        Self { words: [0; WORDS], queues: Default::default(), threads }
    }

    fn ended(&self, program: &Program, id: usize) -> bool {
        let thread = &self.threads[id];
        thread.doing == Doing::Running && thread.next == program.threads[id].len()
    }

    /// The moments after one more step of a thread, one for each way in which it can go. Loom's
    /// side of the platform knows one way of some: it wakes the thread that has slept longest, and
    /// takes a wake-up for no reason before a time-out.
    fn after(&self, program: &Program, id: usize, judge: Judge) -> Vec<Self> {
        let ways = match judge {
            Judge::Loom => 0..1,
            Judge::Own => 0..self.threads.len(),
        };
        ways.map_while(|way| self.after_in_one_way(program, id, way)).collect()
    }

    /// `None` where there is no such way.
    fn after_in_one_way(&self, program: &Program, id: usize, way: usize) -> Option<Self> {
        let mut ways = 1;
        let mut state = self.clone();
        let Self { words, queues, threads } = &mut state;
        let me = &mut threads[id];
        let step = program.threads[id].get(me.next);
        match (me.doing, step?) {
            (Doing::Unborn | Doing::Sleeping, _) => return None,
            (Doing::Leaving, Step::Wait(word, _) | Step::WaitUntil(word, _)) => {
                me.doing = Doing::Running;
                let place = queues[*word].iter().position(|&waiter| waiter == id);
                let mut seen = Seen::Returned;
                if let Some(place) = place {
                    queues[*word].remove(place);
                    let spurious = me.spurious_wakeups > 0;
                    let timed = matches!(step, Some(Step::WaitUntil(..)));
                    ways = usize::from(spurious) + usize::from(timed);
                    if spurious && way == 0 {
                        me.spurious_wakeups -= 1;
                    } else {
                        seen = Seen::TimedOut;
                    }
                }
                me.log.push(seen);
            }
            (Doing::Leaving, _) => unreachable!("only waits queue"),
            (Doing::Running, step) => match *step {
                Step::Add(word, value) => {
                    me.log.push(Seen::Value(words[word]));
                    words[word] = words[word].wrapping_add(value);
                }
                Step::Exchange(word, current, _) if words[word] != current => {
                    me.log.push(Seen::Refused(words[word]));
                }
                Step::Exchange(word, current, new) => {
                    me.log.push(Seen::Exchanged(current));
                    words[word] = new;
                }
                Step::Wait(word, expected) | Step::WaitUntil(word, expected)
                    if words[word] != expected =>
                {
                    me.log.push(Seen::Returned);
                }
                Step::Wait(word, _) | Step::WaitUntil(word, _) => {
                    queues[word].push_back(id);
                    let leaves = matches!(step, Step::WaitUntil(..)) || me.spurious_wakeups > 0;
                    me.doing = if leaves { Doing::Leaving } else { Doing::Sleeping };
                    // The wait is not over.
                    return (way < ways).then_some(state);
                }
                Step::WakeOne(word) | Step::WakeAll(word) => {
                    let mut woken: Vec<usize> = queues[word].iter().copied().collect();
                    if matches!(step, Step::WakeOne(_)) {
                        ways = woken.len().max(1);
                        woken = woken.into_iter().skip(way).take(1).collect();
                    }
                    queues[word].retain(|sleeper| !woken.contains(sleeper));
                    for woken in woken {
                        let woken = &mut threads[woken];
                        if woken.doing == Doing::Sleeping {
                            woken.doing = Doing::Running;
                            woken.next += 1;
                            woken.log.push(Seen::Returned);
                        }
                    }
                }
                Step::Load(word) => me.log.push(Seen::Value(words[word])),
                Step::Store(word, value) => words[word] = value,
                Step::Await(word, value) if words[word] != value => return None,
                Step::Await(..) => {}
                Step::Lock(word) if words[word] != 0 => return None,
                Step::Lock(word) => words[word] = 1,
                Step::Unlock(word) => words[word] = 0,
                Step::Spawn(other) => threads[other].doing = Doing::Running,
                Step::Join(other) if self.ended(program, other) => {}
                Step::Join(_) => return None,
            },
        }
        state.threads[id].next += 1;
        (way < ways).then_some(state)
    }

    /// How the program has come out, when no thread can take a step.
    fn outcome(&self, program: &Program) -> Outcome {
        let waiting: BTreeSet<usize> = (0..self.threads.len())
            .filter(|&id| self.threads[id].doing != Doing::Unborn && !self.ended(program, id))
            .collect();
        if !waiting.is_empty() {
            return Outcome::Stuck(waiting);
        }
        let joined = program.threads[0].iter().filter_map(|step| match step {
            Step::Join(other) => Some(self.threads[*other].log.clone()),
            _ => None,
        });
        let mut log = self.threads[0].log.clone();
        if program.reads_the_end {
            log.extend(self.words.map(Seen::Value));
        }
        Outcome::Ended(log, joined.collect())
    }
}

fn brute_force(program: &Program, judge: Judge) -> BTreeSet<Outcome> {
    let mut outcomes = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut to_do = vec![State::new(program)];
    while let Some(state) = to_do.pop() {
        let before = to_do.len();
        to_do.extend((0..state.threads.len()).flat_map(|id| state.after(program, id, judge)));
        if to_do.len() == before {
            outcomes.insert(state.outcome(program));
        } else {
            // A moment that two orders lead to has one future.
            let mut fresh = to_do.split_off(before);
            fresh.retain(|next| seen.insert(next.clone()));
            to_do.extend(fresh);
        }
    }
    outcomes
}

// The same on the platform.

type Words = Arc<[AtomicU32; WORDS]>;

fn run(program: &Arc<Program>, words: &Words, id: usize) -> (Log, Vec<Log>) {
    let mut log = Log::new();
    let mut joined = Vec::new();
    let mut handles: Vec<Option<thread::JoinHandle<Log>>> = Vec::new();
    handles.resize_with(program.threads.len(), || None);
    for &step in &program.threads[id] {
        match step {
            // Relaxed is enough: a read-modify-write reads the newest value.
            Step::Add(word, value) => {
                log.push(Seen::Value(words[word].fetch_add(value, Relaxed)));
            }
            Step::Exchange(word, current, new) => {
                let result = words[word].compare_exchange(current, new, Relaxed, Relaxed);
                log.push(result.map_or_else(Seen::Refused, Seen::Exchanged));
            }
            Step::Wait(word, expected) => {
                futex::wait(&words[word], expected);
                log.push(Seen::Returned);
            }
            Step::WaitUntil(word, expected) => {
                let deadline = Some(Instant::now() + Duration::from_secs(1));
                let result = futex::wait_until(&words[word], expected, deadline);
                log.push(result.map_or(Seen::TimedOut, |()| Seen::Returned));
            }
            Step::WakeOne(word) => {
                futex::wake_one(&words[word]);
            }
            Step::WakeAll(word) => futex::wake_all(&words[word]),
            Step::Load(word) => log.push(Seen::Value(words[word].load(Relaxed))),
            Step::Store(word, value) => words[word].store(value, Relaxed),
            Step::Await(word, value) => assert!(awaited_in_one_step(&words[word], value)),
            Step::Lock(word) => assert!(locked_in_one_step(&words[word], 0, 1)),
            Step::Unlock(word) => assert_eq!(words[word].swap(0, Release), 1),
            Step::Spawn(other) => {
                let (program, words) = (program.clone(), words.clone());
                let body = move || run(&program, &words, other).0;
                handles[other] = Some(thread::spawn(&other.to_string(), body));
            }
            Step::Join(other) => {
                let handle = handles[other].take().expect("spawned, and not joined before");
                joined.push(handle.join().unwrap());
            }
        }
    }
    if id == 0 && program.reads_the_end {
        // Relaxed: all threads have been joined, so all that they wrote happens before this.
        log.extend(words.each_ref().map(|word| Seen::Value(word.load(Relaxed))));
    }
    (log, joined)
}

fn explored(program: &Program, judge: Judge) -> Result<BTreeSet<Outcome>, TestCaseError> {
    let explorer = Explorer::new().spurious_wakeups(program.spurious_wakeups).judge(judge);
    let explorer = match judge {
        Judge::Own => explorer.count_different().locks_in_one_step(),
        Judge::Loom => explorer,
    };
    let program = Arc::new(program.clone());
    let exploration = explorer.explore(move || {
        let words = Words::new(Default::default());
        run(&program, &words, 0)
    });
    prop_assert!(exploration.exhaustive);
    if judge == Judge::Own {
        prop_assert_eq!(exploration.different, Some(exploration.executions));
    }
    let outcomes = exploration.outcomes.into_iter().map(|found| match found.ending {
        Ending::Returned((log, joined)) => Ok(Outcome::Ended(log, joined)),
        Ending::Stuck(waiting) => Ok(Outcome::Stuck(
            waiting.iter().map(|waiting| waiting.thread.parse().unwrap_or(0)).collect(),
        )),
        Ending::Panicked(panic) => Err(TestCaseError::fail(format!("{panic:?}"))),
    });
    outcomes.collect()
}

// Random programs.

fn operation(plain: u32) -> impl Strategy<Value = Step> {
    let word = || prop_oneof![5 => Just(0), 1 => Just(1)];
    let value = || prop_oneof![5 => Just(0), 3 => Just(1), 1 => Just(2u32)];
    prop_oneof![
        3 => (word(), prop_oneof![Just(1), Just(u32::MAX)]).prop_map(|(w, n)| Step::Add(w, n)),
        2 => (word(), value(), value()).prop_map(|(w, a, b)| Step::Exchange(w, a, b)),
        4 => (word(), value()).prop_map(|(w, expected)| Step::Wait(w, expected)),
        3 => (word(), value()).prop_map(|(w, expected)| Step::WaitUntil(w, expected)),
        3 => word().prop_map(Step::WakeOne),
        2 => word().prop_map(Step::WakeAll),
        2 * plain => word().prop_map(Step::Load),
        plain => (word(), value()).prop_map(|(w, value)| Step::Store(w, value)),
    ]
}

/// A program in which `plain` in fifteen steps are stores, and twice as many are loads.
fn program(plain: u32) -> impl Strategy<Value = Program> {
    let threads = move |count, most| {
        let steps = prop::collection::vec(operation(plain), most - 1..=most);
        prop::collection::vec(steps, count)
    };
    let threads = prop_oneof![threads(2, 3), threads(3, 2)];
    // What the main thread does of its own.
    let own = prop::collection::vec((any::<Index>(), operation(plain)), 0..=1);
    program_of(threads, own)
}

/// What threads do with two locks, and with a third word under them, for whose values they wait:
/// they forget to unlock now and then, and take the locks in any order.
fn program_with_locks() -> impl Strategy<Value = Program> {
    let step = prop_oneof![
        5 => (0..2usize).prop_map(Step::Lock),
        4 => (0..2usize).prop_map(Step::Unlock),
        2 => Just(Step::Add(2, 1)),
        2 => (1..=2u32).prop_map(|value| Step::Await(2, value)),
        1 => Just(Step::WaitUntil(2, 1)),
        1 => Just(Step::WakeOne(2)),
    ];
    let threads = |count, most| {
        let steps = prop::collection::vec(step.clone(), most - 2..=most);
        prop::collection::vec(steps.prop_map(in_turn), count)
    };
    program_of(prop_oneof![threads(2, 8), threads(3, 5), threads(4, 3)], Just(Vec::new()))
}

/// The steps without those that lock what the thread holds, or unlock what it does not.
fn in_turn(mut steps: Vec<Step>) -> Vec<Step> {
    let mut held = [false; WORDS];
    steps.retain(|step| match *step {
        Step::Lock(word) => !std::mem::replace(&mut held[word], true),
        Step::Unlock(word) => std::mem::take(&mut held[word]),
        _ => true,
    });
    steps
}

/// The threads, under a main thread that starts and joins them, and does something of its own
/// between.
fn program_of(
    threads: impl Strategy<Value = Vec<Vec<Step>>>,
    own: impl Strategy<Value = Vec<(Index, Step)>>,
) -> impl Strategy<Value = Program> {
    let joins = (any::<[Index; 4]>(), prop::bool::weighted(0.2));
    (threads, own, joins, 0..=1u32)
        .prop_map(|(mut threads, own, (joins, leaves_one), spurious_wakeups)| {
            let count = threads.len();
            let mut main: Vec<Step> = (1..=count).map(Step::Spawn).collect();
            let mut unjoined: Vec<usize> = (1..=count).collect();
            for join in &joins[usize::from(leaves_one)..count] {
                main.push(Step::Join(unjoined.remove(join.index(unjoined.len()))));
            }
            for (place, step) in own {
                main.insert(place.index(main.len() + 1), step);
            }
            threads.insert(0, main);
            let reads_the_end = !leaves_one;
            Program { threads, spurious_wakeups, reads_the_end }
        })
        .prop_filter("too many orders", |program| orders(program) <= 1_000.)
}

/// How many orders a program's steps have, if nobody ever waits for anybody.
fn orders(program: &Program) -> f64 {
    let mut orders = 1.;
    let mut total = 0.;
    for thread in &program.threads {
        let mut waits = program.spurious_wakeups;
        let steps = thread.iter().map(|step| match step {
            Step::WaitUntil(..) => 2,
            Step::Wait(..) if waits > 0 => {
                waits -= 1;
                2
            }
            Step::Spawn(_) | Step::Join(_) => 0,
            _ => 1,
        });
        let steps: u32 = steps.sum();
        for step in 1..=steps {
            total += 1.;
            orders *= total / f64::from(step);
        }
    }
    orders
}

/// Finds no fewer outcomes, and, unless `others` may come from loads of old values, no others.
fn agree(program: &Program, others: bool) -> Result<(), TestCaseError> {
    agree_by(Judge::Loom, program, others)?;
    // A wait looks at its word as a relaxed load does, and so does an exchange that fails. Loom's
    // always find the newest value.
    agree_by(Judge::Own, program, true)
}

fn agree_by(judge: Judge, program: &Program, others: bool) -> Result<(), TestCaseError> {
    let (explored, brute_force) = (explored(program, judge)?, brute_force(program, judge));
    let missed: Vec<_> = brute_force.difference(&explored).collect();
    let invented: Vec<_> = explored.difference(&brute_force).collect();
    prop_assert!(
        missed.is_empty() && (others || invented.is_empty()),
        "{judge:?} missed {missed:?}, invented {invented:?}"
    );
    Ok(())
}

/// Tries as many random programs, or as many as somebody asks for.
fn random_programs_agree(cases: u32, plain: u32, others: bool) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let result = TestRunner::new(config).run(&program(plain), |program| agree(&program, others));
    result.unwrap_or_else(|disagreement| panic!("{disagreement}"));
}

#[test]
fn a_search_finds_exactly_the_outcomes_that_trying_every_interleaving_finds() {
    random_programs_agree(100, 0, false);
}

#[test]
fn with_plain_loads_and_stores_a_search_finds_them_all_too() {
    random_programs_agree(30, 5, true);
}

#[test]
fn with_locks_and_waits_in_one_step_a_search_finds_what_trying_every_interleaving_finds() {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 200;
    }
    let result = TestRunner::new(config)
        .run(&program_with_locks(), |program| agree_by(Judge::Own, &program, waits(&program)));
    result.unwrap_or_else(|disagreement| panic!("{disagreement}"));
}

/// Whether a thread may look at a word and find an old value.
fn waits(program: &Program) -> bool {
    program.threads.iter().flatten().any(|step| matches!(step, Step::WaitUntil(..)))
}

#[test]
fn a_load_of_a_threads_own_does_not_hide_one_by_another_from_its_store() {
    // Loom alone compares a store with the last access only, here the storer's own load, and never
    // tries the other's load after the store.
    let program = Program {
        threads: vec![
            vec![Step::Spawn(1), Step::Load(0), Step::Join(1)],
            vec![Step::Load(0), Step::Store(0, 1)],
        ],
        spurious_wakeups: 0,
        reads_the_end: true,
    };
    assert_eq!(brute_force(&program, Judge::Loom).len(), 2);
    agree(&program, false).unwrap();
}

#[test]
fn looms_side_wakes_the_thread_that_has_slept_longest_and_ours_any() {
    // If both sleep, the first did so before the second's addition. Few random programs can tell.
    let program = Program {
        threads: vec![
            [1, 2, 3].map(Step::Spawn).into_iter().chain([1, 2, 3].map(Step::Join)).collect(),
            vec![Step::Wait(0, 0)],
            vec![Step::Add(0, 1), Step::Wait(0, 1)],
            vec![Step::WakeOne(0)],
        ],
        spurious_wakeups: 0,
        reads_the_end: true,
    };
    assert!(brute_force(&program, Judge::Loom).contains(&Outcome::Stuck(BTreeSet::from([0, 2]))));
    let overtaken = Outcome::Stuck(BTreeSet::from([0, 1]));
    assert!(!brute_force(&program, Judge::Loom).contains(&overtaken));
    assert!(brute_force(&program, Judge::Own).contains(&overtaken));
    agree(&program, false).unwrap();
}

#[test]
fn the_random_programs_come_out_in_every_way_and_many_in_several() {
    const CASES: u32 = 500;
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 5];
    for _ in 0..CASES {
        let program = program(0).new_tree(&mut runner).expect("a program").current();
        let outcomes = brute_force(&program, Judge::Loom);
        let stuck = |outcome: &Outcome| matches!(outcome, Outcome::Stuck(_));
        let timed_out = |outcome: &Outcome| match outcome {
            Outcome::Ended(main, joined) => {
                joined.iter().chain([main]).flatten().any(|&seen| seen == Seen::TimedOut)
            }
            Outcome::Stuck(_) => false,
        };
        let ways = [
            outcomes.len() > 1,
            outcomes.len() > 3,
            outcomes.iter().any(stuck),
            outcomes.iter().any(stuck) && !outcomes.iter().all(stuck),
            outcomes.iter().any(timed_out),
        ];
        for (count, way) in counts.iter_mut().zip(ways) {
            *count += u32::from(way);
        }
    }
    assert!(counts.iter().all(|&count| count > CASES / 20), "{counts:?}");
}
