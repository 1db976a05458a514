//! Every interleaving of the barrier's operations.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, calls_of_the_system, check, check_without_spurious};
use primitives::platform::time::{Duration, Instant};
use primitives::{Barrier, BrokenBarrier};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);
/// What a wait gets that does not pass.
const ERROR: Option<usize> = None;

/// Numbers that the threads write and read without any order but the barrier's.
struct Numbers([UnsafeCell<i32>; 3]);

// SAFETY: the barrier keeps writes and reads apart. That is the claim under check.
unsafe impl Sync for Numbers {}

impl Numbers {
    fn new() -> Arc<Self> {
        Arc::new(Self([0; 3].map(UnsafeCell::new)))
    }

    fn write(&self, which: usize, number: i32) {
        // SAFETY: nobody else has access until the barrier lets it.
        self.0[which].with_mut(|value| unsafe { *value = number });
    }

    fn read(&self, which: usize) -> i32 {
        // SAFETY: nobody writes until the barrier lets it.
        self.0[which].with(|value| unsafe { *value })
    }
}

/// Runs `first` and `second` as two threads that share a barrier.
fn two<F: FnMut() + Send + 'static, A, B: Send + 'static>(
    barrier: Barrier<F>,
    first: impl FnOnce(&Barrier<F>) -> A,
    second: impl FnOnce(&Barrier<F>) -> B + Send + 'static,
) -> (A, B) {
    let barrier = Arc::new(barrier);
    let other = {
        let barrier = barrier.clone();
        thread::spawn("second", move || second(&barrier))
    };
    (first(&barrier), other.join().unwrap())
}

/// The index with which the round passed, if it did. Looks that the leader is the last to arrive.
fn wait<F: FnMut()>(barrier: &Barrier<F>) -> Option<usize> {
    let arrival = barrier.wait().ok()?;
    assert_eq!(arrival.is_leader(), arrival.index() + 1 == barrier.parties());
    Some(arrival.index())
}

fn wait_in_time<F: FnMut()>(barrier: &Barrier<F>) -> Option<usize> {
    Some(barrier.wait_for(SOON).ok()?.index())
}

/// Each writes its number, waits, and reads the other's.
fn one_round() {
    let numbers = Numbers::new();
    let round = |mine: usize| {
        let numbers = numbers.clone();
        move |barrier: &Barrier| {
            numbers.write(mine, 1);
            let index = wait(barrier).unwrap();
            assert_eq!(numbers.read(1 - mine), 1);
            index
        }
    };
    let (mine, other) = two(Barrier::new(2), round(0), round(1));
    assert_eq!(mine + other, 1, "each index once");
}

/// Each writes its number, waits, reads the other's, waits, and writes its own once more.
fn two_rounds() {
    let numbers = Numbers::new();
    let rounds = |mine: usize| {
        let numbers = numbers.clone();
        move |barrier: &Barrier| {
            numbers.write(mine, 1);
            let first = wait(barrier).unwrap();
            assert_eq!(numbers.read(1 - mine), 1);
            let second = wait(barrier).unwrap();
            numbers.write(mine, 2);
            [first, second]
        }
    };
    let (mine, others) = two(Barrier::new(2), rounds(0), rounds(1));
    assert_eq!([mine[0] + others[0], mine[1] + others[1]], [1, 1], "each index once a round");
}

#[test]
fn two_threads_wait_for_each_other_and_see_what_the_other_did() {
    check(one_round);
}

#[test]
fn two_threads_wait_for_each_other_round_after_round() {
    check(two_rounds);
}

/// One thread passes and goes on to `next`, perhaps before the other is awake.
fn passes_and_then(next: fn(&Barrier)) {
    let passes = move |barrier: &Barrier| {
        wait(barrier).unwrap();
        next(barrier);
    };
    two(Barrier::new(2), passes, |barrier| wait(barrier).unwrap());
}

#[test]
fn a_round_that_has_passed_has_passed_for_threads_not_awake_yet_whatever_comes_next() {
    check_without_spurious(|| passes_and_then(Barrier::abort));
    check_without_spurious(|| passes_and_then(Barrier::reset));
    check_without_spurious(|| passes_and_then(|it| assert_eq!(it.try_wait(), Ok(None))));
    check_without_spurious(|| passes_and_then(|it| assert_eq!(wait_in_time(it), ERROR)));
}

