//! What the checks share: the searches, each with the claim that it was exhaustive, and the record
//! that it leaves for the book.

mod record;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod stacks;
mod told;
mod whole;

pub use record::{Needed, Record, Search, read, recorded, recorded_as, source_of, unlisted};
pub use told::waits_of_ann;
pub use whole::{Whole, minutes, search_whole, whole};

use loom_platform::{Ending, Exploration, Explorer, Judge, Model, Outcome, thread, weakenings};
use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Whether all that the checks can do is asked for, by the variable `THOROUGH`. Otherwise nobody
/// counts how many executions differ, no search is done again with locks in one step, loom gives
/// up sooner, and bounded searches allow one preemption less.
pub fn thorough() -> bool {
    env::var_os("THOROUGH").is_some()
}

/// How long loom searches a program at most.
const LOOMS_TIME: Duration = Duration::from_secs(1);

/// Searches the program to its end, and demands that each execution is run once. With locks taken
/// in one step the program must end in the same ways. Both demands are for a [`thorough`] run. Then
/// loom judges it too: it may find nothing else, and if it comes to its end, it must find as much.
///
/// Loom runs most executions many times, and gives up after a budget of them, or of time: some of
/// its runs take a hundred times as long as others.
pub fn explore_by_both<O: Outcome>(
    explorer: Explorer,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    explore_program_by_both(explorer, Arc::new(program))
}

// Not generic in the program, so that it is not compiled for each.
fn explore_program_by_both<O: Outcome>(
    explorer: Explorer,
    program: Arc<dyn Fn() -> O + Send + Sync>,
) -> Exploration<O> {
    let budget = if thorough() { 150_000 } else { 1_000 };
    let ours = explore_each_once(explorer.clone(), program.clone());
    assert_eq!(ours.blocked, 0, "a run was none");
    if thorough() {
        let short = explore_each_once(explorer.clone().locks_in_one_step(), program.clone());
        let [ours_ends, short_ends] = [&ours, &short].map(ends);
        assert_eq!(short_ends, ours_ends, "locks in one step make a difference");
    }

    // There are many mutants, and loom would be most of their time.
    if env::var_os("MUTATED").is_some() {
        return ours;
    }
    let (runs, stop) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
    let loom = explorer.judge(Judge::Loom).stop_when(stop.clone()).max_duration(LOOMS_TIME);
    let theirs = loom.explore(move || {
        if runs.fetch_add(1, Relaxed) + 1 == budget {
            stop.store(true, Relaxed);
        }
        program()
    });
    let found_by = |judge: &Exploration<O>, ending: &Ending<O>| {
        judge.outcomes.iter().any(|found| found.ending == *ending)
    };
    for found in &theirs.outcomes {
        assert!(found_by(&ours, &found.ending), "only loom found: {found}");
    }
    for found in ours.outcomes.iter().filter(|_| theirs.finished) {
        assert!(found_by(&theirs, &found.ending), "loom did not find: {found}");
    }
    ours
}

/// How the executions of a search end, without the places at which threads wait for ever.
fn ends<O: Outcome>(exploration: &Exploration<O>) -> Vec<String> {
    let end = |ending: &Ending<O>| match ending {
        Ending::Stuck(waiting) => {
            format!("stuck: {:?}", waiting.iter().map(|one| &one.thread).collect::<Vec<_>>())
        }
        ending => format!("{ending:?}"),
    };
    let ends: BTreeSet<_> = exploration.outcomes.iter().map(|found| end(&found.ending)).collect();
    ends.into_iter().collect()
}

/// Goes through the executions in which threads are interrupted at most `most` times, or once less
/// where not all is asked for.
pub fn explore_bounded<O: Outcome>(
    most: usize,
    explorer: Explorer,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    let most = if thorough() { most } else { most - 1 };
    explorer.preemptions(most).explore(program)
}

/// Records what a search has found. No execution may have panicked or got stuck.
#[track_caller]
fn all_well(exploration: Exploration<()>) {
    no_failure(&exploration);
    recorded(exploration);
}

