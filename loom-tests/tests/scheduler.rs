//! Every interleaving of the scheduler's operations.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for one in which both threads sleep,
//! whose name says so.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    Operation, answers, check, check_locks_in_one_step_and_to, check_without_spurious, every_pair,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{Event, Lock, NotScheduled, Scheduled, Scheduler};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::MAX;

/// A scheduler with one action, which counts its calls.
struct Plan {
    scheduler: Arc<Scheduler<'static>>,
    entry: Scheduled,
    calls: Arc<Calls>,
}

/// Prepared by the thread that enters, changed by the action, read when nothing is left to run.
struct Calls(UnsafeCell<u32>);

// SAFETY: the scheduler keeps these apart. That is the claim under check.
unsafe impl Sync for Calls {}

impl Calls {
    /// An action that counts its calls. Call it before it is entered.
    fn action(self: &Arc<Self>) -> impl FnOnce() + Send + 'static {
        // SAFETY: no other thread has the action yet.
        self.0.with_mut(|calls| unsafe { *calls = 0 });
        let calls = self.clone();
        // SAFETY: only one thread calls the action.
        move || calls.0.with_mut(|calls| unsafe { *calls += 1 })
    }

    fn count(&self) -> u32 {
        // SAFETY: the action has run or will never run.
        self.0.with(|calls| unsafe { *calls })
    }
}

impl Plan {
    fn due_in(delay: Duration) -> Self {
        let (scheduler, calls) = (Arc::new(Scheduler::new()), Arc::new(Calls(UnsafeCell::new(7))));
        let entry = scheduler.enter_in(delay, 1, calls.action());
        Self { scheduler, entry, calls }
    }

    fn soon() -> Self {
        Self::due_in(SOON)
    }
}

/// Runs `first` and `second` as two threads that share the plan, then looks with `afterwards`.
fn two<A, B: Send + 'static, R>(
    plan: Plan,
    first: impl FnOnce(&Plan) -> A + Send + 'static,
    second: impl FnOnce(&Plan) -> B + Send + 'static,
    afterwards: impl FnOnce(&Plan, A, B) -> R,
) -> R {
    let plan = Arc::new(plan);
    let other = {
        let plan = plan.clone();
        thread::spawn("second", move || second(&plan))
    };
    let first = first(&plan);
    afterwards(&plan, first, other.join().unwrap())
}

/// What is entered cancels what the thread sleeps for, or it would not come to its end.
fn runs_what_another_thread_entered() {
    let enters = |plan: &Plan| {
        let calls = Arc::new(Calls(UnsafeCell::new(7)));
        let (scheduler, entry, count) = (plan.scheduler.clone(), plan.entry, calls.action());
        plan.scheduler.enter_in(Duration::ZERO, 2, move || {
            count();
            assert_eq!(scheduler.cancel(entry), Ok(()));
        });
        calls
    };
    let runs = |plan: &Plan| plan.scheduler.run();
    two(Plan::due_in(NEVER), runs, enters, |plan, (), calls| {
        assert_eq!((plan.calls.count(), calls.count()), (0, 1));
    });
}

#[test]
fn an_earlier_entry_wakes_a_thread_that_would_sleep_for_ever_and_it_sees_what_was_prepared() {
    check(runs_what_another_thread_entered);
}

#[test]
fn a_thread_that_runs_the_scheduler_returns_when_the_last_entry_is_cancelled() {
    check(|| {
        let cancels = |plan: &Plan| assert_eq!(plan.scheduler.cancel(plan.entry), Ok(()));
        two(
            Plan::due_in(NEVER),
            |plan| plan.scheduler.run(),
            cancels,
            |plan, (), ()| {
                assert_eq!(plan.calls.count(), 0);
            },
        );
    });
}

/// Whether it was cancelled in time, and how often it ran.
fn cancelled_or_run() -> (bool, u32) {
    let cancels = |plan: &Plan| plan.scheduler.cancel(plan.entry) == Ok(());
    let runs = |plan: &Plan| plan.scheduler.run();
    two(Plan::soon(), runs, cancels, |plan, (), cancelled| (cancelled, plan.calls.count()))
}

#[test]
fn an_action_runs_or_is_cancelled_never_both_and_never_neither_and_cancel_says_which() {
    assert_eq!(answers(cancelled_or_run), [(false, 1), (true, 0)]);
    check(|| {
        let (cancelled, calls) = cancelled_or_run();
        assert_eq!(u32::from(cancelled) + calls, 1);
    });
}

