//! Every interleaving of the timers' operations.
//!
//! The driver is a thread of each program. Searches are exhaustive, which `loom_tests` demands, but
//! for those whose names say that they are bounded. Each program ends by dropping its timers: a
//! driver that does not end would be found as stuck.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    answers, check, check_locks_in_one_step, check_spurious_locks_in_one_step_and_to,
    check_without_spurious,
};
use primitives::TimerOutcome::{self, Cancelled, Panicked, Ran};
use primitives::platform::time::{Duration, Instant};
use primitives::{DueTimer, Event, Lock, ThreadPool, Timer, Timers};
use std::collections::BTreeSet;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, OnceLock};

const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::MAX;

/// What becomes of a function: written by its call and by its drop, read when the timer has
/// ended.
struct Fate {
    calls: UnsafeCell<u32>,
    drops: UnsafeCell<u32>,
}

// SAFETY: the timer keeps writes and reads apart. That is the claim under check.
unsafe impl Sync for Fate {}

/// What the function holds.
struct Held(Arc<Fate>);

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the thread that drops the function has it to itself.
        self.0.drops.with_mut(|drops| unsafe { *drops += 1 });
    }
}

impl Fate {
    fn new() -> Arc<Self> {
        Arc::new(Self { calls: UnsafeCell::new(0), drops: UnsafeCell::new(0) })
    }

    fn prepare(&self) {
        // SAFETY: nobody has the function yet.
        self.calls.with_mut(|calls| unsafe { *calls = 0 });
        // SAFETY: as above.
        self.drops.with_mut(|drops| unsafe { *drops = 0 });
    }

    /// A function of this fate. Call it before the timer is armed.
    fn function(self: &Arc<Self>) -> impl FnOnce() + Send + 'static {
        self.function_with(())
    }

    /// The same, which also holds something. Where that is the timers, the driver ends with the
    /// function, and the search need not try all orders of that against the rest.
    fn function_with<T: Send + 'static>(
        self: &Arc<Self>,
        more: T,
    ) -> impl FnOnce() + Send + 'static {
        self.prepare();
        let held = Held(self.clone());
        move || {
            let _more = more;
            // SAFETY: only one thread calls the function.
            held.0.calls.with_mut(|calls| unsafe { *calls += 1 });
        }
    }

    /// Looks that the timer ended as it says.
    fn was(&self, outcome: TimerOutcome) {
        // SAFETY: the timer has ended.
        let calls = self.calls.with(|calls| unsafe { *calls });
        // SAFETY: as above.
        let drops = self.drops.with(|drops| unsafe { *drops });
        assert_eq!((calls, drops), (u32::from(outcome == Ran), 1));
    }
}

/// Arms a timer that holds its own timers.
fn alone(fate: &Arc<Fate>) -> Timer {
    let timers = Arc::new(Timers::new());
    timers.after(SOON, fate.function_with(timers.clone()))
}

/// A function for a timer whose panic fails the check. The driver would keep it to itself.
fn loud(f: impl FnOnce() + Send + 'static) -> impl FnOnce() + Send + 'static {
    move || {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(f)) {
            thread::spawn("failed", move || resume_unwind(panic));
        }
    }
}

/// Calls `f` in a timer's function, with the timers. The main thread has nothing more to do then:
/// the search tries no orders of it against the rest.
fn on_driver(f: impl FnOnce(Arc<Timers>) + Send + 'static) {
    let timers = Arc::new(Timers::new());
    let hold = timers.clone();
    timers.after(SOON, loud(move || f(hold)));
}

/// Arms two timers, the first as told, the second soon. That one gets the first, and holds the
/// timers. Both are given to a thread beside the driver.
fn two(
    delay: Duration,
    first: impl FnOnce() + Send + 'static,
    second: impl FnOnce(&Timer) + Send + 'static,
    beside: impl FnOnce(&Timer, &Timer) + Send + 'static,
) {
    on_driver(move |timers| {
        let first = timers.after(delay, first);
        let (get, hold) = (first.clone(), timers.clone());
        let second = loud(move || {
            let _hold = hold;
            second(&get);
        });
        let second = timers.after(SOON, second);
        thread::spawn("beside", move || beside(&first, &second));
    });
}

