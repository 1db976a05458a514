//! The exercises of the chapter on the search.

use super::show;
use listings::ch15_search::exercises::{
    add_locked_apart, both_read, both_write, each_writes_its_own, knock, one_writes,
    released_message,
};
use listings::ch15_search::s1_programs::{add, message};
use listings::{endings, every_order, few_preemptions, page, returned, stuck, table};

#[test]
fn two_operations_make_two_executions_if_one_writes_what_the_other_uses() {
    let programs: [(&str, fn(), u64); 4] = [
        ("`both_read`", both_read, 1),
        ("`one_writes`", one_writes, 2),
        ("`both_write`", both_write, 2),
        ("`each_writes_its_own`", each_writes_its_own, 1),
    ];
    let rows = programs.map(|(name, program, expected)| {
        let exploration = every_order(program);
        assert_eq!(exploration.executions, expected, "{name}");
        [name.to_owned(), expected.to_string()]
    });
    page("exercise-pairs.md", &table(["program", "executions"], rows));
}

#[test]
fn a_released_flag_has_one_branch_less() {
    let (relaxed, released) = (every_order(message), every_order(released_message));
    assert_eq!((relaxed.executions, released.executions), (4, 3));
    assert!(!returned(&released).contains(&[1, 0]));
    show("released", [endings("`message`", &relaxed), endings("`released_message`", &released)]);
}

#[test]
fn a_wake_that_changes_nothing_comes_before_the_sleep_or_after_it() {
    let exploration = every_order(knock);
    assert_eq!((exploration.executions, stuck(&exploration)), (2, 1));
    show("knock", [endings("`knock`", &exploration)]);
}

#[test]
fn a_lost_count_needs_one_interruption_or_an_old_value() {
    let counted = |most: usize, program: fn() -> u32| {
        let counted = returned(&few_preemptions(most, program));
        counted.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
    };
    let rows = [0, 1].map(|most| {
        [most.to_string(), counted(most, add_locked_apart), counted(most, || add(2, 1))]
    });
    assert_eq!([&rows[0][1], &rows[1][1], &rows[0][2]], ["2", "1, 2", "1, 2"]);
    let head = ["interruptions at most", "`add_locked_apart` returns", "`add(2, 1)` returns"];
    page("exercise-interruptions.md", &table(head, rows));
}
