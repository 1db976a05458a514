//! The exercises of the chapter on the semaphore.

use super::{always, not_always, show};
use listings::ch08_semaphore::exercises::{
    Connections, Desk, Rendezvous, two_meet, two_need_both, two_use_one,
};
use listings::ch08_semaphore::s1_one_wake::OneWakeSemaphore;
use listings::{every_order, stuck};
use loom_platform::{Ending, explore, thread};
use std::sync::Arc;

/// Ann and Ben wait for a permit each, and there is none at first.
fn two_wait(release: fn(&OneWakeSemaphore)) {
    let semaphore = Arc::new(OneWakeSemaphore::new(0));
    let waiters = ["Ann", "Ben"].map(|name| {
        let semaphore = semaphore.clone();
        thread::spawn(name, move || semaphore.acquire())
    });
    release(&semaphore);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
}

#[test]
fn waking_as_many_as_came_is_not_enough_and_waking_all_is() {
    let as_many = |semaphore: &OneWakeSemaphore| {
        (0..2).for_each(|_| semaphore.release_waking_as_many(1));
    };
    let all = |semaphore: &OneWakeSemaphore| {
        (0..2).for_each(|_| semaphore.release_waking_all(1));
    };
    assert!(stuck(&every_order(move || two_wait(as_many))) > 0);
    assert_eq!(stuck(&every_order(move || two_wait(all))), 0);
}

#[test]
fn two_meet_if_each_says_that_it_came_before_it_waits() {
    let waits_first = explore(|| two_meet(Rendezvous::meet_waiting_first));
    assert!(waits_first.failures().all(|found| matches!(found.ending, Ending::Stuck(_))));
    assert_eq!(waits_first.returned().count(), 0, "nobody ever comes through");
    let right = explore(|| two_meet(Rendezvous::meet));
    assert!(right.exhaustive && right.failures().next().is_none(), "{right}");
    assert!(right.returned().all(|(both_saw, _)| *both_saw), "{right:?}");
}

#[test]
fn threads_that_take_two_permits_one_by_one_get_stuck_and_both_at_once_do_not() {
    let one_by_one = every_order(|| two_need_both(Desk::take_one_by_one));
    assert!(one_by_one.failures().any(|found| matches!(found.ending, Ending::Stuck(_))));
    let right = explore(|| two_need_both(Desk::take_both));
    assert!(right.exhaustive && right.failures().next().is_none(), "{right}");
}

#[test]
fn a_permit_is_given_back_when_that_for_which_it_stands_is_there_again() {
    show(
        "connection",
        [
            not_always("`use_one`", || two_use_one(Connections::use_one), &[1]),
            always(
                "`use_one_and_put_it_back`",
                || two_use_one(Connections::use_one_and_put_it_back),
                &[1],
            ),
        ],
    );
}
