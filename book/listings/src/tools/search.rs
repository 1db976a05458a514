//! The searches behind the tables of the book.

use loom_platform::{Ending, Exploration, Explorer, Outcome, explore};

/// Every order.
#[track_caller]
pub fn every_order<O: Outcome>(program: impl Fn() -> O + Send + Sync + 'static) -> Exploration<O> {
    let exploration = explore(program);
    assert!(exploration.exhaustive, "{exploration}");
    exploration
}

/// The orders in which threads are interrupted `most` times at most, where every order takes too
/// long for a page.
#[track_caller]
pub fn few_preemptions<O: Outcome>(
    most: usize,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    let exploration = Explorer::new().preemptions(most).explore(program);
    assert!(exploration.finished, "{exploration}");
    exploration
}

/// In how many executions nobody can go on. No thread may panic.
#[track_caller]
pub fn stuck<O: Outcome>(exploration: &Exploration<O>) -> u64 {
    let stuck = exploration.failures().map(|found| {
        assert!(matches!(found.ending, Ending::Stuck(_)), "{found}");
        found.executions
    });
    stuck.sum()
}

/// All that the program can return, in order. No thread may panic or get stuck.
#[track_caller]
pub fn returned<O: Outcome + Ord>(exploration: &Exploration<O>) -> Vec<O> {
    assert_eq!(exploration.failures().count(), 0, "{exploration}");
    let mut outcomes: Vec<O> = exploration.returned().map(|(outcome, _)| outcome.clone()).collect();
    outcomes.sort();
    outcomes
}
