//! The answers to the exercises on the scheduler.

use listings::ch19_scheduler::exercises::{alarm, breakfast, may_be_left, nothing_is_left, times};
use listings::{ENDINGS, endings, every_order, page, returned, table};

#[test]
fn what_is_entered_runs_by_time_then_by_priority_then_by_arrival() {
    let exploration = every_order(breakfast);
    assert_eq!(returned(&exploration), [["toast", "tea", "jam", "egg"]]);
    page("exercise-scheduler-order.md", &table(ENDINGS, endings("`breakfast`", &exploration)));
}

#[test]
fn what_is_entered_by_the_time_that_it_took_drifts_and_by_the_time_that_was_due_does_not() {
    let drifts = every_order(|| times(false));
    let steady = every_order(|| times(true));
    assert_eq!(returned(&drifts), [[0, 70, 140, 210]]);
    assert_eq!(returned(&steady), [[0, 60, 120, 180]]);
    let rows =
        [endings("`rings_and_drifts`", &drifts), endings("`rings_steadily`", &steady)].concat();
    page("exercise-scheduler-drift.md", &table(ENDINGS, rows));
}

#[test]
fn an_alarm_rings_or_is_cancelled_in_time_never_both_and_never_neither() {
    let exploration = every_order(alarm);
    assert_eq!(returned(&exploration), [(false, true), (true, false)]);
    page("exercise-scheduler-alarm.md", &table(ENDINGS, endings("`alarm`", &exploration)));
}

#[test]
fn a_run_that_finds_nothing_ends_and_leaves_what_is_entered_later() {
    let left = every_order(may_be_left);
    assert_eq!(returned(&left), [false, true]);
    let first = every_order(nothing_is_left);
    assert_eq!(returned(&first), [true]);
    let rows = [endings("`may_be_left`", &left), endings("`nothing_is_left`", &first)].concat();
    page("exercise-scheduler-empty.md", &table(ENDINGS, rows));
}
