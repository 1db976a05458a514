//! Not only how executions end: the very executions. Two that end alike may differ, and a search
//! that loses one of them would not be noticed by its outcome.
//!
//! What makes an execution is what each thread did, which write each read has read, in which order
//! each word was written, and in which order threads came into its queue and left it. Here every
//! interleaving of a program is tried, and the set of executions that come of it is compared with
//! the set that the search has run.
//!
//! In an interleaving each read finds the newest value. A search also knows executions in which a
//! load, a wait's look at its word, or an exchange that fails finds an older one, and which no
//! interleaving is. Those are left out of the comparison: what is left are the executions whose
//! steps can be put in one order, with each read after what it reads and before what replaced that.

use super::{Program, Step, WORDS, operation, program_of, run};
use loom_platform::{Deed, Explorer, Judge, Shape};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A thread, and a place among its deeds.
type Place = (usize, usize);

/// A moment between two steps, with all that was done before it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Moment {
    shape: Shape,
    /// The words and their queues, as the shape counts them.
    values: [u64; 2 * WORDS],
    threads: Vec<Thread>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Thread {
    /// It has been started.
    runs: bool,
    /// It sleeps in the wait that is its next step.
    sleeps: bool,
    next: usize,
    spurious_wakeups: u32,
}

fn sleepers(queue: u64) -> Vec<usize> {
    (0..16).map(|place| (queue >> (4 * place) & 15) as usize).take_while(|&one| one > 0).collect()
}

fn queue(sleepers: &[usize]) -> u64 {
    sleepers.iter().rev().fold(0, |queue, &one| queue << 4 | one as u64)
}

impl Moment {
    fn new(program: &Program) -> Self {
        let thread = |id| Thread {
            runs: id == 0,
            sleeps: false,
            next: 0,
            spurious_wakeups: program.spurious_wakeups,
        };
        let threads: Vec<Thread> = (0..program.threads.len()).map(thread).collect();
        let shape =
            Shape { threads: vec![Vec::new(); threads.len()], writes: vec![Vec::new(); 2 * WORDS] };
        Self { shape, values: [0; 2 * WORDS], threads }
    }

    fn read(&mut self, id: usize, location: usize, way: usize) -> u64 {
        let from = self.shape.writes[location].last().copied();
        self.shape.threads[id].push(Deed::Read { location, from, way });
        self.values[location]
    }

    fn write(&mut self, id: usize, location: usize, value: u64) {
        self.shape.writes[location].push((id, self.shape.threads[id].len()));
        self.shape.threads[id].push(Deed::Write { location, value });
        self.values[location] = value;
    }

    fn has_ended(&self, program: &Program, id: usize) -> bool {
        self.threads[id].runs && self.threads[id].next == program.threads[id].len()
    }

    /// The moments after one more step of a thread, one for each way in which it can go.
    fn after(&self, program: &Program, id: usize) -> Vec<Self> {
        let me = &self.threads[id];
        let Some(&step) = program.threads[id].get(me.next).filter(|_| me.runs) else {
            return Vec::new();
        };
        let ways = match step {
            Step::Wait(..) | Step::WaitUntil(..) if me.sleeps => {
                let timed = matches!(step, Step::WaitUntil(..));
                usize::from(timed) + usize::from(me.spurious_wakeups > 0)
            }
            Step::WakeOne(word) => sleepers(self.values[2 * word + 1]).len().max(1),
            Step::Join(other) => usize::from(self.has_ended(program, other)),
            _ => 1,
        };
        (0..ways).map(|way| self.after_in_one_way(program, id, step, way)).collect()
    }

    fn after_in_one_way(&self, program: &Program, id: usize, step: Step, way: usize) -> Self {
        let mut moment = self.clone();
        match step {
            Step::Load(word) => _ = moment.read(id, 2 * word, 0),
            Step::Store(word, value) => moment.write(id, 2 * word, value.into()),
            Step::Add(word, value) => {
                let found = moment.read(id, 2 * word, 0) as u32;
                moment.write(id, 2 * word, found.wrapping_add(value).into());
            }
            Step::Exchange(word, current, new) => {
                if moment.read(id, 2 * word, 0) == u64::from(current) {
                    moment.write(id, 2 * word, new.into());
                }
            }
            Step::Wait(word, _) | Step::WaitUntil(word, _) if self.threads[id].sleeps => {
                // The time limit is the first reason to leave, if there is one.
                if !matches!(step, Step::WaitUntil(..)) || way > 0 {
                    moment.threads[id].spurious_wakeups -= 1;
                }
                moment.threads[id].sleeps = false;
                let mut left = sleepers(moment.read(id, 2 * word + 1, way));
                left.retain(|&one| one != id + 1);
                moment.write(id, 2 * word + 1, queue(&left));
            }
            Step::Wait(word, expected) | Step::WaitUntil(word, expected) => {
                if moment.read(id, 2 * word, 0) == u64::from(expected) {
                    let mut joined = sleepers(moment.read(id, 2 * word + 1, 0));
                    joined.push(id + 1);
                    moment.write(id, 2 * word + 1, queue(&joined));
                    moment.threads[id].sleeps = true;
                    // The wait is not over.
                    return moment;
                }
            }
            Step::WakeOne(word) | Step::WakeAll(word) => {
                let mut left = sleepers(moment.read(id, 2 * word + 1, way));
                if !left.is_empty() {
                    let woken = match step {
                        Step::WakeOne(_) => vec![left.remove(way)],
                        _ => std::mem::take(&mut left),
                    };
                    moment.write(id, 2 * word + 1, queue(&left));
                    for woken in woken {
                        // It finds that it is out of the queue, whatever comes into it later.
                        moment.read(woken - 1, 2 * word + 1, 0);
                        moment.threads[woken - 1].sleeps = false;
                        moment.go_on(program, woken - 1);
                    }
                }
            }
            Step::Spawn(other) => {
                moment.shape.threads[id].push(Deed::Fence);
                moment.threads[other].runs = true;
                moment.end(program, other);
            }
            Step::Join(_) => {}
            Step::Await(..) | Step::Lock(_) | Step::Unlock(_) => {
                unreachable!("these programs have no locks")
            }
        }
        moment.go_on(program, id);
        moment
    }

