//! The search of our own finds as many executions as the axioms of the memory model allow.
//!
//! Here random small programs are not run at all. Each read is given each write of its word, each
//! word's writes are put in each order, and what is left is what RC11 calls consistent (Lahav and
//! others, *Repairing Sequential Consistency in C/C++11*, 2017, with the release sequences of
//! C++20). The search must find the same logs, and each in as many executions. It runs no execution
//! twice, so both have found the same ones.

use loom_platform::atomic::{AtomicU32, Ordering, Ordering::*, fence};
use loom_platform::{Ending, Explorer, step as tell, thread};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const WORDS: usize = 2;

#[derive(Clone, Copy, Debug)]
enum Step {
    Load(usize, Ordering),
    Store(usize, Ordering),
    Add(usize, Ordering),
    /// Exchanges this value for another, by the first ordering, or reads, by the second.
    Exchange(usize, u32, [Ordering; 2]),
    Fence(Ordering),
}

/// The value that a step writes, if its value does not depend on what it reads: no other step's.
fn value(thread: usize, step: usize) -> u32 {
    1 + 4 * thread as u32 + step as u32
}

const ADDED: u32 = 100;

type Program = Vec<Vec<Step>>;
type Logs = Vec<Vec<u32>>;

/// Each log that the search found, and in how many executions.
fn searched(program: &Program) -> BTreeMap<Logs, u64> {
    let program = program.clone();
    let exploration = Explorer::new().count_different().explore(move || run(&program));
    assert!(exploration.exhaustive);
    assert_eq!(exploration.different, Some(exploration.executions));
    assert_eq!(exploration.failures().count(), 0);
    exploration.returned().map(|(logs, executions)| (logs.clone(), executions)).collect()
}

/// Each log that a player comes to who also picks what is read.
fn played(program: &Program) -> BTreeSet<Logs> {
    let program = program.clone();
    let game = Explorer::new().pick_values(|_| true).play(1_000_000, move || run(&program));
    let endings = game.unwrap().places.into_iter().filter_map(|place| place.ending);
    let log = |ending| match ending {
        Ending::Returned(logs) => logs,
        other => panic!("{other:?}"),
    };
    endings.map(log).collect()
}

