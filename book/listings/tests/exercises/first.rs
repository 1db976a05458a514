//! The exercises of the chapters on the counter, the withdrawal and the lock.

use super::{always, not_always, show};
use listings::ch01_to_ch03::exercises::{
    Accounts, a_guard_with_and_without_a_name, add_in_one_line, add_in_place, add_in_two_lines,
    asked, average_of_two_atomics, average_under_a_lock, counted, counted_thrice, draw_all,
    draw_all_in_two_lines, draw_and_give_back, draw_if_unchanged, drawn, drawn_under_a_lock,
    emptied, largest, left_after_one, left_after_two, note_if_larger, note_largest, sell_in_if,
    sell_in_if_let, sell_in_match, sell_in_while_let, sell_with_one_guard,
};
use listings::ch03_lock::exercises::{Word, in_time, locked_and_unlocked, tried, tried_beside_two};
use listings::{endings, every_order, page, told_in_full};
use loom_platform::Ending;
use primitives::Lock;
use primitives::platform::atomic::{AtomicI64, Ordering::Relaxed};

#[test]
fn of_three_ways_to_add_one_under_a_lock_one_loses_counts_and_one_locks_itself_out() {
    let stuck = every_order(|| counted(add_in_one_line));
    assert_eq!(stuck.returned().count(), 0);
    show(
        "add",
        [
            always("`add_in_place`", || counted(add_in_place), &[2]),
            not_always("`add_in_two_lines`", || counted(add_in_two_lines), &[2]),
            endings("`add_in_one_line`", &stuck),
        ],
    );
}

#[test]
fn a_guard_in_a_match_lives_through_its_arms_and_one_in_the_condition_of_an_if_does_not() {
    let never = |program: fn(&Lock<i64>)| {
        let stuck = every_order(move || left_after_one(1, program));
        assert_eq!(stuck.returned().count(), 0);
        stuck
    };
    let in_match = never(sell_in_match);
    page("exercise-temporary.txt", &told_in_full(&in_match.outcomes[0]));
    show(
        "temporary-let",
        [
            endings("`sell_in_match`, a ticket is left", &in_match),
            endings("`sell_in_if_let`, a ticket is left", &never(sell_in_if_let)),
            // Since the edition of 2024 the guard is gone in the `else`.
            always("`sell_in_if_let`, none is left", || left_after_one(0, sell_in_if_let), &[9]),
            endings("`sell_in_while_let`, a ticket is left", &never(sell_in_while_let)),
        ],
    );
    show(
        "temporary",
        [
            endings("`sell_in_match`", &every_order(|| left_after_two(1, sell_in_match))),
            not_always("`sell_in_if`", || left_after_two(1, sell_in_if), &[9]),
            always("`sell_with_one_guard`", || left_after_two(1, sell_with_one_guard), &[9]),
        ],
    );
}

#[test]
fn the_largest_size_is_lost_between_the_look_and_the_write() {
    let raise = |largest: &AtomicI64, size| {
        largest.fetch_max(size, Relaxed);
    };
    show(
        "largest",
        [
            not_always("`note_if_larger`", || largest(note_if_larger), &[20]),
            always("`note_largest`", || largest(note_largest), &[20]),
            always("`fetch_max`", move || largest(raise), &[20]),
        ],
    );
}

#[test]
fn the_lowest_count_of_two_that_add_three_times_each_is_two() {
    let exploration = every_order(counted_thrice);
    let lowest = exploration.returned().map(|(counted, _)| *counted).min();
    assert_eq!(lowest, Some(2));
    let found = exploration.outcomes.iter().find(|found| found.ending == Ending::Returned(2));
    page("exercise-thrice.txt", &told_in_full(found.expect("the lowest")));
    show("thrice", [endings("`counted_thrice`", &exploration)]);
}