/// What executions note for the check: no operation of the program's.
type Notes<T> = Arc<Mutex<BTreeSet<T>>>;

/// Checks the program, and returns all that its executions have noted.
fn noted<T: Ord + Send + 'static>(
    program: impl Fn(Notes<T>) + Clone + Send + Sync + 'static,
) -> Vec<T> {
    let notes = Notes::default();
    let all = notes.clone();
    check(move || program(notes.clone()));
    mem::take(&mut *all.lock().unwrap()).into_iter().collect()
}

fn note<T: Ord>(notes: &Notes<T>, answer: T) {
    notes.lock().unwrap().insert(answer);
}

fn joined() {
    let fate = Fate::new();
    let timer = alone(&fate);
    assert_eq!(timer.join(), Ran);
    fate.was(Ran);
    assert!(timer.is_finished());
}

#[test]
fn a_timer_runs_once_and_a_thread_that_joins_it_sees_what_it_did() {
    check(joined);
}

#[test]
fn no_timer_runs_before_its_time_whatever_wakes_the_driver() {
    check(|| {
        let (timers, deadline) = (Arc::new(Timers::new()), Instant::now() + SOON);
        let hold = timers.clone();
        let timer = timers.at(deadline, move || {
            let _hold = hold;
            assert!(Instant::now() >= deadline);
        });
        drop(timers);
        assert_eq!(timer.join(), Ran);
    });
}

fn polled() {
    let fate = Fate::new();
    if let Some(outcome) = alone(&fate).try_join() {
        fate.was(outcome);
    }
}

#[test]
fn a_thread_that_only_looks_sees_what_the_timer_did() {
    check(polled);
}

/// Cancels a timer just as it fires, and gives `answer` what came of it.
fn cancelled_or_run(answer: impl FnOnce(bool, TimerOutcome) + Send + 'static) {
    let fate = Fate::new();
    two(
        SOON,
        fate.function(),
        |_| (),
        move |timer, _| {
            let cancelled = timer.cancel();
            let outcome = timer.join();
            fate.was(outcome);
            answer(cancelled, outcome);
        },
    );
}

#[test]
fn a_timer_runs_or_is_cancelled_never_both_and_never_neither_and_cancel_says_which() {
    let answers = noted(|notes| {
        cancelled_or_run(move |cancelled, outcome| note(&notes, (cancelled, outcome)));
    });
    assert_eq!(answers, [(false, Ran), (true, Cancelled)]);
}

#[test]
fn of_two_that_cancel_and_the_driver_one_wins() {
    check(|| {
        let fate = Fate::new();
        let function = fate.function();
        let cancel = move |timer: &Timer, _: &Timer| {
            let other = {
                let timer = timer.clone();
                thread::spawn("other", move || timer.cancel())
            };
            let mine = timer.cancel();
            let outcome = timer.join();
            fate.was(outcome);
            let others = other.join().unwrap();
            assert_eq!([mine, others, outcome == Ran].map(u8::from).iter().sum::<u8>(), 1);
        };
        two(SOON, function, |_| (), cancel);
    });
}

/// Joins with a time limit, then without.
fn joined_in_time(join: fn(&Timer) -> Option<TimerOutcome>) -> Option<TimerOutcome> {
    let fate = Fate::new();
    let timer = alone(&fate);
    let in_time = join(&timer);
    assert!(in_time.is_none_or(|in_time| in_time == Ran));
    assert_eq!(timer.join(), Ran);
    fate.was(Ran);
    in_time
}

#[test]
fn a_timed_join_gives_up_or_says_how_the_timer_ended() {
    let forms: [fn(&Timer) -> Option<TimerOutcome>; 3] = [
        |timer| timer.join_for(SOON),
        |timer| timer.join_until(Instant::now() + SOON),
        Timer::try_join,
    ];
    for join in forms {
        assert_eq!(answers(move || joined_in_time(join)), [None, Some(Ran)]);
        check(move || _ = joined_in_time(join));
    }
}