    fn go_on(&mut self, program: &Program, id: usize) {
        self.threads[id].next += 1;
        self.end(program, id);
    }

    /// Notes its end, if it has come.
    fn end(&mut self, program: &Program, id: usize) {
        if self.has_ended(program, id) {
            self.shape.threads[id].push(Deed::Fence);
        }
    }
}

fn brute_force(program: &Program) -> HashSet<Shape> {
    let (mut shapes, mut seen) = (HashSet::new(), HashSet::new());
    let mut to_do = vec![Moment::new(program)];
    while let Some(moment) = to_do.pop() {
        let mut is_last = true;
        for id in 0..program.threads.len() {
            for next in moment.after(program, id) {
                is_last = false;
                if seen.insert(next.clone()) {
                    to_do.push(next);
                }
            }
        }
        if is_last {
            shapes.insert(moment.shape);
        }
    }
    shapes
}

/// What the search has run, each once.
fn searched(program: &Program) -> Result<HashSet<Shape>, TestCaseError> {
    let threads = program.threads.len();
    let explorer = Explorer::new().spurious_wakeups(program.spurious_wakeups).keep_shapes();
    let program = Arc::new(program.clone());
    let exploration = explorer.explore(move || {
        let words = super::Words::new(Default::default());
        run(&program, &words, 0)
    });
    prop_assert!(exploration.exhaustive);
    prop_assert_eq!(exploration.blocked, 0);
    let shapes = exploration.shapes.into_iter().map(|mut shape| {
        // Of a thread that was never started it does not know.
        shape.threads.resize(threads, Vec::new());
        shape
    });
    let shapes: HashSet<Shape> = shapes.collect();
    prop_assert_eq!(shapes.len() as u64, exploration.executions);
    Ok(shapes)
}

/// Whether the steps of the execution can be put in one order in which reads find the newest value.
fn is_interleaving(program: &Program, shape: &Shape) -> bool {
    let mut steps = Steps::default();
    for id in 0..program.threads.len() {
        steps.of_thread(program, shape, id);
    }
    for (id, deeds) in shape.threads.iter().enumerate() {
        for (place, deed) in deeds.iter().enumerate() {
            let Deed::Read { location, from, .. } = *deed else { continue };
            let read = (id, place);
            let writes = &shape.writes[location];
            let replaced = from.map_or(0, |from| {
                steps.before(from, read);
                1 + writes.iter().position(|&write| write == from).expect("what is read is there")
            });
            if let Some(&later) = writes.get(replaced).filter(|_| !steps.woken.contains(&read)) {
                steps.before(read, later);
            }
        }
    }
    for order in &shape.writes {
        order.windows(2).for_each(|pair| steps.before(pair[0], pair[1]));
    }
    steps.can_be_put_in_order()
}

/// The steps of an execution, and which of them come before which.
#[derive(Default)]
struct Steps {
    /// To which step a deed belongs: to that of this deed.
    of: BTreeMap<Place, Place>,
    before: HashSet<(Place, Place)>,
    /// The reads by which sleepers learn that they were woken. What comes into the queue later is
    /// nothing to them.
    woken: HashSet<Place>,
}

impl Steps {
    fn before(&mut self, earlier: Place, later: Place) {
        let steps = [earlier, later].map(|deed| self.of.get(&deed).copied().unwrap_or(deed));
        if steps[0] != steps[1] {
            self.before.insert((steps[0], steps[1]));
        }
    }

