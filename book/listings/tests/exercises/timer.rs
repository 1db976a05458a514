//! The exercises of the chapter on the timer.

use super::{always, not_always, show};
use listings::ch12_timer::exercises::{
    answer, answer_once, cancel_and_close, cancel_and_join_and_close, first_answers,
    used_when_closed,
};

#[test]
fn of_a_time_limit_and_an_answer_one_is_first_if_one_action_decides() {
    show(
        "answer",
        [
            not_always("`answer`", || first_answers(answer), &[1]),
            always("`answer_once`", || first_answers(answer_once), &[1]),
        ],
    );
}

#[test]
fn a_function_whose_cancel_came_too_late_may_still_run() {
    show(
        "close",
        [
            not_always("`cancel_and_close`", || used_when_closed(cancel_and_close), &[false]),
            always(
                "`cancel_and_join_and_close`",
                || used_when_closed(cancel_and_join_and_close),
                &[false],
            ),
        ],
    );
}
