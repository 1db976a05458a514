//! Of executions that differ only in which of several threads that do the same did what, the search
//! runs one at least. Here random programs are searched twice: with threads that are said to be
//! alike, and with as many that are not. If two executions count as one where such threads have
//! changed places, both searches have run the same.

use super::{Log, Program, Step, Words, operation, run};
use loom_platform::{Deed, Explorer, Shape, thread};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Threads 1 and on are alike, but for the last where there is another one.
#[derive(Clone, Debug)]
struct Twins {
    count: usize,
    steps: Vec<Step>,
    /// What the main thread does meanwhile.
    own: Vec<Step>,
    other: Option<Vec<Step>>,
    spurious_wakeups: u32,
}

impl Twins {
    fn strategy(plain: u32) -> impl Strategy<Value = Self> {
        let steps = move |most| prop::collection::vec(operation(plain), 1..=most);
        let own = move || prop::collection::vec(operation(plain), 0..=1);
        let of = move |count, most| {
            let other = prop::option::of(steps(1));
            (Just(count), steps(most), own(), other, 0..=1u32)
        };
        prop_oneof![of(2, 3), of(3, 1), of(3, 2)].prop_map(
            |(count, steps, own, other, spurious_wakeups)| {
                let other = other.filter(|_| count == 2);
                Self { count, steps, own, other, spurious_wakeups }
            },
        )
    }

    /// As [`run`] wants it: the main thread's steps, those of each of the twins, the other's.
    fn program(&self) -> Arc<Program> {
        let threads =
            [self.own.clone(), self.steps.clone(), self.other.clone().unwrap_or_default()];
        let spurious_wakeups = self.spurious_wakeups;
        Arc::new(Program { threads: threads.to_vec(), spurious_wakeups, reads_the_end: false })
    }

    /// All executions, and how many the search has run.
    fn executions(&self, alike: bool) -> Result<(BTreeSet<Shape>, u64), TestCaseError> {
        let (program, count, has_other) = (self.program(), self.count, self.other.is_some());
        let explorer = Explorer::new().spurious_wakeups(self.spurious_wakeups).keep_shapes();
        let found = explorer.count_different().explore(move || {
            let words = Words::new(Default::default());
            let body = |id| {
                let (program, words) = (program.clone(), words.clone());
                move || run(&program, &words, id).0
            };
            let mut logs: Vec<Log> = if alike {
                let twin = body(1);
                let twins = thread::spawn_alike(count, "twin", move |_| twin());
                let other = has_other.then(|| thread::spawn("other", body(2)));
                run(&program, &words, 0);
                let logs = twins.join();
                _ = other.map(|other| other.join().unwrap());
                logs
            } else {
                let twins: Vec<_> = (0..count).map(|_| thread::spawn("twin", body(1))).collect();
                let other = has_other.then(|| thread::spawn("other", body(2)));
                run(&program, &words, 0);
                let logs = twins.into_iter().map(|twin| twin.join().unwrap()).collect();
                _ = other.map(|other| other.join().unwrap());
                logs
            };
            logs.sort();
            logs
        });
        prop_assert!(found.exhaustive);
        prop_assert_eq!(found.different, Some(found.executions));
        let shapes = found.shapes.iter().map(|shape| self.canonical(shape)).collect();
        Ok((shapes, found.executions))
    }

    /// The least of all that the execution is if twins change places.
    fn canonical(&self, shape: &Shape) -> Shape {
        let places = permutations(self.count);
        places.iter().map(|places| renamed(shape, places)).min().expect("there is one")
    }
}

/// All orders of the numbers from 1 to `count`.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    (1..=count).fold(vec![Vec::new()], |shorter, next| {
        let with_next = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, next);
                longer
            })
        };
        shorter.iter().flat_map(with_next).collect()
    })
}

/// The execution with other numbers for the threads 1 and on.
fn renamed(shape: &Shape, places: &[usize]) -> Shape {
    let of = |thread: usize| {
        if (1..=places.len()).contains(&thread) { places[thread - 1] } else { thread }
    };
    let of_place = |(thread, index): (usize, usize)| (of(thread), index);
    // A queue's value is a list of threads, each one more than its number, in four bits.
    let of_queue = |queue: u64| {
        let sleepers = (0..16).map(|place| (queue >> (4 * place) & 15) as usize);
        let sleepers = sleepers.take_while(|&one| one > 0).enumerate();
        sleepers.fold(0, |queue, (place, one)| queue | (of(one - 1) as u64 + 1) << (4 * place))
    };
    let mut threads = vec![Vec::new(); shape.threads.len()];
    for (thread, deeds) in shape.threads.iter().enumerate() {
        let deeds = deeds.iter().map(|deed| match *deed {
            Deed::Read { location, from, way } => {
                Deed::Read { location, from: from.map(of_place), way }
            }
            Deed::Write { location, value } if location % 2 == 1 => {
                Deed::Write { location, value: of_queue(value) }
            }
            deed => deed,
        });
        threads[of(thread)] = deeds.collect();
    }
    let places = |writes: &Vec<_>| writes.iter().copied().map(of_place).collect();
    Shape { threads, writes: shape.writes.iter().map(places).collect() }
}

/// How many executions the two searches have run, of so many random programs: first the one that
/// tells twins apart.
fn both_searches_agree(cases: u32, plain: u32) -> [u64; 2] {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let counts = [const { AtomicU64::new(0) }; 2];
    let result = TestRunner::new(config).run(&Twins::strategy(plain), |twins| {
        let (one_by_one, alike) = (twins.executions(false)?, twins.executions(true)?);
        prop_assert_eq!(one_by_one.0, alike.0);
        counts[0].fetch_add(one_by_one.1, Relaxed);
        counts[1].fetch_add(alike.1, Relaxed);
        Ok(())
    });
    result.unwrap_or_else(|disagreement| panic!("{disagreement}"));
    counts.map(AtomicU64::into_inner)
}

#[test]
fn threads_that_are_alike_are_searched_as_others_but_for_their_changing_places() {
    let [all, fewer] = both_searches_agree(40, 0);
    assert!(fewer < all, "{fewer} of {all}");
}

#[test]
fn with_plain_loads_and_stores_too() {
    let [all, fewer] = both_searches_agree(20, 3);
    // Of few programs it may be that none has twins that can be told apart.
    assert!(fewer <= all, "{fewer} of {all}");
}