/// Runs the program in every order, with spurious wake-ups off (to find a lost wake-up, which a
/// spurious one would hide) and on (to find a wait that trusts its return). No execution may panic
/// or get stuck.
#[track_caller]
pub fn check(program: impl Fn() + Clone + Send + Sync + 'static) {
    check_without_spurious(program.clone());
    all_well(explore_by_both(Explorer::new().spurious_wakeups(1), program));
}

/// As [`check`] with spurious wake-ups off: for three threads, whose orders are too many with them.
#[track_caller]
pub fn check_without_spurious(program: impl Fn() + Send + Sync + 'static) {
    all_well(explore_by_both(Explorer::new(), program));
}

/// As [`check_bounded_to`], with spurious wake-ups alone.
#[track_caller]
pub fn check_spurious_bounded_to(most: usize, program: impl Fn() + Clone + Send + Sync + 'static) {
    if minutes().is_some() {
        return check_whole(1, program);
    }
    all_well(explore_bounded(most, Explorer::new().spurious_wakeups(1), program));
}

/// Runs the program in all orders that interrupt threads at most so many times, without spurious
/// wake-ups and with them: for programs with so many steps that all their orders are out of reach.
/// No execution may panic or get stuck.
#[track_caller]
pub fn check_bounded_to(most: [usize; 2], program: impl Fn() + Clone + Send + Sync + 'static) {
    if minutes().is_some() {
        check_whole(0, program.clone());
        return check_whole(1, program);
    }
    all_well(explore_bounded(most[0], Explorer::new(), program.clone()));
    all_well(explore_bounded(most[1], Explorer::new().spurious_wakeups(1), program));
}

/// Runs the program in every order in which its locks can be taken, each in one step, with spurious
/// wake-ups off and on; and with the code of the locks in all orders that interrupt threads at most
/// four times, or three times with spurious wake-ups. For programs that take locks so often that
/// all orders with that code are out of reach. No execution may panic or get stuck.
#[track_caller]
pub fn check_locks_in_one_step(program: impl Fn() + Clone + Send + Sync + 'static) {
    check_locks_in_one_step_and_to([4, 3], program);
}

/// As [`check_locks_in_one_step`], with the code of the locks to so many interruptions.
#[track_caller]
pub fn check_locks_in_one_step_and_to(
    most: [usize; 2],
    program: impl Fn() + Clone + Send + Sync + 'static,
) {
    all_well_in_one_step_and_to(most[0], Explorer::new(), program.clone());
    check_spurious_locks_in_one_step_and_to(most[1], program);
}

/// As [`check_locks_in_one_step_and_to`] with spurious wake-ups off.
#[track_caller]
pub fn check_locks_in_one_step_without_spurious_and_to(
    most: usize,
    program: impl Fn() + Clone + Send + Sync + 'static,
) {
    all_well_in_one_step_and_to(most, Explorer::new(), program);
}

/// As [`check_locks_in_one_step_and_to`] with spurious wake-ups on.
#[track_caller]
pub fn check_spurious_locks_in_one_step_and_to(
    most: usize,
    program: impl Fn() + Clone + Send + Sync + 'static,
) {
    all_well_in_one_step_and_to(most, Explorer::new().spurious_wakeups(1), program);
}

#[track_caller]
fn all_well_in_one_step_and_to(
    most: usize,
    explorer: Explorer,
    program: impl Fn() + Clone + Send + Sync + 'static,
) {
    all_well(explore_locks_in_one_step(explorer.clone(), program.clone()));
    all_well(explore_bounded(most, explorer, program));
}

/// Searches the program to its end with locks taken in one step, and demands that each execution is
/// run once.
pub fn explore_locks_in_one_step<O: Outcome>(
    explorer: Explorer,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    explore_each_once(explorer.locks_in_one_step(), Arc::new(program))
}

/// Searches the program to its end. Of a thorough run it demands that each execution is run once.
fn explore_each_once<O: Outcome>(
    explorer: Explorer,
    program: Arc<dyn Fn() -> O + Send + Sync>,
) -> Exploration<O> {
    let explorer = if thorough() { explorer.count_different() } else { explorer };
    let found = explorer.explore(move || program());
    assert!(found.exhaustive, "{found}");
    if let Some(different) = found.different {
        assert_eq!(different, found.executions, "an execution was run again");
    }
    found
}