/// Joins a timer that another's function cancels.
fn joined_or_cancelled(join: impl FnOnce(&Timer) -> Option<TimerOutcome> + Send + 'static) {
    let fate = Fate::new();
    two(
        NEVER,
        fate.function(),
        |timer| assert!(timer.cancel()),
        move |timer, _| {
            if let Some(outcome) = join(timer) {
                fate.was(outcome);
            }
        },
    );
}

#[test]
fn a_thread_that_joins_a_cancelled_timer_goes_on_when_the_function_is_dropped() {
    let join = |timer: &Timer| {
        assert_eq!(timer.join(), Cancelled);
        Some(Cancelled)
    };
    check(move || joined_or_cancelled(join));
}

#[test]
fn a_thread_that_joins_a_cancelled_timer_gives_up_if_time_is_short() {
    let answers = noted(|notes| {
        joined_or_cancelled(move |timer| {
            let in_time = timer.join_for(SOON);
            note(&notes, in_time);
            in_time
        });
    });
    assert_eq!(answers, [None, Some(Cancelled)]);
}

fn joined_by_two() {
    let fate = Fate::new();
    let function = fate.function();
    on_driver(move |timers| {
        let hold = timers.clone();
        let timer = timers.after(SOON, move || {
            let _hold = hold;
            function();
        });
        let fate = fate.clone();
        thread::spawn_alike(2, "joiner", move |_| fate.was(timer.join()));
    });
}

#[test]
fn all_threads_that_join_a_timer_are_woken() {
    check_without_spurious(joined_by_two);
}

#[test]
fn all_threads_that_join_a_timer_are_woken_with_spurious_wake_ups() {
    check_spurious_locks_in_one_step_and_to(5, joined_by_two);
}

/// The second becomes the first in the line, and wakes a driver that would sleep for ever without.
fn ring() {
    let (timers, fate) = (Arc::new(Timers::new()), Fate::new());
    let never = timers.after(NEVER, || unreachable!());
    let timer = timers.after(SOON, fate.function_with(timers.clone()));
    drop(timers);
    assert_eq!(timer.join(), Ran);
    fate.was(Ran);
    assert_eq!(never.join(), Cancelled);
}

#[test]
fn a_timer_that_becomes_the_first_wakes_a_driver_that_sleeps_for_another() {
    check(ring);
}

fn armed_for_a_driver_with_nothing_to_do() {
    // The library's own, so that the search sees which thread drops the last one.
    let timers = primitives::Arc::new(Timers::new());
    let hold = timers.clone();
    let armed = loud(move || {
        thread::spawn("beside", move || {
            let fate = Fate::new();
            let timer = hold.after(SOON, fate.function_with(hold.clone()));
            drop(hold);
            assert_eq!(timer.join(), Ran);
            fate.was(Ran);
        });
    });
    timers.after(SOON, armed);
}

#[test]
fn a_driver_that_has_nothing_to_do_is_there_for_the_next_timer() {
    check_without_spurious(armed_for_a_driver_with_nothing_to_do);
    check_spurious_locks_in_one_step_and_to(7, armed_for_a_driver_with_nothing_to_do);
}

#[test]
fn two_threads_that_arm_the_first_timer_start_one_driver() {
    check_locks_in_one_step(|| {
        // The library's own, so that the search sees which thread drops the last one.
        let timers = primitives::Arc::new(Timers::new());
        let arm = |timers: primitives::Arc<Timers>| {
            let hold = timers.clone();
            timers.after(SOON, move || drop(hold))
        };
        let other = {
            let timers = timers.clone();
            thread::spawn("other", move || arm(timers))
        };
        assert_eq!(arm(timers).join(), Ran);
        assert_eq!(other.join().unwrap().join(), Ran);
    });
}

/// What was done, in order.
type Log = Arc<Lock<Vec<u32>>>;

fn log(log: &Log, number: u32) -> impl FnOnce() + Send + 'static {
    let log = log.clone();
    move || log.lock().push(number)
}