#[test]
fn of_two_that_cancel_one_is_told_that_it_is_not_there() {
    check(|| {
        let cancels = |plan: &Plan| plan.scheduler.cancel(plan.entry);
        let mut told = two(Plan::soon(), cancels, cancels, |_, first, second| [first, second]);
        told.sort_by_key(Result::is_err);
        assert_eq!(told, [Ok(()), Err(NotScheduled)]);
    });
}

#[test]
fn two_threads_that_sleep_for_the_same_action_call_it_once_and_both_return() {
    let runs = |plan: &Plan| plan.scheduler.run();
    check_locks_in_one_step_and_to([3, 2], move || {
        two(Plan::soon(), runs, runs, |plan, (), ()| assert_eq!(plan.calls.count(), 1));
    });
}

/// What was done, in order.
type Log = Arc<Lock<Vec<u32>>>;

fn log(log: &Log, number: u32) -> impl FnOnce() + Send + 'static {
    let log = log.clone();
    move || log.lock().push(number)
}

#[test]
fn no_action_runs_before_its_time_and_equal_times_run_by_priority_then_by_arrival() {
    check(|| {
        let (done, scheduler, start) = (Log::default(), Scheduler::new(), Instant::now());
        for (number, delay, priority) in
            [(5, LATER, 0), (4, SOON, 3), (2, SOON, 2), (1, SOON, 1), (3, SOON, 2)]
        {
            let log = log(&done, number);
            scheduler.enter_at(start + delay, priority, move || {
                assert!(Instant::now() >= start + delay);
                log();
            });
        }
        let other = {
            let (scheduler, done) = (Arc::new(scheduler), done.clone());
            thread::spawn("runner", move || {
                scheduler.run();
                assert!(scheduler.is_empty());
                done.lock().clone()
            })
        };
        assert_eq!(other.join().unwrap(), [1, 2, 3, 4, 5]);
    });
}

#[test]
fn what_another_thread_enters_for_the_same_time_runs_in_its_turn_unless_the_others_have_run() {
    let order = || {
        let (done, scheduler) = (Log::default(), Arc::new(Scheduler::new()));
        let due = Instant::now() + SOON;
        scheduler.enter_at(due, 2, log(&done, 2));
        let other = {
            let (scheduler, log) = (scheduler.clone(), log(&done, 1));
            thread::spawn("other", move || _ = scheduler.enter_at(due, 1, log))
        };
        scheduler.run();
        other.join().unwrap();
        scheduler.run();
        done.lock().clone()
    };
    assert_eq!(answers(order), [[1, 2], [2, 1]]);
    check(move || assert_eq!(order().len(), 2));
}

