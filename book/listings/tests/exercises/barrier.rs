//! The exercises of the chapter on the barrier.

use super::{always, not_always, show};
use listings::ch10_barrier::exercises::{
    ann_is_impatient, comes_again, gives_up, meet_under_a_lock, meet_without_the_lock,
};

#[test]
fn threads_that_meet_under_a_lock_do_not_meet() {
    show(
        "under-a-lock",
        [
            not_always("`meet_under_a_lock`", meet_under_a_lock, &[[20, 20]]),
            always("`meet_without_the_lock`", meet_without_the_lock, &[[20, 20]]),
        ],
    );
}

#[test]
fn a_thread_that_comes_again_may_wait_for_one_that_has_gone_home() {
    let right = [[true, true], [false, false]];
    show(
        "comes-again",
        [
            not_always("`comes_again`", || ann_is_impatient(comes_again), &right),
            always("`gives_up`", || ann_is_impatient(gives_up), &right),
        ],
    );
}