/// Arms two timers from the main thread, and says in which order they ran.
fn order_of(first: Duration, second: Duration) -> Vec<u32> {
    let (timers, done, start) = (Arc::new(Timers::new()), Log::default(), Instant::now());
    let armed = [(1, first), (2, second)].map(|(number, delay)| {
        let (hold, log) = (timers.clone(), log(&done, number));
        timers.at(start + delay, move || {
            let _hold = hold;
            log();
        })
    });
    drop(timers);
    assert_eq!(armed.map(|timer| timer.join()), [Ran; 2]);
    done.lock().clone()
}

#[test]
fn equal_deadlines_run_in_the_order_in_which_they_were_armed() {
    check(|| assert_eq!(order_of(SOON, SOON), [1, 2]));
}

#[test]
fn an_earlier_one_that_is_armed_later_runs_first_unless_the_later_has_begun() {
    assert_eq!(answers(|| order_of(LATER, SOON)), [[1, 2], [2, 1]]);
}

#[test]
fn those_that_a_function_arms_run_by_deadline_and_then_in_the_order_of_arming() {
    check(|| {
        let done = Log::default();
        let log_to = done.clone();
        on_driver(move |timers| {
            let start = Instant::now();
            for (number, delay) in [(4, LATER), (1, SOON), (2, SOON), (3, SOON)] {
                timers.at(start + delay, log(&log_to, number));
            }
            let hold = timers.clone();
            let last = timers.at(start + LATER, move || drop(hold));
            thread::spawn("beside", move || {
                assert_eq!(last.join(), Ran);
                assert_eq!(*log_to.lock(), [1, 2, 3, 4]);
            });
        });
    });
}

#[test]
fn a_chain_of_timers_is_cancelled_at_one_link_or_runs_to_its_end() {
    let chain = || {
        let (timers, done) = (Arc::new(Timers::new()), Log::default());
        let next = Arc::new(OnceLock::new());
        let first = {
            let (timers, done, next) = (timers.clone(), done.clone(), next.clone());
            move || {
                log(&done, 1)();
                let last = log(&done, 2);
                let hold = timers.clone();
                let armed = timers.after(SOON, move || {
                    let _hold = hold;
                    last();
                });
                next.set(armed).expect("put once");
            }
        };
        let first = timers.after(SOON, first);
        drop(timers);
        if !first.cancel() {
            assert_eq!(first.join(), Ran);
            let next = next.get().expect("the first has armed it");
            let cancelled = next.cancel();
            assert_eq!(next.join() == Cancelled, cancelled);
        }
        done.lock().clone()
    };
    assert_eq!(answers(chain), [vec![], vec![1], vec![1, 2]]);
}

fn dropped_or_run() -> TimerOutcome {
    let (timers, fate) = (Timers::new(), Fate::new());
    let timer = timers.after(SOON, fate.function());
    drop(timers);
    let outcome = timer.join();
    fate.was(outcome);
    outcome
}

#[test]
fn dropping_the_timers_cancels_those_that_wait_and_ends_the_driver() {
    assert_eq!(answers(dropped_or_run), [Ran, Cancelled]);
}

#[test]
fn dropping_the_timers_ends_the_driver_whatever_wakes_it() {
    check_spurious_locks_in_one_step_and_to(7, || _ = dropped_or_run());
}

#[test]
fn a_function_that_panics_harms_no_other() {
    check(|| {
        let fate = Fate::new();
        let held = Held(fate.clone());
        fate.prepare();
        let panics = move || {
            let _held = held;
            resume_unwind(Box::new("on purpose"));
        };
        two(
            SOON,
            panics,
            |_| (),
            move |first, second| {
                assert_eq!(first.join(), Panicked);
                fate.was(Panicked);
                assert_eq!(second.join(), Ran);
            },
        );
    });
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        resume_unwind(Box::new("on purpose"));
    }
}

#[test]
fn a_function_that_panics_when_it_is_dropped_is_cancelled_all_the_same() {
    check(|| {
        let held = PanicsOnDrop;
        two(
            NEVER,
            move || drop(held),
            |timer| {
                assert!(catch_unwind(AssertUnwindSafe(|| timer.cancel())).is_err());
            },
            |timer, _| assert_eq!(timer.join(), Cancelled),
        );
    });
}

