//! Every interleaving of the waiter's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check};
use primitives::Waiter;
use primitives::platform::time::{Duration, Instant};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A waiter, and what is ready when it is notified.
struct Ready {
    waiter: Waiter,
    value: UnsafeCell<i32>,
}

// SAFETY: the value is written before the notification and read after. That is the claim under check.
unsafe impl Sync for Ready {}

/// What a waiter with this deadline reads, if it is notified; and whether a second wait is.
fn wait_against_notify(timeout: Option<Duration>) -> (Option<i32>, bool) {
    let ready = Arc::new(Ready { waiter: Waiter::new(), value: UnsafeCell::new(0) });
    let notifier = {
        let ready = ready.clone();
        thread::spawn("notifier", move || {
            // SAFETY: nobody reads before the notification.
            ready.value.with_mut(|value| unsafe { *value = 42 });
            ready.waiter.notify();
        })
    };
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let notified = ready.waiter.wait_at_most(deadline);
    // SAFETY: the waiter has been notified.
    let read = notified.then(|| ready.value.with(|value| unsafe { *value }));
    notifier.join().unwrap();
    (read, ready.waiter.wait_until(Instant::now()))
}

fn untimed() {
    assert_eq!(wait_against_notify(None), (Some(42), true));
}

#[test]
fn who_is_notified_goes_on_and_sees_what_was_done_before() {
    check(untimed);
}

#[test]
fn a_timed_wait_is_notified_or_not_and_a_late_notification_is_still_there() {
    let expected = [(None, true), (Some(42), true)];
    assert_eq!(answers(|| wait_against_notify(Some(SOON))), expected);
    check(|| assert!(wait_against_notify(Some(SOON)).1));
}

#[test]
fn without_a_notification_a_timed_wait_comes_to_its_end() {
    check(|| {
        let waiter = Waiter::new();
        assert!(!waiter.try_wait() && !waiter.wait_for(SOON));
        assert!(!waiter.wait_until(Instant::now()));
        waiter.notify();
        waiter.wait();
        assert!(waiter.try_wait());
    });
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 1] = [("wait against notify", untimed)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/waiter.rs", &programs), 3);
}
