//! What each step of the thread's own value does, and what the step before lacks.

use listings::ch13_local::exercises::{
    AllHits, Cached, Hits, found_by_a_shared_count, found_by_an_own_count, greeted,
    greeted_after_taking,
};
use listings::ch13_local::s1_locked::LockedLocal;
use listings::ch13_local::s2_address::AddressLocal;
use listings::{
    ENDINGS, endings, every_order, few_preemptions, page, returned, table, told, told_in_full,
};
use loom_platform::{Ending, Exploration, explore, name, step, thread};
use primitives::Local;
use std::cell::Cell;
use std::sync::Arc;

/// Something to remember. Its count says where it is still remembered.
type Note = Cell<Option<Arc<()>>>;

/// A value for each thread, whichever of the book's it is.
trait AnyLocal: Send + Sync + 'static {
    fn new() -> Self;
    fn with<R>(&self, f: impl FnOnce(&Note) -> R) -> R;
}

macro_rules! any_local {
    ($($local:ident)*) => { $(
        impl AnyLocal for $local<Note> {
            fn new() -> Self {
                $local::new(Note::default)
            }
            fn with<R>(&self, f: impl FnOnce(&Note) -> R) -> R {
                self.with(f)
            }
        }
    )* };
}
any_local! { LockedLocal AddressLocal Local }

fn remember(local: &impl AnyLocal) -> Arc<()> {
    let note = Arc::new(());
    local.with(|own| own.set(Some(note.clone())));
    note
}

fn is_remembered(note: &Arc<()>) -> bool {
    Arc::strong_count(note) > 1
}

/// A thread remembers something, and finds it.
fn finds_its_own(local: &impl AnyLocal) -> bool {
    let note = remember(local);
    local.with(Cell::take).is_some_and(|found| Arc::ptr_eq(&found, &note))
}

fn two_threads<L: AnyLocal>() -> bool {
    let local = Arc::new(L::new());
    let other = {
        let local = local.clone();
        thread::spawn("other", move || finds_its_own(&*local))
    };
    finds_its_own(&*local) & other.join().unwrap()
}

/// A thread remembers something in each of two objects, and finds both.
fn two_objects<L: AnyLocal>() -> bool {
    let locals = [L::new(), L::new()];
    let notes = [remember(&locals[0]), remember(&locals[1])];
    let found = locals.each_ref().map(|local| local.with(Cell::take));
    found.iter().flatten().zip(&notes).filter(|(found, note)| Arc::ptr_eq(found, note)).count() == 2
}

fn it_moves<L: AnyLocal>() -> bool {
    let local = L::new();
    let note = remember(&local);
    let moved = Box::new(local);
    moved.with(Cell::take).is_some_and(|found| Arc::ptr_eq(&found, &note))
}

/// Looks at its value twice, the second time within the first.
fn looks_within_a_look<L: AnyLocal>() -> bool {
    let local = L::new();
    name(&local, "the lock");
    let first = remember(&local);
    local.with(|own| {
        let second = remember(&local);
        !is_remembered(&first) && own.take().is_some_and(|found| Arc::ptr_eq(&found, &second))
    })
}

fn a_thread_ends<L: AnyLocal>() -> bool {
    let local = Arc::new(L::new());
    let other = {
        let local = local.clone();
        thread::spawn("other", move || remember(&*local))
    };
    let note = other.join().unwrap();
    !is_remembered(&note)
}

fn the_object_goes<L: AnyLocal>() -> bool {
    let local = L::new();
    let note = remember(&local);
    drop(local);
    !is_remembered(&note)
}

/// An object takes the place of another.
fn a_new_object<L: AnyLocal>() -> bool {
    let mut local = L::new();
    remember(&local);
    step("remembers something in the old object");
    local = replaced(local);
    let found = local.with(Cell::take);
    step(format!("finds {} in the new one", if found.is_some() { "it" } else { "nothing" }));
    found.is_none()
}

/// Another object, in the same place.
fn replaced<L: AnyLocal>(old: L) -> L {
    drop(old);
    L::new()
}

struct Program {
    asks: &'static str,
    /// For the lock and the map, the table by address, and the library.
    steps: [fn() -> bool; 3],
    expected: [&'static str; 3],
}

macro_rules! program {
    ($asks:literal, $program:ident, $expected:expr) => {
        Program {
            asks: $asks,
            steps: [
                $program::<LockedLocal<Note>>,
                $program::<AddressLocal<Note>>,
                $program::<Local<Note>>,
            ],
            expected: $expected,
        }
    };
}

const PROGRAMS: [Program; 7] = [
    program!("each of two threads finds its own", two_threads, ["yes"; 3]),
    program!("each of two objects has its own", two_objects, ["yes"; 3]),
    program!("it can be used within a use", looks_within_a_look, ["stuck", "yes", "yes"]),
    program!("gone when the thread has ended", a_thread_ends, ["no", "yes", "yes"]),
    program!("gone when the object has gone", the_object_goes, ["yes", "no", "yes"]),
    program!("an object that moves keeps its values", it_moves, ["yes", "no", "yes"]),
    program!("a new object has no old values", a_new_object, ["yes", "no", "yes"]),
];

/// How all executions end.
fn answer(exploration: &Exploration<bool>) -> &'static str {
    let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
    match &found.ending {
        Ending::Returned(true) => "yes",
        Ending::Returned(false) => "no",
        Ending::Stuck(_) => "stuck",
        Ending::Panicked(panic) => panic!("{}", panic.message),
    }
}

