//! The answers to the exercises on the interpreter lock.

use listings::ch18_gil::exercises::{alone, both_locks, read_if_missing, read_once, three_add_one};
use listings::{ENDINGS, endings, every_order, few_preemptions, page, returned, table, told};
use loom_platform::Ending;
use primitives::Gil;
use primitives::platform::time::Duration;

#[test]
fn three_threads_that_add_one_may_lose_two_as_a_hundred_may_end_at_98_bounded() {
    let exploration = few_preemptions(2, three_add_one);
    assert_eq!(returned(&exploration), [1, 2, 3]);
    let one = exploration.outcomes.iter().find(|one| one.ending == Ending::Returned(1));
    page("exercise-gil-lost.txt", &told(one.expect("it is among them")));
    page("exercise-gil-lost.md", &table(ENDINGS, endings("`three_add_one`", &exploration)));
}

#[test]
fn what_was_looked_at_before_the_lock_was_released_may_not_be_so_after() {
    let missing = every_order(read_if_missing);
    assert_eq!(returned(&missing), [1, 2]);
    let once = every_order(read_once);
    assert_eq!(returned(&once), [1]);
    let rows = [endings("`read_if_missing`", &missing), endings("`read_once`", &once)].concat();
    page("exercise-gil-device.md", &table(ENDINGS, rows));
}

#[test]
fn a_thread_that_is_alone_switches_never_and_takes_nothing_back() {
    let exploration = every_order(|| {
        [Gil::ticks(1), Gil::interval(Duration::from_millis(5))].map(|gil| alone(&gil))
    });
    assert_eq!(returned(&exploration), [[(0, 0); 2]]);
    page("exercise-gil-alone.md", &table(ENDINGS, endings("both kinds", &exploration)));
}

#[test]
fn two_locks_may_be_released_in_either_order() {
    for own_first in [true, false] {
        assert_eq!(returned(&every_order(move || both_locks(own_first))), [2]);
    }
}