/// As far as a whole search of the program has come, no execution may panic or get stuck.
fn check_whole(spurious_wakeups: u32, program: impl Fn() + Send + Sync + 'static) {
    search_whole(&running(), nth(), spurious_wakeups, program, no_failure);
}

fn no_failure<O: Outcome>(exploration: &Exploration<O>) {
    if let Some(failure) = exploration.failures().next() {
        panic!("{failure}\nfound in {exploration}");
    }
}

/// The test that is running, such as `lock::both_come_through`.
fn running() -> String {
    std::thread::current().name().expect("the harness names its threads").to_owned()
}

/// How many whole searches the running test has asked for before.
fn nth() -> usize {
    std::thread_local! {
        static ASKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    ASKED.replace(ASKED.get() + 1)
}

/// What a thread does with something shared, and how it is called.
pub type Operation<'a, S> = (&'a str, fn(&S));

/// Programs that run every operation against every other and against itself, as two threads that
/// share what `new` makes. When both are done, `afterwards` looks at what is left.
pub fn every_pair<'a, S: Send + Sync + 'static>(
    new: fn() -> S,
    operations: &'a [Operation<'a, S>],
    afterwards: fn(&S),
) -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    let pairs = operations
        .iter()
        .enumerate()
        .flat_map(|(number, first)| operations[number..].iter().map(move |second| (first, second)));
    pairs.map(move |(&(first_name, first), &(second_name, second))| {
        println!("{first_name} against {second_name}:");
        move || {
            let shared = Arc::new(new());
            let other = {
                let shared = shared.clone();
                thread::spawn("second", move || second(&shared))
            };
            first(&shared);
            other.join().unwrap();
            afterwards(&shared);
        }
    })
}

/// How often a program with one thread calls the system: its waits and wakes.
#[track_caller]
pub fn calls_of_the_system(program: impl Fn() + Send + Sync + 'static) -> usize {
    let exploration = recorded(explore_by_both(Explorer::new(), program));
    no_failure(&exploration);
    let moves = &exploration.outcomes[0].trace.moves;
    moves.iter().filter(|one| one.is_system_call).count()
}

/// All values that the program can return, in order. No execution may panic or get stuck.
#[track_caller]
pub fn answers<O: Outcome + Ord>(program: impl Fn() -> O + Send + Sync + 'static) -> Vec<O> {
    answers_in(explore_by_both(Explorer::new(), program))
}

/// As [`answers`], with locks taken in one step. With the code of the locks, and three
/// interruptions at most, there are no others.
#[track_caller]
pub fn answers_locks_in_one_step<O: Outcome + Ord>(
    program: impl Fn() -> O + Clone + Send + Sync + 'static,
) -> Vec<O> {
    let answers = answers_in(explore_locks_in_one_step(Explorer::new(), program.clone()));
    let others = answers_in(explore_bounded(3, Explorer::new(), program));
    assert!(others.iter().all(|one| answers.contains(one)), "{others:?} beside {answers:?}");
    answers
}

#[track_caller]
fn answers_in<O: Outcome + Ord>(exploration: Exploration<O>) -> Vec<O> {
    let exploration = recorded(exploration);
    no_failure(&exploration);
    let mut answers: Vec<O> = Vec::new();
    for (answer, _) in exploration.returned() {
        // Few. A sort, compiled for each type, would be a quarter of the executable.
        let place = answers.partition_point(|one| one < answer);
        answers.insert(place, answer.clone());
    }
    answers
}

/// Weakens each ordering in `file` that the programs use, one step at a time, and demands that a
/// program fails for each. Returns how many there were.
#[track_caller]
pub fn every_ordering_is_needed(file: &str, programs: &[(&'static str, fn())]) -> usize {
    let model = |&(name, program)| Model { name, explorer: Explorer::new(), program };
    let models: Vec<Model> = programs.iter().map(model).collect();
    let mut table = weakenings(&models);
    table.retain(|row| row.weakened.site.at.file().ends_with(file));
    record::record_orderings(&table);
    table.len()
}