#[test]
fn all_that_is_there_is_paid_once_if_the_look_and_the_draw_are_one_action() {
    show(
        "all",
        [
            not_always("`draw_all_in_two_lines`", || emptied(draw_all_in_two_lines), &[(1000, 0)]),
            always("`draw_all`", || emptied(draw_all), &[(1000, 0)]),
        ],
    );
}

#[test]
fn two_that_look_and_then_set_are_both_inside() {
    let right = [(true, false, 1), (false, true, 1)];
    show(
        "look-and-set",
        [
            not_always("`look_and_set`", || tried(Word::look_and_set), &right),
            always("`take`", || tried(Word::take), &right),
        ],
    );
}

#[test]
fn a_try_that_writes_over_the_mark_leaves_a_waiter_asleep() {
    show(
        "try-with-a-swap",
        [
            not_always("`try_with_a_swap`", || tried_beside_two(Word::try_with_a_swap), &[true]),
            always("`take`", || tried_beside_two(Word::take), &[true]),
        ],
    );
    let exploration = every_order(|| tried_beside_two(Word::try_with_a_swap));
    let stuck = exploration.failures().next().expect("a waiter that is not woken");
    page("exercise-try-with-a-swap.txt", &told_in_full(stuck));
}

#[test]
fn two_atomics_disagree_where_two_numbers_under_a_lock_do_not() {
    let right = [None, Some(10)];
    show(
        "average",
        [
            not_always("two atomics", average_of_two_atomics, &right),
            always("one lock", average_under_a_lock, &right),
        ],
    );
}

#[test]
fn to_draw_first_and_ask_afterwards_refuses_a_draw_that_is_covered() {
    let right = [(false, true, 200)];
    show(
        "draw",
        [
            not_always("`draw_and_give_back`", || drawn(draw_and_give_back, 1100), &right),
            always("`draw_if_unchanged`", || drawn(draw_if_unchanged, 1100), &right),
        ],
    );
    let one_is_paid = [(true, false, 200), (false, true, 200)];
    always("", || drawn(draw_if_unchanged, 800), &one_is_paid);
}

#[test]
fn a_question_that_locks_nothing_can_be_asked_under_the_lock() {
    let one_is_paid = [(true, false, 200), (false, true, 200)];
    always("", drawn_under_a_lock, &one_is_paid);
}

#[test]
fn a_guard_without_a_name_unlocks_at_once() {
    let taken = || a_guard_with_and_without_a_name(&Lock::new(0));
    always("", taken, &[[false, true]]);
}

#[test]
fn the_total_of_two_accounts_needs_both_locks_at_once_in_the_order_of_the_others() {
    show(
        "total",
        [
            not_always("`total_one_by_one`", || asked(Accounts::total_one_by_one), &[1000]),
            always("`total`", || asked(Accounts::total), &[1000]),
            not_always(
                "the same, savings first",
                || asked(Accounts::total_in_the_other_order),
                &[1000],
            ),
        ],
    );
}

#[test]
fn to_unlock_in_two_steps_leaves_a_waiter_asleep() {
    show(
        "unlock",
        [
            not_always("`wake_and_unlock`", || locked_and_unlocked(Word::wake_and_unlock), &[2]),
            not_always(
                "`look_unlock_and_wake`",
                || locked_and_unlocked(Word::look_unlock_and_wake),
                &[2],
            ),
            always("the library's swap", || locked_and_unlocked(Word::swap_and_wake), &[2]),
        ],
    );
    let exploration = every_order(|| locked_and_unlocked(Word::wake_and_unlock));
    let stuck = exploration.failures().next().expect("the waiter");
    page("exercise-unlock.txt", &told_in_full(stuck));
}

#[test]
fn a_timed_lock_that_waits_once_gives_up_before_its_time() {
    let right = [("in time", 3), ("time over", 2)];
    show(
        "timed",
        [
            not_always("`lock_after_one_wait`", || in_time(Word::lock_after_one_wait), &right),
            always("`lock_until`", || in_time(Word::lock_until), &right),
        ],
    );
}
