//! Every interleaving of the parker's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check};
use primitives::Parker;
use primitives::platform::deadline::Deadline;
use primitives::platform::time::{Duration, Instant};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A parker, and what is ready when it is notified.
struct Ready {
    parker: Parker,
    value: UnsafeCell<i32>,
}

// SAFETY: the value is written before the notification and read after. That is the claim under
// check.
unsafe impl Sync for Ready {}

/// What a parker with this deadline reads, if it is notified; and whether a second wait is.
fn park_against_unpark(timeout: Option<Duration>) -> (Option<i32>, bool) {
    let ready = Arc::new(Ready { parker: Parker::new(), value: UnsafeCell::new(0) });
    let notifier = {
        let ready = ready.clone();
        thread::spawn("notifier", move || {
            // SAFETY: nobody reads before the notification.
            ready.value.with_mut(|value| unsafe { *value = 42 });
            ready.parker.unpark();
        })
    };
    let notified = match timeout {
        Some(timeout) => ready.parker.park_by(Deadline::After(timeout)),
        None => {
            ready.parker.park();
            true
        }
    };
    // SAFETY: the parker has been notified.
    let read = notified.then(|| ready.value.with(|value| unsafe { *value }));
    notifier.join().unwrap();
    (read, ready.parker.park_until(Instant::now()))
}

fn untimed() {
    assert_eq!(park_against_unpark(None), (Some(42), true));
}

#[test]
fn a_thread_that_is_unparked_goes_on_and_sees_what_was_done_before() {
    check(untimed);
}

#[test]
fn a_timed_park_is_notified_or_not_and_a_late_notification_is_still_there() {
    let expected = [(None, true), (Some(42), true)];
    assert_eq!(answers(|| park_against_unpark(Some(SOON))), expected);
    check(|| assert!(park_against_unpark(Some(SOON)).1));
}

#[test]
fn without_a_notification_a_timed_park_comes_to_its_end() {
    check(|| {
        let parker = Parker::new();
        assert!(!parker.try_park() && !parker.park_for(SOON));
        assert!(!parker.park_until(Instant::now()));
        parker.unpark();
        parker.park();
        assert!(parker.try_park());
    });
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 1] = [("park against unpark", untimed)];
    assert_eq!(loom_tests::every_ordering_is_needed("src/parker.rs", &programs), 3);
}
