//! What the chapter on threads says of the standard library's, and the answers to its exercises.

use listings::ch00_threads::exercises::{
    booked, booked_and_failed, counted, counted_in_time, joined_by_each_other, joined_one_way,
    noted,
};
use listings::ch00_threads::s1_std::{sum_beside, sum_in_halves};
use listings::{ENDINGS, endings, every_order, page, stuck, table, told};
use loom_platform::{Ending, Outcome, step};
use primitives::Thread;

#[test]
fn a_sum_is_the_same_whichever_threads_add_it_up() {
    let numbers: Vec<u32> = (0..1000).collect();
    assert_eq!(sum_in_halves(&numbers), 499_500);
    assert_eq!(sum_beside(numbers), 499_500);
}

/// The rows of programs, each of which must return one of these in every execution.
fn always<O: Outcome>(name: &str, program: fn() -> O, right: &[O]) -> Vec<[String; 3]> {
    let exploration = every_order(program);
    assert_eq!(exploration.failures().count(), 0, "{name}");
    let mut returned = exploration.returned();
    assert!(returned.all(|(outcome, _)| right.contains(outcome)), "{name}");
    assert_eq!(exploration.returned().count(), right.len(), "{name}");
    endings(name, &exploration)
}

fn show(name: &str, rows: impl IntoIterator<Item = Vec<[String; 3]>>) {
    page(&format!("exercise-{name}.md"), &table(ENDINGS, rows.into_iter().flatten()));
}

#[test]
fn the_order_of_joins_is_not_the_order_in_which_threads_work() {
    let orders = [["Ann", "Ben"], ["Ben", "Ann"]].map(|names| names.map(str::to_owned).to_vec());
    show("thread-noted", [always("`noted`", noted, &orders)]);
}

#[test]
fn a_thread_that_was_not_waited_for_to_its_end_may_be_at_any_point() {
    show(
        "thread-counted",
        [
            always("`counted`", counted, &[0, 1, 2]),
            always("`counted_in_time`", counted_in_time, &[None, Some(2)]),
        ],
    );
}

#[test]
fn two_threads_that_join_each_other_wait_for_ever_and_each_is_told_to_wait_for_the_other() {
    let exploration = every_order(joined_by_each_other);
    assert_eq!(stuck(&exploration), exploration.executions);
    let one = exploration.failures().next().expect("they wait");
    let Ending::Stuck(waiting) = &one.ending else { panic!("{one}") };
    let waits_for: Vec<&str> = waiting.iter().map(|one| &*one.waits_for).collect();
    assert_eq!(waits_for, ["thread Ann", "thread MainThread"]);
    page("thread-each-other-stuck.txt", &told(one));
    show(
        "thread-each-other",
        [
            endings("`joined_by_each_other`", &exploration),
            always("`joined_one_way`", joined_one_way, &[()]),
        ],
    );
}

/// Ann is started and joined.
fn started_and_joined() {
    Thread::run_main(|| {
        let ann = Thread::named("Ann", || step("is in her function"));
        ann.start().unwrap();
        ann.join().unwrap();
        step("has joined Ann");
    });
}

#[test]
fn the_word_of_a_thread_goes_from_new_to_dead() {
    let exploration = every_order(started_and_joined);
    let mut trace = exploration.outcomes[0].trace.clone();
    // Locks have numbers in their words.
    let is_change = |text: &str| text.contains('→') && !text.contains(['0', '1']);
    trace.moves.retain(|one| one.is_step || is_change(&one.text));
    let changes = trace.moves.iter().filter(|one| !one.is_step);
    let changes: Vec<&str> =
        changes.filter_map(|one| Some(one.text.split_once(": ")?.1)).take(3).collect();
    assert_eq!(changes, ["new → ready", "ready → running", "running → dead"]);
    page("thread-word.txt", &trace.operations());
}

#[test]
fn a_panic_in_a_thread_is_noticed_by_whoever_looks_how_it_ended() {
    show(
        "thread-booked",
        [
            always("`booked`", booked, &[5]),
            always("`booked_and_failed`", booked_and_failed, &[(5, 1)]),
        ],
    );
}
