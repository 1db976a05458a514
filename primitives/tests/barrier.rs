//! The barrier on the real machine: agreement with a plain model and with its peer, and the limits
//! that the model checker cannot reach.

use primitives::{Barrier, BrokenBarrier};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What one thread can do with a barrier without waiting for another.
#[derive(Clone, Copy, Debug)]
enum Operation {
    TryWait,
    WaitForZero,
    WaitUntilThePast,
    Abort,
    Reset,
    PanicUnderGuard,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => Just(Operation::TryWait),
        2 => Just(Operation::WaitForZero),
        2 => Just(Operation::WaitUntilThePast),
        1 => Just(Operation::Abort),
        3 => Just(Operation::Reset),
        1 => Just(Operation::PanicUnderGuard),
    ]
}

fn panic_under_guard<A: FnMut()>(barrier: &Barrier<A>) {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = barrier.abort_on_panic();
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_flag_and_a_count(
        parties in 1_usize..4,
        operations in prop::collection::vec(operation(), 0..60)
    ) {
        let ran = AtomicUsize::new(0);
        let barrier = Barrier::with_action(parties, || _ = ran.fetch_add(1, Relaxed));
        let (mut broken, mut rounds) = (false, 0);
        for operation in operations {
            let result = match operation {
                Operation::TryWait => barrier.try_wait(),
                Operation::WaitForZero => barrier.wait_for(Duration::ZERO).map(Some),
                Operation::WaitUntilThePast => barrier.wait_until(Instant::now()).map(Some),
                Operation::Abort | Operation::PanicUnderGuard => {
                    if matches!(operation, Operation::Abort) {
                        barrier.abort();
                    } else {
                        panic_under_guard(&barrier);
                    }
                    broken = true;
                    Err(BrokenBarrier)
                }
                Operation::Reset => {
                    barrier.reset();
                    broken = false;
                    Ok(None)
                }
            };
            let waits = matches!(operation, Operation::WaitForZero | Operation::WaitUntilThePast);
            // Alone at a barrier for several, a wait runs out of time.
            broken |= waits && parties > 1;
            match result {
                Err(BrokenBarrier) => prop_assert!(broken),
                Ok(None) => prop_assert!(!broken && !waits),
                Ok(Some(arrival)) => {
                    rounds += 1;
                    prop_assert!(!broken && parties == 1);
                    prop_assert!((arrival.index(), arrival.is_leader()) == (0, true));
                }
            }
            prop_assert_eq!(ran.load(Relaxed), rounds);
            prop_assert_eq!(barrier.is_broken(), broken);
            prop_assert_eq!((barrier.parties(), barrier.waiting()), (parties, 0));
            let shown = format!("Barrier {{ parties: {parties}, waiting: 0, broken: {broken} }}");
            prop_assert_eq!(format!("{barrier:?}"), shown);
        }
    }
}

/// Whether a round passes once the barrier is reset: it does not if a thread counts as inside that
/// has left.
fn works_after_a_reset<A: FnMut() + Send>(barrier: &Barrier<A>) -> bool {
    barrier.reset();
    thread::scope(|scope| {
        // Long enough for any machine, and not for ever.
        let wait = || barrier.wait_for(Duration::from_secs(60)).is_ok();
        let threads: Vec<_> = (0..barrier.parties()).map(|_| scope.spawn(wait)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    })
}

/// Eight threads add to one number in turns that a barrier keeps apart. The numbers after each
/// turn.
fn turns(wait: impl Fn() + Sync) -> Vec<usize> {
    let number = AtomicUsize::new(0);
    let one = |mine: usize| {
        let turn = |turn: usize| {
            number.fetch_add(mine * turn, Relaxed);
            wait();
            let seen = number.load(Relaxed);
            wait();
            seen
        };
        (0..500).map(turn).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|mine| scope.spawn(move || one(mine))).collect();
        let mut seen = threads.into_iter().map(|thread| thread.join().unwrap());
        let first = seen.next().unwrap();
        assert!(seen.all(|other| other == first), "all see the same after each turn");
        first
    })
}

#[test]
fn the_same_program_over_std_comes_out_the_same() {
    let ours = Barrier::new(8);
    let std = std::sync::Barrier::new(8);
    let sums: Vec<_> = (0..500).map(|turn| 28 * (0..=turn).sum::<usize>()).collect();
    assert_eq!(turns(|| _ = ours.wait().unwrap()), sums);
    assert_eq!(turns(|| _ = std.wait()), sums);
}