fn three() {
    let shared = Arc::new((Barrier::new(3), Numbers::new()));
    let meet = |shared: &(Barrier, Arc<Numbers>), mine: usize| {
        shared.1.write(mine, 1);
        let index = wait(&shared.0).unwrap();
        assert_eq!((0..3).map(|which| shared.1.read(which)).sum::<i32>(), 3);
        index
    };
    let mut indices = thread::spawn_alike(3, "thread", move |mine| meet(&shared, mine)).join();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2]);
}

#[test]
fn three_threads_wait_for_one_another() {
    check(three);
}

/// The action adds up what the threads have written; then each reads the sum. The action keeps
/// count of its calls in a variable of its own.
fn action_between() {
    let numbers = Numbers::new();
    let add_up = {
        let (numbers, mut calls) = (numbers.clone(), 0);
        move || {
            calls += 1;
            numbers.write(2, 100 * calls + numbers.read(0) + numbers.read(1));
        }
    };
    let meet = |mine: usize| {
        let numbers = numbers.clone();
        move |barrier: &Barrier<_>| {
            numbers.write(mine, 20);
            wait(barrier).unwrap();
            assert_eq!(numbers.read(2), 140);
        }
    };
    two(Barrier::with_action(2, add_up), meet(0), meet(1));
}

#[test]
fn the_action_runs_once_after_all_have_arrived_and_before_any_goes_on() {
    check_without_spurious(action_between);
}

/// A barrier of one is a barrier for each of the two: their rounds are one after the other.
fn two_threads_at_a_barrier_of_one() {
    let numbers = Numbers::new();
    let count = {
        let numbers = numbers.clone();
        move || numbers.write(0, numbers.read(0) + 1)
    };
    let alone = |barrier: &Barrier<_>| assert_eq!(wait(barrier), Some(0));
    two(Barrier::with_action(1, count), alone, alone);
    assert_eq!(numbers.read(0), 2);
}

#[test]
fn with_more_threads_than_parties_one_action_runs_at_a_time() {
    check(two_threads_at_a_barrier_of_one);
}

#[test]
fn of_a_timed_and_a_plain_wait_both_pass_or_both_get_the_error() {
    let outcomes = answers(|| two(Barrier::new(2), wait, wait_in_time));
    assert_eq!(outcomes, [(ERROR, ERROR), (Some(0), Some(1)), (Some(1), Some(0))]);
    check(|| {
        let (plain, timed) = two(Barrier::new(2), wait, wait_in_time);
        assert_eq!(plain.is_some(), timed.is_some());
    });
}

#[test]
fn two_timed_waits_both_pass_or_both_get_the_error() {
    let outcomes = answers(|| two(Barrier::new(2), wait_in_time, wait_in_time));
    assert_eq!(outcomes, [(ERROR, ERROR), (Some(0), Some(1)), (Some(1), Some(0))]);
    check(|| {
        let (first, second) = two(Barrier::new(2), wait_in_time, wait_in_time);
        assert_eq!(first.is_some(), second.is_some());
    });
}

/// The timed wait is at a barrier whose action is running, or about to: it must not break it.
#[test]
fn no_wait_times_out_while_the_action_runs() {
    let outcomes = answers(|| {
        let numbers = Numbers::new();
        let acts = {
            let numbers = numbers.clone();
            move || numbers.write(0, 1)
        };
        let (plain, timed) = two(Barrier::with_action(2, acts), wait, wait_in_time);
        (plain.is_some(), timed.is_some(), numbers.read(0))
    });
    assert_eq!(outcomes, [(false, false, 0), (true, true, 1)]);
}

#[test]
fn a_time_out_of_zero_lets_the_last_to_arrive_pass_and_one_too_long_never_ends() {
    let outcomes = answers(|| {
        let soonest = |barrier: &Barrier| Some(barrier.wait_for(Duration::ZERO).ok()?.index());
        two(Barrier::new(2), wait, soonest)
    });
    assert_eq!(outcomes, [(ERROR, ERROR), (Some(0), Some(1)), (Some(1), Some(0))]);
    let outcomes = answers(|| {
        let longest = |barrier: &Barrier| Some(barrier.wait_for(Duration::MAX).ok()?.index());
        two(Barrier::new(2), wait, longest)
    });
    assert_eq!(outcomes, [(Some(0), Some(1)), (Some(1), Some(0))]);
}

