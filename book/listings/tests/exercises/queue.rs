//! The exercises of the chapter on the queue.

use super::{always, not_always, show};
use listings::ch11_queue::exercises::{
    added_and_done, done_and_added, sum_when_done, two_consumers_one_goodbye, until_goodbye,
    until_goodbye_for_all,
};

#[test]
fn one_goodbye_ends_two_consumers_only_if_the_first_passes_it_on() {
    show(
        "goodbye",
        [
            not_always("`until_goodbye`", || two_consumers_one_goodbye(until_goodbye), &[()]),
            always(
                "`until_goodbye_for_all`",
                || two_consumers_one_goodbye(until_goodbye_for_all),
                &[()],
            ),
        ],
    );
}

#[test]
fn what_is_called_done_before_it_is_done_is_not_waited_for() {
    show(
        "done",
        [
            not_always("`done_and_added`", || sum_when_done(done_and_added), &[7]),
            always("`added_and_done`", || sum_when_done(added_and_done), &[7]),
        ],
    );
}
