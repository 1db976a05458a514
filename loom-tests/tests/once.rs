//! Every interleaving of the operations of `Once`, `OnceCell` and `Lazy`.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{Operation, answers, check, check_without_spurious, every_pair, waits_of_ann};
use primitives::platform::time::{Duration, Instant};
use primitives::{Lazy, Once, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A `Once`, and what its function makes.
struct Made {
    once: Once,
    value: UnsafeCell<u32>,
}

// SAFETY: the value is written by functions that `once` runs, and read when it is complete. That is
// the claim under check.
unsafe impl Sync for Made {}

impl Made {
    fn new() -> Self {
        Self { once: Once::new(), value: UnsafeCell::new(0) }
    }

    fn add(&self, number: u32) {
        // SAFETY: only functions that `once` runs call this.
        self.value.with_mut(|value| unsafe { *value += number });
    }

    fn read(&self) -> u32 {
        // SAFETY: `once` is complete.
        self.value.with(|value| unsafe { *value })
    }

    fn call(&self) -> u32 {
        self.once.call_once(|| self.add(1));
        self.read()
    }

    /// Its function adds 10 and panics, if it runs.
    fn fail(&self) -> bool {
        panics(|| {
            self.once.call_once(|| {
                self.add(10);
                resume_unwind(Box::new("on purpose"));
            });
        })
    }
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// Runs `first` and `second` as two threads that share what `new` makes.
fn two<S: Send + Sync + 'static, A, B: Send + 'static>(
    new: fn() -> S,
    first: impl FnOnce(&S) -> A + Send + 'static,
    second: impl FnOnce(&S) -> B + Send + 'static,
) -> (A, B) {
    let shared = Arc::new(new());
    let other = {
        let shared = shared.clone();
        thread::spawn("second", move || second(&shared))
    };
    (first(&shared), other.join().unwrap())
}

fn call_against_call() {
    assert_eq!(two(Made::new, Made::call, Made::call), (1, 1));
}

fn call_against_a_panic() {
    let (value, failed) = two(Made::new, Made::call, Made::fail);
    assert_eq!(value, if failed { 11 } else { 1 });
}

fn look(made: &Made) -> Option<u32> {
    made.once.is_completed().then(|| made.read())
}

fn call_against_a_look() {
    assert_ne!(two(Made::new, Made::call, look).1, Some(0));
}

#[test]
fn one_function_runs_and_both_threads_see_what_it_made() {
    check(call_against_call);
}

#[test]
fn of_three_threads_one_runs_its_function_and_the_others_wait_for_it() {
    check_without_spurious(|| {
        let made = Arc::new(Made::new());
        let calls = thread::spawn_alike(3, "thread", move |_| made.call());
        assert_eq!(calls.join(), [1, 1, 1]);
    });
}

#[test]
fn after_a_panic_the_next_runs_its_own_and_sees_what_the_first_did() {
    check(call_against_a_panic);
    assert_eq!(answers(|| two(Made::new, Made::call, Made::fail)), [(1, false), (11, true)]);
}

#[test]
fn if_all_functions_panic_it_is_incomplete() {
    check(|| {
        let made = Arc::new(Made::new());
        let other = {
            let made = made.clone();
            thread::spawn("second", move || made.fail())
        };
        assert!(made.fail() && other.join().unwrap() && !made.once.is_completed());
        assert_eq!(made.call(), 21);
    });
}

#[test]
fn a_thread_that_looks_sees_nothing_or_what_was_made() {
    assert_eq!(answers(|| two(Made::new, look, Made::call).0), [None, Some(1)]);
    check(call_against_a_look);
}

#[test]
fn a_thread_that_tries_does_not_wait_for_another() {
    let attempt = |made: &Made| {
        let done = made.once.try_call_once(|| made.add(1));
        done.then(|| made.read())
    };
    assert_eq!(answers(move || two(Made::new, attempt, Made::call)), [(None, 1), (Some(1), 1)]);
    check(move || _ = two(Made::new, attempt, attempt));
}

#[test]
fn a_timed_call_ends_in_time_or_gives_up_and_keeps_no_other_from_being_woken() {
    let timed = |made: &Made| {
        let done = made.once.call_once_for(|| made.add(1), SOON);
        done.then(|| made.read())
    };
    assert_eq!(answers(move || two(Made::new, timed, Made::call)), [(None, 1), (Some(1), 1)]);
    let until = |made: &Made| made.once.call_once_until(|| made.add(1), Instant::now() + SOON);
    assert_eq!(answers(move || two(Made::new, until, Made::call)), [(false, 1), (true, 1)]);
    check_without_spurious(move || {
        let made = Arc::new(Made::new());
        let mut others = Vec::new();
        made.once.call_once(|| {
            others.extend([true, false].map(|in_time| {
                let made = made.clone();
                let call = move || if in_time { timed(&made) } else { Some(made.call()) };
                thread::spawn(if in_time { "timed" } else { "plain" }, call)
            }));
            made.add(1);
        });
        others.into_iter().for_each(|other| assert_ne!(other.join().unwrap(), Some(0)));
    });
}

#[test]
fn a_function_that_calls_its_own_once_panics_and_another_can_run() {
    check(|| {
        let within = |made: &Made| {
            let failed = panics(|| made.once.call_once(|| made.once.call_once(|| made.add(10))));
            failed || made.read() == 1
        };
        assert_eq!(two(Made::new, within, Made::call), (true, 1));
    });
    check(|| {
        let once = Once::new();
        once.call_once(|| assert!(!once.try_call_once(|| unreachable!("one runs"))));
        assert!(once.is_completed());
    });
}

#[test]
fn a_thread_whose_function_has_panicked_may_wait_for_another() {
    check(|| {
        let again = |made: &Made| {
            let failed = made.fail();
            (failed, made.call())
        };
        let ((failed, first), second) = two(Made::new, again, Made::call);
        assert_eq!((first, second), if failed { (11, 11) } else { (1, 1) });
    });
}

#[test]
fn a_cell_shows_every_thread_the_same_value() {
    let get = |cell: &OnceCell<u32>| cell.get().copied();
    let make = |number| move |cell: &OnceCell<u32>| *cell.get_or_init(|| number);
    check(move || {
        let (first, second) = two(OnceCell::new, make(1), make(2));
        assert_eq!(first, second);
    });
    assert_eq!(answers(move || two(OnceCell::new, get, make(2)).0), [None, Some(2)]);
    // Other forms of getting it may end without it.
    type Form = fn(&OnceCell<u32>) -> Option<&u32>;
    let forms: [Form; 3] = [
        |cell| cell.try_get_or_init(|| 1),
        |cell| cell.get_or_init_for(|| 1, SOON),
        |cell| cell.get_or_init_until(|| 1, Instant::now() + SOON),
    ];
    for form in forms {
        let get = move |cell: &OnceCell<u32>| form(cell).copied();
        let expected = [(None, 2), (Some(1), 1), (Some(2), 2)];
        assert_eq!(answers(move || two(OnceCell::new, get, make(2))), expected);
    }
}

/// The number of the thread that made it.
fn lazy() -> Lazy<u64, fn() -> u64> {
    Lazy::new(primitives::platform::thread::id)
}

#[test]
fn a_lazy_value_is_made_by_one_thread_whichever_uses_it_first() {
    assert_eq!(answers(|| two(lazy, |lazy| **lazy, |lazy| *Lazy::force(lazy))), [(1, 1), (2, 2)]);
    let in_time = |lazy: &Lazy<u64>| Lazy::force_until(lazy, Instant::now() + SOON).copied();
    let expected = [(None, 2), (Some(1), 1), (Some(2), 2)];
    assert_eq!(answers(move || two(lazy, in_time, |lazy| **lazy)), expected);
}

/// Every operation against every other.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: &[Operation<'_, Made>] = &[
        ("call_once", |made| _ = made.call()),
        ("call_once, which panics", |made| _ = made.fail()),
        ("try_call_once", |made| _ = made.once.try_call_once(|| made.add(1))),
        ("call_once_for", |made| _ = made.once.call_once_for(|| made.add(1), SOON)),
        ("is_completed", |made| _ = look(made)),
    ];
    every_pair(Made::new, OPERATIONS, |made| assert!(made.call() % 10 == 1))
}