fn run(program: &Program) -> Logs {
    let words: Arc<[AtomicU32; WORDS]> = Arc::default();
    let threads: Vec<_> = program
        .iter()
        .enumerate()
        .map(|(me, steps)| {
            let (steps, words) = (steps.clone(), words.clone());
            thread::spawn("one", move || log(me, &steps, &words))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn log(me: usize, steps: &[Step], words: &[AtomicU32; WORDS]) -> Vec<u32> {
    let mut log = Vec::new();
    for (number, &step) in steps.iter().enumerate() {
        match step {
            Step::Load(word, order) => log.push(words[word].load(order)),
            Step::Store(word, order) => words[word].store(value(me, number), order),
            Step::Add(word, order) => log.push(words[word].fetch_add(ADDED, order)),
            Step::Exchange(word, expected, [success, failure]) => {
                let new = value(me, number);
                let result = words[word].compare_exchange(expected, new, success, failure);
                log.push(result.unwrap_or_else(|found| found));
            }
            Step::Fence(order) => fence(order),
        }
        // For those who play: a turn is one step.
        tell("");
    }
    log
}

/// A relation between events: for each the set of those that it leads to.
type Relation = Vec<u32>;

fn none(events: usize) -> Relation {
    vec![0; events]
}

fn union(relations: &[&Relation]) -> Relation {
    (0..relations[0].len()).map(|a| relations.iter().fold(0, |all, one| all | one[a])).collect()
}

/// By way of one event in the middle.
fn then(first: &Relation, second: &Relation) -> Relation {
    let targets = |set: u32| (0..second.len()).filter(move |&b| set >> b & 1 == 1);
    first.iter().map(|&set| targets(set).fold(0, |all, b| all | second[b])).collect()
}

fn or_same(relation: &Relation) -> Relation {
    relation.iter().enumerate().map(|(a, set)| set | 1 << a).collect()
}

fn closure(relation: &Relation) -> Relation {
    let mut closure = relation.clone();
    for _ in 0..relation.len() {
        closure = union(&[&closure, &then(&closure, relation)]);
    }
    closure
}

fn is_acyclic(relation: &Relation) -> bool {
    closure(relation).iter().enumerate().all(|(a, set)| set >> a & 1 == 0)
}

/// What is left between these events.
fn between(relation: &Relation, keep: impl Fn(usize, usize) -> bool) -> Relation {
    let kept = |a: usize, set: u32| {
        (0..relation.len()).filter(|&b| set >> b & 1 == 1 && keep(a, b)).map(|b| 1 << b).sum()
    };
    relation.iter().enumerate().map(|(a, &set)| kept(a, set)).collect()
}

#[derive(Clone, Copy, Debug)]
struct Event {
    thread: usize,
    /// The word, if it is about one.
    word: Option<usize>,
    step: Option<Step>,
    order: Ordering,
    /// What it writes.
    writes: Option<u32>,
    reads: bool,
}

impl Event {
    fn is_fence(&self) -> bool {
        self.word.is_none()
    }
    fn acquires(&self) -> bool {
        (self.reads || self.is_fence()) && matches!(self.order, Acquire | AcqRel | SeqCst)
    }
    fn releases(&self) -> bool {
        let writes = self.writes.is_some() || self.is_fence();
        writes && matches!(self.order, Release | AcqRel | SeqCst)
    }
}

/// The initial writes, and then the threads' events.
fn events(program: &Program) -> Vec<Event> {
    let initial = (0..WORDS).map(|word| Event {
        thread: usize::MAX,
        word: Some(word),
        step: None,
        order: Relaxed,
        writes: Some(0),
        reads: false,
    });
    let of_threads = program.iter().enumerate().flat_map(|(thread, steps)| {
        steps.iter().enumerate().map(move |(number, &step)| {
            let own = value(thread, number);
            let (word, order, writes, reads) = match step {
                Step::Load(word, order) => (Some(word), order, None, true),
                Step::Store(word, order) => (Some(word), order, Some(own), false),
                Step::Add(word, order) => (Some(word), order, None, true),
                Step::Exchange(word, ..) => (Some(word), Relaxed, Some(own), true),
                Step::Fence(order) => (None, order, None, false),
            };
            Event { thread, word, step: Some(step), order, writes, reads }
        })
    });
    initial.chain(of_threads).collect()
}

/// Each log that the axioms allow, and in how many executions.
fn by_the_axioms(program: &Program) -> BTreeMap<Logs, u64> {
    let events = events(program);
    let mut found = BTreeMap::new();
    choose_sources(&events, &mut vec![usize::MAX; events.len()], 0, &mut |events, from, values| {
        let orders = orders_of_writes(events, from);
        let consistent = orders.iter().filter(|order| is_consistent(events, from, order)).count();
        if consistent > 0 {
            let log = |thread| {
                let of = |event: &usize| events[*event].thread == thread && events[*event].reads;
                (0..events.len()).filter(of).map(|event| values[from[event]].unwrap()).collect()
            };
            *found.entry((0..program.len()).map(log).collect()).or_default() += consistent as u64;
        }
    });
    found
}

/// Calls `each` for each choice of a write for each read, with what the events write then.
fn choose_sources(
    events: &[Event],
    from: &mut Vec<usize>,
    event: usize,
    each: &mut impl FnMut(&[Event], &[usize], &[Option<u32>]),
) {
    if event < events.len() {
        if !events[event].reads {
            return choose_sources(events, from, event + 1, each);
        }
        for source in 0..events.len() {
            let may_write =
                |step| matches!(step, Step::Add(..) | Step::Store(..) | Step::Exchange(..));
            let of_word = events[source].word == events[event].word && source != event;
            if of_word && events[source].step.is_none_or(may_write) {
                from[event] = source;
                choose_sources(events, from, event + 1, each);
            }
        }
        return;
    }
    let mut reads_from = none(events.len());
    for (read, &source) in from.iter().enumerate().filter(|(_, source)| **source != usize::MAX) {
        reads_from[source] |= 1 << read;
    }
    if !is_acyclic(&union(&[&program_order(events), &reads_from])) {
        return;
    }
    // Without a cycle each value is known once those are that it depends on.
    let mut events = events.to_vec();
    let mut values: Vec<Option<u32>> =
        events.iter().map(|event| event.writes.filter(|_| !event.reads)).collect();
    for _ in 0..events.len() {
        for event in 0..events.len() {
            let Some(read) = values.get(from[event]).copied().flatten() else { continue };
            match events[event].step {
                Some(Step::Add(..)) => {
                    values[event] = Some(read + ADDED);
                    events[event].writes = Some(read + ADDED);
                }
                Some(Step::Exchange(_, expected, [success, failure])) => {
                    let writes = read == expected;
                    values[event] = events[event].writes.filter(|_| writes);
                    events[event].order = if writes { success } else { failure };
                }
                _ => {}
            }
        }
    }
    for (event, &value) in events.iter_mut().zip(&values) {
        event.writes = value;
    }
    // Nobody reads what is not written.
    if from.iter().all(|&source| source == usize::MAX || values[source].is_some()) {
        each(&events, from, &values);
    }
}

fn program_order(events: &[Event]) -> Relation {
    let all = vec![(1 << events.len()) - 1; events.len()];
    between(&all, |a, b| {
        a < b && (a < WORDS && b >= WORDS || events[a].thread == events[b].thread && a >= WORDS)
    })
}

/// Each order of each word's writes, the initial one first, as a relation. A read-modify-write
/// stands right behind what it has read.
fn orders_of_writes(events: &[Event], from: &[usize]) -> Vec<Relation> {
    fn extend(
        events: &[Event],
        from: &[usize],
        order: &[usize],
        word: usize,
        all: &mut Vec<Vec<usize>>,
    ) {
        let writes =
            |event: &usize| events[*event].word == Some(word) && events[*event].writes.is_some();
        let rest: Vec<usize> =
            (0..events.len()).filter(writes).filter(|event| !order.contains(event)).collect();
        if rest.is_empty() {
            all.push(order.to_vec());
        }
        for next in rest {
            if !events[next].reads || order.last() == Some(&from[next]) {
                extend(events, from, &[order, &[next]].concat(), word, all);
            }
        }
    }
    let mut all = vec![none(events.len())];
    for word in 0..WORDS {
        let mut orders = Vec::new();
        extend(events, from, &[word], word, &mut orders);
        let with = |known: &Relation, order: &Vec<usize>| {
            let mut relation = known.clone();
            for (place, &earlier) in order.iter().enumerate() {
                order[place + 1..].iter().for_each(|later| relation[earlier] |= 1 << later);
            }
            relation
        };
        all = all.iter().flat_map(|known| orders.iter().map(|one| with(known, one))).collect();
    }
    all
}

fn is_consistent(events: &[Event], from: &[usize], order: &Relation) -> bool {
    let count = events.len();
    let sb = program_order(events);
    let mut rf = none(count);
    let mut rb = none(count);
    // A read-modify-write is read by others, and has read: the two ends of a release sequence.
    let mut rmw = none(count);
    for read in (0..count).filter(|&event| events[event].reads) {
        rf[from[read]] |= 1 << read;
        rb[read] = order[from[read]] & !(1 << read);
        if events[read].writes.is_some() {
            rmw[from[read]] |= 1 << read;
        }
    }
    let same = |keep: &dyn Fn(usize) -> bool| -> Relation {
        (0..count).map(|a| if keep(a) { 1 << a } else { 0 }).collect()
    };
    let is_fence = |a: usize| events[a].is_fence();
    let eco = closure(&union(&[&rf, order, &rb]));
    let sequence = or_same(&closure(&rmw));
    let out = then(&then(&sequence, &rf), &same(&|a| events[a].reads));
    let before = or_same(&between(&sb, |a, _| is_fence(a)));
    let behind = or_same(&between(&sb, |_, b| is_fence(b)));
    let sw = then(&then(&before, &out), &behind);
    let sw = between(&sw, |a, b| events[a].releases() && events[b].acquires());
    let hb = closure(&union(&[&sb, &sw]));
    let coherent = (0..count).all(|a| then(&hb, &or_same(&eco))[a] >> a & 1 == 0);

    let same_word =
        |a: usize, b: usize| events[a].word.is_some() && events[a].word == events[b].word;
    let elsewhere = between(&sb, |a, b| !same_word(a, b));
    let scb = union(&[
        &sb,
        &then(&then(&elsewhere, &hb), &elsewhere),
        &between(&hb, same_word),
        order,
        &rb,
    ]);
    let sc = |a: usize| events[a].order == SeqCst;
    let starts = union(&[&same(&sc), &between(&or_same(&hb), |a, _| sc(a) && is_fence(a))]);
    let ends = union(&[&same(&sc), &between(&or_same(&hb), |_, b| sc(b) && is_fence(b))]);
    let base = then(&then(&starts, &scb), &ends);
    let fences = union(&[&hb, &then(&then(&hb, &eco), &hb)]);
    let fences = between(&fences, |a, b| [a, b].iter().all(|&one| sc(one) && is_fence(one)));
    coherent && is_acyclic(&union(&[&base, &fences]))
}

fn step() -> impl Strategy<Value = Step> {
    let word = || prop_oneof![3 => Just(0_usize), 2 => Just(1)];
    let loads = prop_oneof![Just(Relaxed), Just(Acquire), Just(SeqCst)];
    let stores = prop_oneof![Just(Relaxed), Just(Release), Just(SeqCst)];
    let both =
        || prop_oneof![Just(Relaxed), Just(Acquire), Just(Release), Just(AcqRel), Just(SeqCst)];
    let fences = prop_oneof![Just(Acquire), Just(Release), Just(AcqRel), Just(SeqCst)];
    let failures = prop_oneof![Just(Relaxed), Just(Acquire), Just(SeqCst)];
    let expected = prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(5), 1 => Just(ADDED)];
    prop_oneof![
        4 => (word(), loads).prop_map(|(word, order)| Step::Load(word, order)),
        4 => (word(), stores).prop_map(|(word, order)| Step::Store(word, order)),
        2 => (word(), both()).prop_map(|(word, order)| Step::Add(word, order)),
        2 => (word(), expected, both(), failures)
            .prop_map(|(word, expected, success, failure)| {
                Step::Exchange(word, expected, [success, failure])
            }),
        2 => fences.prop_map(Step::Fence),
    ]
}

fn program() -> impl Strategy<Value = Program> {
    let threads =
        |count, most| prop::collection::vec(prop::collection::vec(step(), 1..=most), count);
    prop_oneof![threads(2, 4), threads(3, 3), threads(4, 2)]
        .prop_filter("too many choices", |program| program.iter().map(Vec::len).sum::<usize>() <= 7)
}

fn agree(program: &Program) -> Result<(), TestCaseError> {
    let (searched, allowed) = (searched(program), by_the_axioms(program));
    prop_assert!(searched == allowed, "searched {searched:?}\nallowed {allowed:?}");
    Ok(())
}

#[test]
fn a_search_finds_each_execution_that_the_axioms_allow_and_no_other() {
    for_programs(300, agree);
}

/// Runs `check` for so many random programs, or for as many as the environment says.
fn for_programs(cases: u32, check: impl Fn(&Program) -> Result<(), TestCaseError>) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let result = TestRunner::new(config).run(&program(), |program| check(&program));
    result.unwrap_or_else(|disagreement| panic!("{disagreement}"));
}

/// Whether plain stores to one word are all by one thread.
fn has_one_storer_for_each_word(program: &Program) -> bool {
    let stores = |steps: &Vec<Step>, word| {
        steps.iter().any(|step| matches!(step, Step::Store(of, _) if *of == word))
    };
    (0..WORDS).all(|word| program.iter().filter(|steps| stores(steps, word)).count() <= 1)
}

#[test]
fn a_player_who_picks_values_comes_to_what_the_axioms_allow_and_to_nothing_else() {
    for_programs(150, |program| {
        let (played, allowed) = (played(program), by_the_axioms(program));
        let allowed: BTreeSet<Logs> = allowed.into_keys().collect();
        if has_one_storer_for_each_word(program) {
            prop_assert_eq!(played, allowed);
        } else {
            prop_assert!(played.is_subset(&allowed), "{played:?}\nallowed {allowed:?}");
        }
        Ok(())
    });
}

#[test]
fn the_axioms_say_of_store_buffering_what_the_literature_says() {
    let both_old = |orders: [Ordering; 2], fences: bool| {
        let side = |mine: usize| {
            let fence = fences.then_some(Step::Fence(SeqCst));
            let store = Step::Store(mine, orders[0]);
            [store].into_iter().chain(fence).chain([Step::Load(1 - mine, orders[1])]).collect()
        };
        let program = vec![side(0), side(1)];
        agree(&program).unwrap();
        by_the_axioms(&program).contains_key(&vec![vec![0], vec![0]])
    };
    assert!(both_old([Release, Acquire], false));
    assert!(!both_old([SeqCst, SeqCst], false));
    assert!(!both_old([Relaxed, Relaxed], true));
}