/// One aborts and says why first. The other waits, and reads why.
fn abort_against_wait() {
    let numbers = Numbers::new();
    let why = numbers.clone();
    let aborts = |barrier: &Barrier| {
        numbers.write(0, 7);
        barrier.abort();
    };
    let waits = move |barrier: &Barrier| {
        assert_eq!(wait(barrier), ERROR);
        assert_eq!(why.read(0), 7);
        assert!(barrier.is_broken());
    };
    two(Barrier::new(2), aborts, waits);
}

/// As above, but the other only looks.
fn abort_against_a_look() {
    let numbers = Numbers::new();
    let why = numbers.clone();
    let aborts = |barrier: &Barrier| {
        numbers.write(0, 7);
        barrier.abort();
    };
    let looks = move |barrier: &Barrier| {
        if barrier.is_broken() {
            assert_eq!(why.read(0), 7);
        }
    };
    two(Barrier::new(2), aborts, looks);
}

/// As above, but the other tries.
fn abort_against_try() {
    let numbers = Numbers::new();
    let why = numbers.clone();
    let aborts = |barrier: &Barrier| {
        numbers.write(0, 7);
        barrier.abort();
    };
    let tries = move |barrier: &Barrier| match barrier.try_wait() {
        Ok(arrival) => assert_eq!(arrival, None),
        Err(BrokenBarrier) => assert_eq!(why.read(0), 7),
    };
    two(Barrier::new(2), aborts, tries);
}

#[test]
fn an_abort_breaks_the_barrier_for_threads_that_wait_and_that_come_and_they_see_why() {
    check(abort_against_wait);
    check(abort_against_a_look);
    check(abort_against_try);
}

#[test]
fn an_abort_finds_all_passed_or_none() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let others = ["first", "second"].map(|name| {
            let barrier = barrier.clone();
            thread::spawn(name, move || wait(&barrier))
        });
        barrier.abort();
        assert_eq!(barrier.waiting(), 0);
        let [first, second] = others.map(|other| other.join().unwrap());
        assert_eq!(first.is_some(), second.is_some());
        assert!(barrier.is_broken());
        assert_eq!(wait(&barrier), ERROR);
    });
}

/// One waits, and once more if the round fails. The other does `first`, and waits.
fn wait_against(first: fn(&Barrier)) {
    let waits = |barrier: &Barrier| wait(barrier).or_else(|| wait(barrier)).unwrap();
    let other = move |barrier: &Barrier| {
        first(barrier);
        wait(barrier).unwrap()
    };
    let (waits, other) = two(Barrier::new(2), waits, other);
    assert_eq!(waits + other, 1);
}

#[test]
fn a_reset_fails_the_round_of_threads_that_wait_and_the_next_round_passes() {
    check(|| wait_against(Barrier::reset));
}

/// One waits. The other resets the barrier and waits too: for the first to leave, then to come.
fn reset_and(wait_then: fn(&Barrier) -> Option<usize>) -> (Option<usize>, Option<usize>) {
    let resets = move |barrier: &Barrier| {
        barrier.reset();
        wait_then(barrier)
    };
    let waits = |barrier: &Barrier| {
        let result = wait(barrier);
        if result.is_none() {
            barrier.abort();
        }
        result
    };
    two(Barrier::new(2), resets, waits)
}

#[test]
fn a_thread_that_comes_during_a_reset_waits_until_the_others_have_left_or_its_time_is_over() {
    for wait_then in [wait, wait_in_time] {
        check(move || {
            let (came, was_there) = reset_and(wait_then);
            assert_eq!(came.is_some(), was_there.is_some());
        });
    }
}

