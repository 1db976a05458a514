//! The exercises of the chapter on futures and pools.

use super::{always, not_always, show};
use listings::ch20_pool::exercises::{
    done_when_the_first_is, failed_with, holders, noted, noted_from_the_argument,
};
use listings::{endings, every_order, few_preemptions, page, returned, table};

#[test]
fn a_wait_for_the_first_gives_back_all_that_have_ended() {
    let exploration = every_order(done_when_the_first_is);
    assert_eq!(returned(&exploration), [1, 2]);
    show("first", [endings("`done_when_the_first_is`", &exploration)]);
}

#[test]
fn two_tasks_that_wait_for_parts_need_a_third_worker_bounded() {
    let rows = [(2, &[0, 1][..]), (3, &[0])].map(|(workers, expected)| {
        let exploration = few_preemptions(1, move || failed_with(workers));
        let failed = returned(&exploration);
        assert_eq!(failed, expected, "{workers} workers");
        let failed = failed.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
        [workers.to_string(), exploration.to_string(), failed]
    });
    page("exercise-parts.md", &table(["workers", "search", "tasks that fail"], rows));
}

#[test]
fn a_callback_that_asks_its_own_future_waits_for_itself() {
    show(
        "callback",
        [
            not_always("`noted`", noted, &[7]),
            always("`noted_from_the_argument`", noted_from_the_argument, &[7]),
        ],
    );
}

#[test]
fn a_cancelled_task_keeps_what_it_holds_until_a_worker_comes_to_it_bounded() {
    let exploration = few_preemptions(1, holders);
    assert_eq!(returned(&exploration), [[2, 1]]);
    show("holders", [endings("`holders`", &exploration)]);
}
