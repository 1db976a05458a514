//! The answers to the exercises: wrong ones fail in the model, and right ones hold in every
//! execution.

mod barrier;
mod condition;
mod cycles;
mod deadlock;
mod event;
mod first;
mod form;
mod orderings;
mod pool;
mod queue;
mod rlock;
mod rwlock;
mod search;
mod semaphore;
mod timer;

use listings::{ENDINGS, endings, every_order, page, table};
use loom_platform::Outcome;

/// A row of a table that shows how a program ends.
type Row = [String; 3];

/// Searches a program, all of whose executions must return one of these.
fn always<O: Outcome>(
    name: &str,
    program: impl Fn() -> O + Send + Sync + 'static,
    right: &[O],
) -> Vec<Row> {
    let exploration = every_order(program);
    let holds = exploration.returned().all(|(outcome, _)| right.contains(outcome));
    assert!(holds && exploration.failures().count() == 0, "{name}: {:?}", exploration.outcomes);
    endings(name, &exploration)
}

/// Searches a program, some of whose executions must return something else, or nothing.
fn not_always<O: Outcome>(
    name: &str,
    program: impl Fn() -> O + Send + Sync + 'static,
    right: &[O],
) -> Vec<Row> {
    let exploration = every_order(program);
    let holds = exploration.returned().all(|(outcome, _)| right.contains(outcome));
    assert!(!holds || exploration.failures().count() > 0, "{name} is right");
    endings(name, &exploration)
}

fn show(name: &str, rows: impl IntoIterator<Item = Vec<Row>>) {
    page(&format!("exercise-{name}.md"), &table(ENDINGS, rows.into_iter().flatten()));
}