/// One does `first`, the other waits a while. Whether the barrier ends up broken: yes if the
/// time-out is the later of the two.
fn time_out_against(first: fn(&Barrier)) -> bool {
    let barrier = Arc::new(Barrier::new(2));
    let other = {
        let barrier = barrier.clone();
        thread::spawn("timed", move || assert_eq!(wait_in_time(&barrier), ERROR))
    };
    first(&barrier);
    other.join().unwrap();
    let broken = barrier.is_broken();
    assert_eq!(barrier.waiting(), 0);
    barrier.reset();
    assert!(!barrier.is_broken());
    broken
}

fn abort_and_reset(barrier: &Barrier) {
    barrier.abort();
    barrier.reset();
}

#[test]
fn a_reset_and_a_time_out_at_once_leave_the_barrier_whole_or_broken() {
    assert_eq!(answers(|| time_out_against(Barrier::reset)), [false, true]);
    check(|| _ = time_out_against(Barrier::reset));
}

/// After a reset, two threads pass: they do not if one that has left still counts as inside.
fn works_after_a_reset(barrier: Arc<Barrier>) {
    barrier.reset();
    let other = {
        let barrier = barrier.clone();
        thread::spawn("other", move || wait(&barrier))
    };
    assert_eq!(wait(&barrier).unwrap() + other.join().unwrap().unwrap(), 1);
}

#[test]
fn no_thread_is_left_inside_after_a_time_out_or_a_panic_of_its_action() {
    check_without_spurious(|| {
        let barrier = Arc::new(Barrier::new(2));
        assert_eq!(wait_in_time(&barrier), ERROR);
        works_after_a_reset(barrier);
    });
    check_without_spurious(|| {
        let mut calls = 0;
        let barrier = Barrier::with_action(1, || {
            calls += 1;
            assert_ne!(calls, 1, "on purpose");
        });
        assert!(catch_unwind(AssertUnwindSafe(|| wait(&barrier))).is_err());
        barrier.reset();
        assert_eq!(wait(&barrier), Some(0));
    });
}

#[test]
fn no_thread_is_left_inside_that_got_the_error() {
    check(|| {
        let barrier = Arc::new(Barrier::new(2));
        let waiter = {
            let barrier = barrier.clone();
            thread::spawn("waiter", move || wait(&barrier))
        };
        barrier.abort();
        assert_eq!(waiter.join().unwrap(), ERROR);
        works_after_a_reset(barrier);
    });
}

#[test]
fn a_thread_that_waited_when_the_barrier_broke_gets_the_error_though_it_is_reset_at_once() {
    assert_eq!(answers(|| time_out_against(abort_and_reset)), [false, true]);
}

/// The action panics: in one of the threads, and the other gets the error.
fn action_panics() {
    let caught = |barrier: &Barrier<fn()>| {
        let result = catch_unwind(AssertUnwindSafe(|| wait(barrier)));
        assert!(barrier.is_broken());
        match &result {
            Ok(result) => assert_eq!(*result, ERROR),
            Err(panic) => assert_eq!(panic.downcast_ref(), Some(&"on purpose")),
        }
        result.is_err()
    };
    let barrier = Arc::new(Barrier::with_action(2, (|| panic!("on purpose")) as fn()));
    let other = {
        let barrier = barrier.clone();
        thread::spawn("second", move || caught(&barrier))
    };
    assert_ne!(caught(&barrier), other.join().unwrap(), "one of them panics");
    barrier.reset();
    assert!(!barrier.is_broken());
}

#[test]
fn an_action_that_panics_breaks_the_barrier_and_panics_in_the_thread_that_runs_it() {
    check_without_spurious(action_panics);
}

/// One says why and aborts, perhaps while the other runs the action.
fn abort_against_the_action() -> Option<usize> {
    let numbers = Numbers::new();
    let why = numbers.clone();
    let aborts = |barrier: &Barrier<_>| {
        numbers.write(0, 7);
        barrier.abort();
    };
    let acts = move |barrier: &Barrier<_>| {
        let result = wait(barrier);
        if result.is_none() {
            assert_eq!(why.read(0), 7);
        }
        result
    };
    two(Barrier::with_action(1, thread::yield_now), aborts, acts).1
}