    /// Notes which deeds of the thread make one step, and what its steps come after.
    fn of_thread(&mut self, program: &Program, shape: &Shape, id: usize) {
        let deeds = &shape.threads[id];
        let writes = |place: usize, location: usize| match deeds.get(place) {
            Some(Deed::Write { location: it, .. }) => *it == location,
            _ => false,
        };
        let finds = |place: usize, value: u32| match deeds[place] {
            Deed::Read { from: None, .. } => value == 0,
            Deed::Read { from: Some((thread, place)), .. } => {
                let write = shape.threads[thread][place];
                matches!(write, Deed::Write { value: it, .. } if it == u64::from(value))
            }
            _ => false,
        };
        let mut place = 0;
        let mut steps = program.threads[id].iter();
        let mut joined = Vec::new();
        while place < deeds.len() {
            let step = steps.next();
            if let Some(&Step::Join(other)) = step {
                joined.push((other, shape.threads[other].len() - 1));
                continue;
            }
            let begins = place;
            // The deeds of a step, up to a sleep.
            place += match step {
                Some(&(Step::Wait(_, expected) | Step::WaitUntil(_, expected)))
                    if finds(begins, expected) =>
                {
                    3
                }
                Some(Step::Add(..)) => 2,
                Some(&Step::Exchange(_, current, _)) if finds(begins, current) => 2,
                Some(&(Step::WakeOne(word) | Step::WakeAll(word)))
                    if writes(begins + 1, 2 * word + 1) =>
                {
                    2
                }
                Some(&Step::Spawn(other)) => {
                    if !shape.threads[other].is_empty() {
                        self.before((id, begins), (other, 0));
                    }
                    1
                }
                _ => 1,
            };
            self.is_step(id, begins, place, &mut joined);
            if place == begins + 3 && place < deeds.len() {
                let Some(&(Step::Wait(word, _) | Step::WaitUntil(word, _))) = step else {
                    unreachable!("only a wait has three deeds")
                };
                // How the sleep has ended.
                let begins = place;
                place += 1;
                if writes(place, 2 * word + 1) {
                    place += 1;
                } else {
                    self.woken.insert((id, begins));
                }
                self.is_step(id, begins, place, &mut joined);
            }
        }
    }

    fn is_step(&mut self, id: usize, begins: usize, ends: usize, joined: &mut Vec<Place>) {
        (begins..ends).for_each(|place| _ = self.of.insert((id, place), (id, begins)));
        if let Some(last) = begins.checked_sub(1) {
            self.before((id, last), (id, begins));
        }
        joined.drain(..).for_each(|end| _ = self.before.insert((end, (id, begins))));
    }

    fn can_be_put_in_order(&self) -> bool {
        let mut left: HashSet<Place> = self.of.values().copied().collect();
        loop {
            let comes_first = |step: &Place| {
                !self.before.iter().any(|(earlier, later)| later == step && left.contains(earlier))
            };
            let first: Vec<Place> = left.iter().copied().filter(comes_first).collect();
            if first.is_empty() {
                return left.is_empty();
            }
            first.iter().for_each(|step| _ = left.remove(step));
        }
    }
}

/// The search has run each execution that an interleaving is, and, with old values left out, no
/// other.
fn agree(program: &Program) -> Result<(), TestCaseError> {
    let (searched, brute_force) = (searched(program)?, brute_force(program));
    let in_turn: HashSet<&Shape> =
        searched.iter().filter(|shape| is_interleaving(program, shape)).collect();
    let missed = brute_force.iter().find(|shape| !in_turn.contains(shape));
    let invented = in_turn.iter().find(|shape| !brute_force.contains(**shape));
    prop_assert!(
        missed.is_none() && invented.is_none(),
        "{} by brute force, {} by the search\nmissed {missed:#?}\ninvented {invented:#?}",
        brute_force.len(),
        in_turn.len()
    );
    Ok(())
}

/// Small enough for every partial execution of each to be kept.
fn program(plain: u32) -> impl Strategy<Value = Program> {
    let threads = move |count, most| {
        let steps = prop::collection::vec(operation(plain), most);
        prop::collection::vec(steps, count)
    };
    let own = prop::collection::vec((any::<prop::sample::Index>(), operation(plain)), 0..=1);
    let programs = program_of(prop_oneof![threads(2, 3), threads(3, 2)], own);
    // Words are read at the end to tell outcomes apart, which is not needed here.
    programs.prop_map(|program| Program { reads_the_end: false, ..program })
}

fn random_programs_agree(cases: u32, plain: u32) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let result = TestRunner::new(config).run(&program(plain), |program| agree(&program));
    result.unwrap_or_else(|disagreement| panic!("{disagreement}"));
}

#[test]
fn a_search_runs_exactly_the_executions_that_trying_every_interleaving_meets() {
    random_programs_agree(2_000, 0);
}

#[test]
fn with_plain_loads_and_stores_it_runs_them_all_too() {
    random_programs_agree(1_000, 5);
}

#[test]
fn many_of_these_programs_have_executions_that_end_alike_and_many_read_old_values() {
    const CASES: u32 = 200;
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..CASES {
        let program = program(5).new_tree(&mut runner).expect("a program").current();
        let shapes = searched(&program).unwrap();
        let in_turn = shapes.iter().filter(|shape| is_interleaving(&program, shape)).count();
        let outcomes = super::brute_force(&program, Judge::Own).len();
        let are = [in_turn > 10, outcomes < in_turn, in_turn < shapes.len()];
        counts.iter_mut().zip(are).for_each(|(count, is)| *count += u32::from(is));
    }
    assert!(counts.iter().all(|&count| count > CASES / 10), "{counts:?}");
}