#[test]
fn thousands_of_rounds_give_each_index_once_and_one_leader_that_ran_the_action() {
    const ROUNDS: usize = 5_000;
    for parties in [1, 2, 3, 8] {
        let mut ran = 0;
        // A variable of the action's own: no two threads run it at once.
        let barrier = Barrier::with_action(parties, || ran += 1);
        let indices: Vec<Vec<_>> = thread::scope(|scope| {
            let wait = || (0..ROUNDS).map(|_| barrier.wait().unwrap()).collect();
            let threads: Vec<_> = (0..parties).map(|_| scope.spawn(wait)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for round in 0..ROUNDS {
            let mut arrivals: Vec<_> = indices.iter().map(|all| all[round]).collect();
            arrivals.sort_by_key(|arrival| arrival.index());
            for (place, arrival) in arrivals.iter().enumerate() {
                assert_eq!(arrival.index(), place);
                assert_eq!(arrival.is_leader(), place + 1 == parties);
            }
        }
        assert_eq!(ran, ROUNDS);
    }
}

#[test]
fn more_threads_than_parties_pass_in_whole_rounds_until_one_aborts() {
    const ROUNDS: usize = 2_000;
    let mut ran = 0;
    let barrier = Barrier::with_action(3, || ran += 1);
    let leaders = AtomicUsize::new(0);
    let passed: [AtomicUsize; 3] = Default::default();
    thread::scope(|scope| {
        for _ in 0..7 {
            scope.spawn(|| {
                while let Ok(arrival) = barrier.wait() {
                    passed[arrival.index()].fetch_add(1, Relaxed);
                    if arrival.is_leader() && leaders.fetch_add(1, Relaxed) + 1 == ROUNDS {
                        barrier.abort();
                    }
                }
            });
        }
    });
    let passed = passed.map(AtomicUsize::into_inner);
    let leaders = leaders.into_inner();
    // Further rounds may pass before the abort, whole ones.
    assert!(leaders >= ROUNDS);
    assert_eq!(passed, [leaders; 3]);
    assert!(barrier.is_broken());
    assert!(ran >= leaders, "an abort may come while the action runs");
}

#[test]
fn time_outs_resets_and_aborts_at_random_moments_never_let_half_a_round_pass() {
    let barrier = Barrier::new(3);
    let passed: [AtomicUsize; 3] = Default::default();
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..4 {
            let (barrier, passed, done) = (&barrier, &passed, &done);
            scope.spawn(move || {
                for step in 0..3_000_u64 {
                    // No wait is for ever: a reset may come after the last abort and before the
                    // last wait.
                    let timeout = match (step + number) % 50 {
                        0 => Duration::ZERO,
                        1..30 => Duration::from_micros(200),
                        _ => Duration::from_millis(50),
                    };
                    match barrier.wait_for(timeout) {
                        Ok(arrival) => _ = passed[arrival.index()].fetch_add(1, Relaxed),
                        Err(BrokenBarrier) if done.load(Relaxed) == 0 => barrier.reset(),
                        Err(BrokenBarrier) => return,
                    }
                    if step % 97 == number {
                        barrier.abort();
                        barrier.reset();
                    }
                }
                done.store(1, Relaxed);
                barrier.abort();
            });
        }
    });
    let [first, second, third] = passed.map(AtomicUsize::into_inner);
    assert_eq!((first, second), (second, third));
    assert!(works_after_a_reset(&barrier), "nobody is left inside");
}

#[test]
fn a_timed_wait_takes_at_least_its_time_and_no_deadline_is_early() {
    let barrier = Barrier::new(2);
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert_eq!(barrier.wait_for(timeout), Err(BrokenBarrier));
    assert!(start.elapsed() >= timeout);
    barrier.reset();
    let deadline = Instant::now() + timeout;
    assert_eq!(barrier.wait_until(deadline), Err(BrokenBarrier));
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_for_the_others() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let barrier = Arc::new(Barrier::new(2));
        let waiter = {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait_for(timeout).unwrap().index())
        };
        while barrier.waiting() < 1 {
            thread::yield_now();
        }
        assert_eq!(barrier.wait().unwrap().index() + waiter.join().unwrap(), 1);
    }
}