/// One resets, perhaps while the other runs the action, and begins the next round.
fn reset_against_the_action() -> Option<usize> {
    let numbers = Numbers::new();
    let count = {
        let numbers = numbers.clone();
        move || numbers.write(0, numbers.read(0) + 1)
    };
    let resets = |barrier: &Barrier<_>| {
        barrier.reset();
        assert_eq!(wait(barrier), Some(0));
    };
    let ((), result) = two(Barrier::with_action(1, count), resets, wait);
    assert_eq!(numbers.read(0), 2, "it ran, passed or not");
    result
}

#[test]
fn an_abort_or_a_reset_while_the_action_runs_fails_the_round_and_the_next_waits_for_its_end() {
    assert_eq!(answers(abort_against_the_action), [ERROR, Some(0)]);
    assert_eq!(answers(reset_against_the_action), [ERROR, Some(0)]);
}

#[test]
fn an_abort_while_the_action_runs_fails_the_round_for_all() {
    check(|| {
        let barrier = Arc::new(Barrier::with_action(2, thread::yield_now));
        let others = {
            let barrier = barrier.clone();
            thread::spawn_alike(2, "waiter", move |_| wait(&barrier))
        };
        barrier.abort();
        let passed = others.join();
        assert_eq!(passed[0].is_some(), passed[1].is_some());
        assert!(barrier.is_broken());
    });
}

#[test]
fn an_action_may_abort_its_own_barrier() {
    check(|| {
        let barrier =
            Arc::new_cyclic(|barrier: &std::sync::Weak<Barrier<Box<dyn FnMut() + Send>>>| {
                let barrier = barrier.clone();
                Barrier::with_action(2, Box::new(move || barrier.upgrade().unwrap().abort()))
            });
        let other = {
            let barrier = barrier.clone();
            thread::spawn("second", move || wait(&barrier))
        };
        assert_eq!((wait(&barrier), other.join().unwrap()), (ERROR, ERROR));
    });
}

#[test]
fn try_wait_passes_as_the_last_or_does_not_count() {
    let tries = |barrier: &Barrier| match barrier.try_wait().unwrap() {
        Some(arrival) => {
            assert!(arrival.is_leader());
            (true, arrival.index())
        }
        None => (false, wait(barrier).unwrap()),
    };
    let outcomes = answers(move || two(Barrier::new(2), wait, tries));
    let passed = [(Some(0), (false, 1)), (Some(0), (true, 1)), (Some(1), (false, 0))];
    assert_eq!(outcomes, passed);
}

#[test]
fn a_thread_that_panics_elsewhere_breaks_the_barrier_if_it_asked_to() {
    check(|| {
        let panics = |barrier: &Barrier| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _guard = barrier.abort_on_panic();
                panic!("on purpose");
            }));
            assert!(panicked.is_err());
        };
        assert_eq!(two(Barrier::new(2), wait, panics).0, ERROR);
    });
    check(|| {
        let leaves = |barrier: &Barrier| drop(barrier.abort_on_panic());
        let barrier = Barrier::new(2);
        leaves(&barrier);
        assert!(!barrier.is_broken());
    });
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 6] = [
        ("abort against a look", abort_against_a_look),
        ("abort against try", abort_against_try),
        ("abort against wait", abort_against_wait),
        ("abort against the action", || _ = abort_against_the_action()),
        ("one round", one_round),
        ("barrier of one", two_threads_at_a_barrier_of_one),
    ];
    assert_eq!(loom_tests::every_ordering_is_needed("src/barrier.rs", &programs), 8);
}

#[test]
fn two_waits_until_a_moment_pass_together_or_break_the_barrier_for_both() {
    let until = |barrier: &Barrier| {
        barrier.wait_until(Instant::now() + SOON).map(|arrival| arrival.index())
    };
    let answers = answers(move || {
        let (first, second) = two(Barrier::new(2), until, until);
        (first.ok(), second.ok())
    });
    assert_eq!(answers, [(None, None), (Some(0), Some(1)), (Some(1), Some(0))]);
}

#[test]
fn where_nobody_sleeps_nothing_calls_the_system() {
    let calls = calls_of_the_system(|| {
        let barrier = Barrier::new(1);
        barrier.wait().unwrap();
        barrier.wait().unwrap();
        barrier.abort();
        barrier.reset();
        barrier.wait().unwrap();
    });
    assert_eq!(calls, 0);
}