#[test]
fn each_step_does_what_the_step_before_does_not() {
    let rows = PROGRAMS.map(|program| {
        let [locked, address, library] = program.steps.map(every_order);
        let answers = [&locked, &address, &library].map(answer);
        assert_eq!(answers, program.expected, "{}", program.asks);
        let cell = |exploration: &Exploration<bool>| {
            format!("{}, in {}", answer(exploration), exploration.executions)
        };
        [program.asks.to_owned(), cell(&locked), cell(&address), cell(&library)]
    });
    let head = ["", "one map and one lock", "a table by address", "`Local`"];
    page("local-steps.md", &table(head, rows));
}

#[test]
fn in_one_map_a_thread_that_looks_within_a_look_waits_for_itself() {
    let exploration = explore(looks_within_a_look::<LockedLocal<Note>>);
    assert!(exploration.exhaustive);
    let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
    assert!(matches!(&found.ending, Ending::Stuck(waiting) if waiting.len() == 1), "{found}");
    page("local-locked-stuck.txt", &told_in_full(found));
}

#[test]
fn at_the_same_address_a_new_object_shows_a_value_of_the_old_one() {
    let exploration = explore(a_new_object::<AddressLocal<Note>>);
    let [found] = &exploration.outcomes[..] else { panic!("more than one outcome") };
    assert_eq!(found.ending, Ending::Returned(false));
    page("local-address.txt", &told(found));
}

/// Three threads count one each, and two of them end before the sum is made.
fn sums<H: Default + Send + Sync + 'static>(hit: fn(&H), sum: fn(H) -> u32) -> Vec<u32> {
    let exploration = explore(move || {
        let hits = Arc::new(H::default());
        hit(&hits);
        let others = ["second", "third"].map(|name| {
            let hits = hits.clone();
            thread::spawn(name, move || hit(&hits))
        });
        others.into_iter().for_each(|other| other.join().unwrap());
        sum(Arc::into_inner(hits).unwrap())
    });
    assert!(exploration.exhaustive);
    assert_eq!(exploration.failures().count(), 0);
    exploration.returned().map(|(sum, _)| *sum).collect()
}

#[test]
fn the_counts_of_threads_that_have_ended_are_lost_unless_their_drops_add_them() {
    assert_eq!(sums(Hits::hit, Hits::sum), [1]);
    assert_eq!(sums(AllHits::hit, AllHits::sum), [3]);
}

/// One thread looks at a number, also while another changes it, and once more afterwards. What it
/// finds then.
fn looks_after(change: fn(&Cached, u32)) -> Vec<u32> {
    let exploration = explore(move || {
        let cached = Arc::new(Cached::new(1));
        assert_eq!(cached.get(), 1);
        let other = {
            let cached = cached.clone();
            thread::spawn("other", move || change(&cached, 2))
        };
        cached.get();
        other.join().unwrap();
        cached.get()
    });
    assert!(exploration.exhaustive);
    assert_eq!(exploration.failures().count(), 0);
    let mut found: Vec<u32> = exploration.returned().map(|(found, _)| *found).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_change_reaches_the_copies_of_other_threads_if_each_looks_for_it() {
    assert_eq!(looks_after(Cached::set_and_forget_own), [1]);
    assert_eq!(looks_after(Cached::set), [2]);
}

#[test]
fn a_worker_keeps_its_value_from_task_to_task_unless_a_task_takes_it_bounded() {
    let [kept, taken] = [greeted, greeted_after_taking].map(|greeted| few_preemptions(2, greeted));
    assert_eq!((returned(&kept), returned(&taken)), (vec![Some("Ann")], vec![None]));
    let rows = [endings("`greeted`", &kept), endings("`greeted_after_taking`", &taken)].concat();
    page("exercise-local-greeted.md", &table(ENDINGS, rows));
}

#[test]
fn a_shared_count_takes_another_thread_for_a_call_from_within_and_an_own_count_does_not() {
    let [shared, own] =
        [found_by_a_shared_count, found_by_an_own_count].map(|found| every_order(found));
    assert_eq!((returned(&shared), returned(&own)), (vec![false, true], vec![false]));
    let rows =
        [endings("`found_by_a_shared_count`", &shared), endings("`found_by_an_own_count`", &own)];
    page("exercise-local-inside.md", &table(ENDINGS, rows.concat()));
}