#[test]
fn a_function_that_joins_one_behind_it_panics_and_with_a_time_limit_gives_up() {
    check(|| {
        on_driver(|timers| {
            let behind = timers.after(NEVER, || ());
            assert_eq!(behind.join_for(SOON), None);
            let joins: [fn(&Timer); 2] =
                [|timer| _ = timer.join(), |timer| _ = timer.join_for(NEVER)];
            for join in joins {
                assert!(catch_unwind(AssertUnwindSafe(|| join(&behind))).is_err());
            }
            assert!(behind.cancel());
            // Nothing to wait for any more.
            assert_eq!(behind.join(), Cancelled);
        });
    });
}

/// Timers whose functions run on a thread each.
fn a_thread_each() -> Timers {
    Timers::running_with(|due| _ = thread::spawn("runs", move || due.run()))
}

/// Arms a timer that runs on another thread than the driver, and gives the outcome.
fn handed_over() -> TimerOutcome {
    let fate = Fate::new();
    let timers = a_thread_each();
    let timer = timers.after(SOON, fate.function());
    drop(timers);
    let outcome = timer.join();
    fate.was(outcome);
    outcome
}

#[test]
fn a_function_that_is_handed_over_runs_once_or_is_cancelled_with_its_timers() {
    check(|| _ = handed_over());
    assert_eq!(answers(handed_over), [Ran, Cancelled]);
}

/// Cancels a timer that waits for the thread that shall run it.
fn cancelled_in_line() -> (bool, TimerOutcome) {
    let (fate, line) = (Fate::new(), Arc::new(Lock::new(None)));
    let (put, there) = (line.clone(), Arc::new(Event::new()));
    let told = there.clone();
    let timers = Timers::running_with(move |due| {
        *put.lock() = Some(due);
        told.set();
    });
    let timer = timers.after(SOON, fate.function());
    there.wait();
    drop(timers);
    let worker = thread::spawn("worker", move || {
        let due: DueTimer = line.lock().take().expect("it is there");
        due.run();
    });
    let cancelled = timer.cancel();
    let outcome = timer.join();
    fate.was(outcome);
    worker.join().unwrap();
    (cancelled, outcome)
}

#[test]
fn a_timer_that_waits_for_a_thread_runs_or_is_cancelled_and_cancel_says_which() {
    check_without_spurious(|| _ = cancelled_in_line());
    assert_eq!(answers(cancelled_in_line), [(false, Ran), (true, Cancelled)]);
}

#[test]
fn a_timer_that_nobody_runs_is_cancelled_and_threads_that_join_it_go_on() {
    check(|| {
        let fate = Fate::new();
        let timers = Timers::running_with(drop);
        let timer = timers.after(SOON, fate.function());
        assert_eq!(timer.join(), Cancelled);
        fate.was(Cancelled);
    });
}

#[test]
fn a_slow_function_that_is_handed_over_delays_no_other() {
    check_locks_in_one_step(|| {
        let (timers, quick_has_run) = (a_thread_each(), Arc::new(Event::new()));
        let done = quick_has_run.clone();
        let slow = timers.after(SOON, move || done.wait());
        let quick = timers.after(SOON, move || quick_has_run.set());
        assert_eq!([slow.join(), quick.join()], [Ran; 2]);
    });
}

#[test]
fn timers_in_a_pool_run_there_or_are_cancelled_when_it_is_closed_now() {
    check_locks_in_one_step(|| {
        let fate = Fate::new();
        // The library's own, so that the search sees which thread drops the last one.
        let pool = primitives::Arc::new(ThreadPool::new(1));
        let runs = pool.clone();
        let timers = Timers::running_with(move |due| _ = runs.submit(move || due.run()));
        let timer = timers.after(SOON, fate.function());
        pool.close_now();
        fate.was(timer.join());
    });
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 4] = [
        ("join", joined),
        ("look", polled),
        ("cancel against fire", || cancelled_or_run(|_, _| ())),
        ("handed over", || _ = handed_over()),
    ];
    assert_eq!(loom_tests::every_ordering_is_needed("src/timer.rs", &programs), 3);
}