#[test]
fn sleeping_waiters_get_the_error_when_one_aborts_resets_times_out_or_panics() {
    let breaks: [fn(&Barrier); 4] =
        [Barrier::abort, Barrier::reset, |it| _ = it.wait_for(Duration::ZERO), panic_under_guard];
    for breaks in breaks {
        let barrier = Arc::new(Barrier::new(4));
        let waiters = [(); 2].map(|()| {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait())
        });
        while barrier.waiting() < 2 {
            thread::yield_now();
        }
        // Long enough for them to be asleep on almost every run; right on every run.
        thread::sleep(Duration::from_millis(5));
        breaks(&barrier);
        assert_eq!(waiters.map(|waiter| waiter.join().unwrap()), [Err(BrokenBarrier); 2]);
        assert!(works_after_a_reset(&barrier));
    }
}

#[test]
fn a_thread_that_comes_during_a_reset_waits_no_longer_than_its_time_though_the_old_action_runs_on()
{
    let (begun, may_end) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let barrier = Barrier::with_action(1, || {
        begun.wait();
        may_end.wait();
    });
    thread::scope(|scope| {
        let acts = scope.spawn(|| barrier.wait());
        begun.wait();
        assert_eq!((barrier.waiting(), barrier.try_wait()), (1, Ok(None)));
        barrier.reset();
        assert_eq!((barrier.waiting(), barrier.try_wait()), (0, Ok(None)));
        // The action cannot end before this has.
        assert_eq!(barrier.wait_for(Duration::from_millis(1)), Err(BrokenBarrier));
        assert!(barrier.is_broken());
        may_end.wait();
        assert_eq!(acts.join().unwrap(), Err(BrokenBarrier));
    });
}

#[test]
fn after_the_action_panicked_and_a_reset_the_barrier_and_the_action_work_on() {
    for parties in [1, 3] {
        let mut calls = 0;
        let barrier = Barrier::with_action(parties, || {
            calls += 1;
            if calls == 1 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        });
        let errors = thread::scope(|scope| {
            let wait = || barrier.wait().unwrap_err();
            let threads: Vec<_> = (0..parties).map(|_| scope.spawn(wait)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).count()
        });
        assert_eq!(errors, parties - 1, "all but the one that panics");
        assert_eq!((barrier.is_broken(), barrier.wait()), (true, Err(BrokenBarrier)));
        assert!(works_after_a_reset(&barrier));
        assert_eq!(calls, 2);
    }
}

#[test]
fn a_guard_against_panics_is_harmless_when_dropped_forgotten_or_made_in_a_panic() {
    struct WaitsWhenDropped<'a>(&'a Barrier);
    impl Drop for WaitsWhenDropped<'_> {
        fn drop(&mut self) {
            let _guard = self.0.abort_on_panic();
            assert!(self.0.wait().is_ok());
        }
    }
    let barrier = Barrier::new(1);
    drop(barrier.abort_on_panic());
    std::mem::forget(barrier.abort_on_panic());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _waits = WaitsWhenDropped(&barrier);
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    assert!(!barrier.is_broken());
}

#[test]
fn a_barrier_for_nobody_or_for_too_many_panics_and_says_so() {
    let message = |parties| {
        let panic = catch_unwind(|| Barrier::new(parties)).unwrap_err();
        *panic.downcast::<&str>().unwrap()
    };
    assert_eq!(message(0), "a barrier for nobody: it needs at least one party");
    assert_eq!(message(65_536), "a barrier has at most 65,535 parties");
    assert_eq!(Barrier::new(65_535).parties(), 65_535);
}

#[test]
fn a_barrier_can_be_a_static() {
    static BARRIER: Barrier = Barrier::new(1);
    static WITH_ACTION: Barrier = Barrier::with_action(1, || BARRIER.abort());
    assert!(BARRIER.wait().unwrap().is_leader());
    assert!(WITH_ACTION.wait().unwrap().is_leader());
    let error = BARRIER.wait().unwrap_err();
    assert_eq!(error.to_string(), "the barrier is broken, or was reset while this thread waited");
}

#[test]
fn the_text_of_a_barrier_tells_how_many_wait_in_each_round_and_whether_it_is_broken() {
    let barrier = Arc::new(Barrier::new(3));
    let shows = |waiting: usize, broken: bool| {
        let shown = format!("Barrier {{ parties: 3, waiting: {waiting}, broken: {broken} }}");
        assert_eq!(format!("{barrier:?}"), shown);
    };
    for _ in 0..2 {
        shows(0, false);
        let waiters = [(); 2].map(|()| {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait().is_ok())
        });
        while barrier.waiting() < 2 {
            thread::yield_now();
        }
        shows(2, false);
        assert!(barrier.wait().is_ok());
        assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
    }
    shows(0, false);
    barrier.abort();
    shows(0, true);
}