/// The same for a lazy value, whose cell has the same operations.
fn lazy_pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: &[Operation<'_, Lazy<u64>>] = &[
        ("force: get_or_init", |lazy| _ = Lazy::force(lazy)),
        ("try_force: try_get_or_init", |lazy| _ = Lazy::try_force(lazy)),
        ("force_for: get_or_init_for", |lazy| _ = Lazy::force_for(lazy, SOON)),
        ("get", |lazy| _ = Lazy::get(lazy)),
    ];
    every_pair(lazy, OPERATIONS, |lazy| assert!([1, 2].contains(&**lazy)))
}

#[test]
fn every_operation_against_every_other_comes_through() {
    pairs().for_each(|pair| check_without_spurious(pair));
    lazy_pairs().for_each(|pair| check_without_spurious(pair));
}

#[test]
fn every_operation_against_every_other_comes_through_with_spurious_wake_ups() {
    pairs().for_each(|pair| check(pair));
    lazy_pairs().for_each(|pair| check(pair));
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 3] = [
        ("call against call", call_against_call),
        ("call against a panic", call_against_a_panic),
        ("call against a look", call_against_a_look),
    ];
    // Looking, both outcomes of the exchange, and the end of a run.
    assert_eq!(loom_tests::every_ordering_is_needed("src/once.rs", &programs), 4);
}

#[test]
fn where_nobody_can_go_on_the_thread_that_runs_the_function_is_named() {
    let waits = waits_of_ann("the once", Once::new, |once| {
        once.call_once(|| {
            let once = once.clone();
            let ben = thread::spawn("Ben", move || once.call_once(|| ()));
            let _ = ben.join();
        });
    });
    let way = "Ann holds the once and waits for the end of Ben; Ben waits for the once";
    assert_eq!(waits, [way]);
}