#[test]
fn a_timed_run_waits_until_the_next_is_due_or_says_how_long_that_will_be() {
    let forms: [fn(&Scheduler<'static>) -> Option<Duration>; 3] = [
        |scheduler| scheduler.run_for(SOON),
        |scheduler| scheduler.run_until(Instant::now() + SOON),
        Scheduler::try_run,
    ];
    for (form, waited) in forms.into_iter().zip([SOON, SOON, Duration::ZERO]) {
        check(move || {
            for (delay, in_time) in
                [(Duration::ZERO, true), (SOON, waited == SOON), (LATER, false), (NEVER, false)]
            {
                let (plan, start) = (Plan::due_in(delay), Instant::now());
                let left = form(&plan.scheduler);
                assert_eq!(plan.calls.count(), u32::from(in_time));
                let next = if delay == NEVER { NEVER } else { delay.saturating_sub(waited) };
                assert_eq!(left, (!in_time).then_some(next));
                assert!(Instant::now() >= start + if in_time { delay } else { waited });
            }
        });
    }
}

#[test]
fn a_timed_run_that_sleeps_runs_what_another_thread_enters_in_time() {
    let answers = answers(|| {
        let enters = |plan: &Plan| {
            let calls = Arc::new(Calls(UnsafeCell::new(7)));
            plan.scheduler.enter_in(Duration::ZERO, 2, calls.action());
            calls
        };
        let runs = |plan: &Plan| plan.scheduler.run_for(SOON);
        two(Plan::due_in(NEVER), runs, enters, |plan, left, calls| {
            assert_eq!(left, Some(NEVER));
            let entered_too_late = plan.scheduler.queue().len() == 2;
            assert_eq!(calls.count(), u32::from(!entered_too_late));
            entered_too_late
        })
    });
    assert_eq!(answers, [false, true]);
}

#[test]
fn an_action_may_enter_another_and_cancel_one() {
    check(|| {
        let plan = Plan::due_in(LATER);
        let (scheduler, entry, done) = (plan.scheduler.clone(), plan.entry, Log::default());
        let log_to = done.clone();
        plan.scheduler.enter_in(Duration::ZERO, 0, move || {
            assert_eq!(scheduler.cancel(entry), Ok(()));
            scheduler.enter_in(Duration::ZERO, 0, log(&log_to, 1));
        });
        let looks = |plan: &Plan| _ = plan.scheduler.queue();
        two(
            plan,
            |plan| plan.scheduler.run(),
            looks,
            |plan, (), ()| {
                assert_eq!((plan.calls.count(), &*done.lock()), (0, &vec![1]));
            },
        );
    });
}

#[test]
fn an_action_that_panics_is_gone_and_the_others_run() {
    check(|| {
        let plan = Plan::due_in(Duration::ZERO);
        plan.scheduler.enter_in(Duration::ZERO, 0, || resume_unwind(Box::new("on purpose")));
        let run = |plan: &Plan| catch_unwind(AssertUnwindSafe(|| plan.scheduler.run())).is_err();
        two(plan, run, run, |plan, first, second| {
            assert_ne!(first, second, "one thread met the panic");
            plan.scheduler.run();
            assert_eq!(plan.calls.count(), 1);
        });
    });
}

#[test]
fn by_a_clock_of_the_users_it_sleeps_as_long_as_it_is_told() {
    check(|| {
        let slept = Arc::new(Lock::new(Vec::new()));
        let sleep = {
            let slept = slept.clone();
            move |time| {
                slept.lock().push(time);
                assert!(!Event::new().wait_for(time), "nobody has it to set");
            }
        };
        let scheduler = Arc::new(Scheduler::with_clock(Instant::now, sleep));
        let plan = Plan { scheduler, ..Plan::soon() };
        plan.scheduler.enter_in(LATER, 1, plan.calls.action());
        let enters = |plan: &Plan| _ = plan.scheduler.enter_in(LATER, 2, || ());
        two(
            plan,
            |plan| plan.scheduler.run(),
            enters,
            |plan, (), ()| {
                plan.scheduler.run();
                assert_eq!((plan.calls.count(), plan.scheduler.is_empty()), (1, true));
                assert_eq!(slept.lock()[0], LATER);
            },
        );
    });
}

/// What does not sleep.
const OPERATIONS: [Operation<'_, Plan>; 7] = [
    ("enter_in", |plan| _ = plan.scheduler.enter_in(SOON, 0, || ())),
    ("enter_at", |plan| _ = plan.scheduler.enter_at(Instant::now(), 2, || ())),
    ("cancel", |plan| _ = plan.scheduler.cancel(plan.entry)),
    ("try_run", |plan| _ = plan.scheduler.try_run()),
    ("run_until", |plan| _ = plan.scheduler.run_until(Instant::now())),
    ("queue", |plan| assert!(plan.scheduler.queue().is_sorted())),
    ("is_empty", |plan| _ = plan.scheduler.is_empty()),
];

/// All that is left at the end runs.
fn all_runs(plan: &Plan) {
    plan.scheduler.run();
    assert!(plan.scheduler.is_empty() && plan.calls.count() <= 1);
}

#[test]
fn every_operation_that_does_not_sleep_against_every_other_comes_through() {
    for pair in every_pair(Plan::soon, &OPERATIONS, all_runs) {
        check(pair);
    }
}

#[test]
fn every_operation_against_a_run_that_sleeps_comes_through() {
    let sleepers: [fn(&Plan); 2] =
        [|plan| plan.scheduler.run(), |plan| _ = plan.scheduler.run_for(SOON)];
    for sleeper in sleepers {
        for (name, operation) in OPERATIONS {
            println!("{name} against a run that sleeps:");
            check_without_spurious(move || {
                two(Plan::soon(), sleeper, operation, |plan, (), ()| all_runs(plan));
            });
        }
    }
}

#[test]
fn every_run_against_every_other_comes_through() {
    const RUNS: [Operation<'_, Plan>; 4] = [
        ("run", |plan| plan.scheduler.run()),
        ("try_run", |plan| _ = plan.scheduler.try_run()),
        ("run_for", |plan| _ = plan.scheduler.run_for(SOON)),
        ("run_until", |plan| _ = plan.scheduler.run_until(Instant::now() + SOON)),
    ];
    let due = || Plan::due_in(Duration::ZERO);
    for pair in every_pair(due, &RUNS, |plan| assert_eq!(plan.calls.count(), 1)) {
        check(pair);
    }
}

#[test]
fn it_orders_nothing_by_itself_and_needs_the_orderings_of_the_lock_and_the_condition_under_it() {
    let programs: [(&str, fn()); 2] = [
        ("what another enters", runs_what_another_thread_entered),
        ("cancelled or run", || _ = cancelled_or_run()),
    ];
    assert_eq!(loom_tests::every_ordering_is_needed("src/scheduler.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
}
