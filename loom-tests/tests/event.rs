//! Every interleaving of the event's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    Operation, answers, calls_of_the_system, check, check_without_spurious, every_pair,
};
use primitives::Event;
use primitives::platform::time::{Duration, Instant};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// An event, and what is ready when it is set.
struct Ready {
    event: Event,
    value: UnsafeCell<i32>,
}

// SAFETY: the value is written before the event is set and read after. That is the claim under
// check.
unsafe impl Sync for Ready {}

impl Ready {
    fn new() -> Arc<Self> {
        Arc::new(Self { event: Event::new(), value: UnsafeCell::new(0) })
    }

    fn prepare(&self) {
        // SAFETY: nobody reads before the event is set.
        self.value.with_mut(|value| unsafe { *value = 42 });
    }

    fn read(&self) -> i32 {
        // SAFETY: the event has been set, and nobody writes after that.
        self.value.with(|value| unsafe { *value })
    }
}

/// Runs `first` and `second` as two threads that share an event which is not set.
fn two<A, B: Send + 'static>(
    first: impl FnOnce(&Ready) -> A + Send + 'static,
    second: impl FnOnce(&Ready) -> B + Send + 'static,
) -> (A, B) {
    let ready = Ready::new();
    let other = {
        let ready = ready.clone();
        thread::spawn("second", move || second(&ready))
    };
    (first(&ready), other.join().unwrap())
}

fn prepare_and_set(ready: &Ready) {
    ready.prepare();
    ready.event.set();
}

fn wait_and_read(ready: &Ready) -> i32 {
    ready.event.wait();
    ready.read()
}

fn set_against_wait() {
    assert_eq!(two(wait_and_read, prepare_and_set).0, 42);
}

/// The event is set, and set again for a second thing. The thread that clears it must not miss what
/// either stood for: it looks, and waits for another signal only if there is nothing to see.
fn clear_against_a_second_set() {
    let event = Arc::new(Event::new());
    let second_thing = Arc::new(AtomicU32::new(0));
    event.set();
    let setter = {
        let (event, second_thing) = (event.clone(), second_thing.clone());
        thread::spawn("setter", move || {
            second_thing.store(1, Relaxed);
            event.set();
        })
    };
    event.clear();
    if second_thing.load(Relaxed) == 0 {
        event.wait();
    }
    setter.join().unwrap();
}

#[test]
fn a_waiter_goes_on_when_the_event_is_set_and_sees_what_was_prepared() {
    check(set_against_wait);
}

#[test]
fn two_waiters_go_on_when_the_event_is_set_once() {
    check(|| {
        let ready = Ready::new();
        // The word counts how often it was cleared. That must not be taken for a set.
        ready.event.set();
        ready.event.clear();
        let waiters = {
            let ready = ready.clone();
            thread::spawn_alike(2, "waiter", move |_| assert_eq!(wait_and_read(&ready), 42))
        };
        prepare_and_set(&ready);
        waiters.join();
    });
}

#[test]
fn a_thread_that_waited_when_the_event_was_set_goes_on_though_it_is_cleared_at_once() {
    check(|| {
        two(
            |ready| ready.event.wait(),
            |ready| {
                let somebody_waits = format!("{:?}", ready.event).contains("waiters: true");
                ready.event.set();
                if somebody_waits {
                    ready.event.clear();
                }
            },
        );
    });
}

#[test]
fn a_timed_wait_is_told_that_the_event_was_set_or_that_it_was_not() {
    let timed = |ready: &Ready| ready.event.wait_for(SOON).then(|| ready.read());
    assert_eq!(answers(move || two(timed, prepare_and_set)), [(None, ()), (Some(42), ())]);
    check(move || assert_ne!(two(timed, prepare_and_set).0, Some(0)));
}

#[test]
fn a_waiter_that_gives_up_does_not_keep_another_from_being_woken() {
    check(|| {
        let ready = Ready::new();
        let timed = {
            let ready = ready.clone();
            thread::spawn("timed", move || ready.event.wait_for(SOON))
        };
        let plain = {
            let ready = ready.clone();
            thread::spawn("plain", move || ready.event.wait())
        };
        ready.event.set();
        timed.join().unwrap();
        plain.join().unwrap();
    });
}

#[test]
fn try_wait_never_waits_and_a_set_event_lets_everybody_through() {
    let trying = |ready: &Ready| ready.event.try_wait().then(|| ready.read());
    assert_eq!(answers(move || two(trying, prepare_and_set)), [(None, ()), (Some(42), ())]);
    check(|| {
        let event = Event::new();
        event.set();
        event.set();
        event.wait();
        assert!(event.try_wait() && event.wait_for(Duration::ZERO));
        event.clear();
        event.clear();
        assert!(!event.is_set() && !event.wait_for(Duration::ZERO));
    });
}

#[test]
fn two_threads_may_set_and_clear_at_once() {
    let toggle = |ready: &Ready| {
        ready.event.set();
        ready.event.clear();
    };
    check(move || {
        let ready = Ready::new();
        let other = {
            let ready = ready.clone();
            thread::spawn("second", move || toggle(&ready))
        };
        toggle(&ready);
        other.join().unwrap();
        assert!(!ready.event.is_set());
    });
}

#[test]
fn what_a_cleared_signal_stood_for_is_seen_by_the_thread_that_cleared_it() {
    check(clear_against_a_second_set);
}

/// Every operation that ends by itself against every other.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: [Operation<'_, Event>; 5] = [
        ("set", Event::set),
        ("clear", Event::clear),
        ("is_set", |event| _ = event.is_set()),
        ("wait_for", |event| _ = event.wait_for(SOON)),
        ("wait", |event| {
            event.set();
            event.wait();
        }),
    ];
    // The last one waits for a set of its own, which a clear would take away before it looks.
    const WITHOUT_CLEAR: [Operation<'_, Event>; 4] =
        [OPERATIONS[4], OPERATIONS[0], OPERATIONS[2], OPERATIONS[3]];
    every_pair(Event::new, &OPERATIONS[..4], |_| ()).chain(every_pair(
        Event::new,
        &WITHOUT_CLEAR,
        |_| (),
    ))
}

#[test]
fn every_operation_that_ends_by_itself_against_every_other_comes_through() {
    for pair in pairs() {
        check_without_spurious(pair);
    }
}

#[test]
fn every_operation_against_every_other_comes_through_with_spurious_wake_ups() {
    for pair in pairs() {
        check(pair);
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [
        ("set against wait", set_against_wait),
        ("clear against a second set", clear_against_a_second_set),
    ];
    // Looking, setting, clearing, and the three looks of a waiter that may sleep.
    assert_eq!(loom_tests::every_ordering_is_needed("src/event.rs", &programs), 6);
}

#[test]
fn a_wait_until_a_moment_is_set_in_time_or_not() {
    let answers = answers(|| {
        let in_time = |ready: &Ready| ready.event.wait_until(Instant::now() + SOON);
        two(|ready| ready.event.set(), in_time).1
    });
    assert_eq!(answers, [false, true]);
}

#[test]
fn a_set_that_nobody_waits_for_does_not_call_the_system() {
    let calls = calls_of_the_system(|| {
        let event = Event::new();
        event.set();
        event.clear();
        event.set();
    });
    assert_eq!(calls, 0);
}
