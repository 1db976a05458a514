//! The exercises of the chapter on deadlock.

use super::{always, not_always, show};
use listings::ch05_deadlock::cycles::{
    Accounts, both_add, both_add_and_let_go, cat_takes_a_first, cat_takes_c_first,
    cat_takes_c_first_inside,
};
use listings::{every_order, page, stuck, told};

/// What the two accounts have after one transfer.
fn after(transfer: fn(&Accounts, usize, usize), from: usize, to: usize) -> [i64; 2] {
    let accounts = Accounts::default();
    transfer(&accounts, from, to);
    accounts.into_inner()
}

#[test]
fn a_transfer_to_the_same_account_waits_for_itself_in_whatever_order_the_locks_are_taken() {
    let mended = Accounts::transfer_to_another;
    let rows = [
        not_always("`transfer`", || after(Accounts::transfer, 1, 1), &[[100; 2]]),
        always("`transfer_to_another`", move || after(mended, 1, 1), &[[100; 2]]),
    ];
    show("itself", rows);
    always("`transfer_to_another`", move || after(mended, 1, 0), &[[110, 90]]);
}

#[test]
fn a_join_with_a_lock_in_hand_that_the_other_needs_is_a_cycle() {
    let held = every_order(both_add);
    assert!(stuck(&held) > 0);
    page("exercise-joined.txt", &told(held.failures().next().expect("two that wait")));
    let rows = [
        not_always("`both_add`", both_add, &[2]),
        always("`both_add_and_let_go`", both_add_and_let_go, &[2]),
    ];
    show("joined", rows);
}

#[test]
fn three_threads_are_stuck_only_if_the_order_of_their_locks_goes_round() {
    let rows = [
        always("`cat_takes_a_first`", cat_takes_a_first, &[()]),
        not_always("`cat_takes_c_first`", cat_takes_c_first, &[()]),
    ];
    show("three", rows);
}

#[test]
fn whoever_takes_locks_in_any_order_inside_a_gate_is_in_no_cycle() {
    show("gate", [always("`cat_takes_c_first_inside`", cat_takes_c_first_inside, &[()])]);
}
