//! Every interleaving of the operations of promises and futures.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check, check_without_spurious};
use primitives::future::{Crew, ReturnWhen, try_wait, wait, wait_for, wait_until};
use primitives::platform::atomic::{AtomicU32, Ordering::Relaxed};
use primitives::platform::time::{Duration, Instant};
use primitives::{Future, FutureError, Parker, Promise, as_completed};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

const SOON: Duration = Duration::from_millis(10);

/// A result that is written by one thread and read by others. The platform sees both.
struct Value(UnsafeCell<i32>);

// SAFETY: the future keeps the write and the reads apart. That is the claim under check.
unsafe impl Sync for Value {}

impl Value {
    fn new(value: i32) -> Self {
        let cell = Self(UnsafeCell::new(0));
        // SAFETY: nobody else has it.
        cell.0.with_mut(|place| unsafe { *place = value });
        cell
    }

    fn read(&self) -> i32 {
        // SAFETY: nobody writes any more.
        self.0.with(|value| unsafe { *value })
    }
}

/// Runs both as two threads, one with each side.
fn two<A: Send + 'static, B>(
    keep: impl FnOnce(Promise<Value>) -> A + Send + 'static,
    wait: impl FnOnce(Future<Value>) -> B,
) -> (A, B) {
    let (promise, future) = Promise::new();
    let other = thread::spawn("keeper", move || keep(promise));
    let waited = wait(future);
    (other.join().unwrap(), waited)
}

fn keep(promise: Promise<Value>) {
    assert!(promise.set_result(Value::new(42)).is_ok());
}

/// How a future ended, in a word.
fn word(result: Result<&Value, &FutureError>) -> &'static str {
    match result {
        Ok(value) => {
            assert_eq!(value.read(), 42);
            "result"
        }
        Err(FutureError::Cancelled) => "cancelled",
        Err(FutureError::Failed(_)) => "failed",
        Err(FutureError::BrokenPromise) => "broken",
    }
}

#[test]
fn a_thread_that_waits_gets_the_result_and_sees_what_was_done_for_it() {
    check(|| {
        two(keep, |future| assert_eq!(word(future.result()), "result"));
    });
    check(|| {
        let run = |promise: Promise<Value>| assert!(promise.run(|| Value::new(42)));
        two(run, |future| assert_eq!(future.into_result().unwrap().read(), 42));
    });
}

#[test]
fn a_promise_that_is_dropped_or_fails_is_told_as_an_error() {
    check(|| {
        two(drop, |future| assert_eq!(word(future.result()), "broken"));
    });
    check(|| {
        let fail = |promise: Promise<Value>| {
            assert!(promise.run(|| resume_unwind(Box::new("on purpose"))));
        };
        let failed = |future: Future<Value>| {
            let error = future.exception().unwrap();
            assert_eq!(error.downcast_ref(), Some(&"on purpose"));
        };
        two(fail, failed);
    });
    check(|| {
        let fail = |promise: Promise<Value>| promise.set_exception(Box::new(3)).unwrap();
        two(fail, |future| assert_eq!(word(future.result()), "failed"));
    });
}

#[test]
fn a_wait_that_may_give_up_gets_the_result_or_not() {
    let forms: [fn(&Future<Value>) -> bool; 6] = [
        |future| future.try_result().map(word).is_some(),
        |future| future.result_for(SOON).map(word).is_some(),
        |future| future.result_until(Instant::now() + SOON).map(word).is_some(),
        |future| future.try_exception().inspect(|error| assert!(error.is_none())).is_some(),
        |future| future.exception_for(SOON).is_some(),
        |future| future.exception_until(Instant::now() + SOON).is_some(),
    ];
    for form in forms {
        let program = move || two(keep, move |future| form(&future)).1;
        assert_eq!(answers(program), [false, true]);
        check(move || _ = program());
    }
}

#[test]
fn the_work_is_done_or_cancelled_never_both_and_never_neither() {
    let program = || {
        let (started, how) = two(
            |promise| promise.run(|| Value::new(42)),
            |future| {
                let cancelled = future.cancel();
                let how = word(future.result());
                assert_eq!((cancelled, cancelled), (how == "cancelled", future.is_cancelled()));
                how
            },
        );
        assert_eq!(started, how == "result");
        how
    };
    assert_eq!(answers(program), ["cancelled", "result"]);
    check(move || _ = program());
}

#[test]
fn a_result_that_comes_too_late_for_a_cancel_is_given_back() {
    let program = || {
        let (refused, cancelled) = two(
            |promise| promise.set_result(Value::new(42)).is_err_and(|value| value.read() == 42),
            |future| future.cancel(),
        );
        assert_eq!(refused, cancelled);
        refused
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn of_two_that_cancel_both_are_told_that_it_is_and_callbacks_run_once() {
    check(|| {
        let (promise, future) = Promise::<Value>::new();
        let (future, calls) = (Arc::new(future), Arc::new(AtomicU32::new(0)));
        let counted = calls.clone();
        future.add_done_callback(move |_| _ = counted.fetch_add(1, Relaxed));
        let other = {
            let future = future.clone();
            thread::spawn("other", move || future.cancel())
        };
        assert!(future.cancel() && other.join().unwrap());
        assert_eq!(word(future.result()), "cancelled");
        assert_eq!(calls.load(Relaxed), 1);
        assert!(!promise.start());
    });
}

#[test]
fn a_callback_that_is_added_as_the_future_ends_runs_once_and_has_the_result() {
    check(|| {
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        two(keep, move |future| {
            future.add_done_callback(move |result| {
                assert_eq!(word(result), "result");
                counted.fetch_add(1, Relaxed);
            });
            assert_eq!(word(future.result()), "result");
            assert_eq!(calls.load(Relaxed), 1, "it has run before the result is there");
        });
    });
}

#[test]
fn a_callback_that_panics_harms_nobody() {
    check(|| {
        two(keep, |future| {
            future.add_done_callback(|_| resume_unwind(Box::new("on purpose")));
            assert_eq!(word(future.result()), "result");
        });
    });
}

/// The keeper ends it, and two threads share the future.
fn shared(first: fn(&Future<Value>) -> bool, second: fn(&Future<Value>) -> bool) -> (bool, bool) {
    let (promise, future) = Promise::new();
    let future = Arc::new(future);
    let other = {
        let future = future.clone();
        thread::spawn("second", move || second(&future))
    };
    let keeper = thread::spawn("keeper", move || keep(promise));
    let mine = first(&future);
    keeper.join().unwrap();
    (mine, other.join().unwrap())
}

fn waits(future: &Future<Value>) -> bool {
    word(future.result()) == "result"
}

fn gives_up(future: &Future<Value>) -> bool {
    future.result_for(SOON).is_some()
}

#[test]
fn all_threads_that_wait_for_a_future_are_told() {
    check_without_spurious(|| assert_eq!(shared(waits, waits), (true, true)));
}

#[test]
fn a_thread_that_gives_up_keeps_no_other_from_being_told() {
    check_without_spurious(|| assert!(shared(waits, gives_up).0));
}

/// Wakes a thread as an executor does.
struct Executor(Parker);

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Awaits the future as the smallest executor does: the waker of each poll is another.
fn block_on(future: Future<Value>) -> Result<Value, FutureError> {
    let mut future = pin!(future);
    loop {
        let executor = Arc::new(Executor(Parker::new()));
        let waker = Waker::from(executor.clone());
        match std::future::Future::poll(future.as_mut(), &mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => executor.0.park(),
        }
    }
}

#[test]
fn a_task_that_awaits_is_woken_and_has_the_result() {
    check(|| {
        two(keep, |future| assert_eq!(block_on(future).unwrap().read(), 42));
    });
    check(|| {
        two(drop, |future| assert!(block_on(future).is_err()));
    });
}

#[test]
fn a_task_that_polls_again_is_woken_by_its_newest_waker() {
    check(|| {
        two(keep, |mut future| {
            let waker = Waker::from(Arc::new(Executor(Parker::new())));
            let context = &mut Context::from_waker(&waker);
            match std::future::Future::poll(pin!(&mut future), context) {
                Poll::Ready(result) => assert_eq!(result.unwrap().read(), 42),
                Poll::Pending => assert_eq!(block_on(future).unwrap().read(), 42),
            }
        });
    });
}

/// Two futures, brought by one thread, the second first.
fn pair() -> [Future<Value>; 2] {
    let (first, second) = (Promise::new(), Promise::new());
    thread::spawn("keeper", move || {
        keep(second.0);
        keep(first.0);
    });
    [first.1, second.1]
}

#[test]
fn futures_are_given_out_as_they_end_and_each_once() {
    check_without_spurious(|| {
        let mut all = as_completed(pair());
        for left in [2, 1] {
            assert_eq!(all.len(), left);
            let future = all.next().unwrap();
            assert_eq!(future.try_result().map(word), Some("result"));
        }
        assert!(all.next().is_none());
    });
}

#[test]
fn one_future_is_given_out_when_it_ends_whatever_wakes_its_waiter() {
    check(|| {
        two(keep, |future| {
            let future = as_completed([future]).next().unwrap();
            assert_eq!(future.try_result().map(word), Some("result"));
        });
    });
}

#[test]
fn a_thread_that_waits_for_the_next_may_give_up_and_leaves_no_waiter() {
    let forms: [fn(&Future<Value>) -> bool; 3] = [
        |future| as_completed([future]).try_next().is_some(),
        |future| as_completed([future]).next_for(SOON).is_some(),
        |future| as_completed([future]).next_until(Instant::now() + SOON).is_some(),
    ];
    for form in forms {
        let program = move || {
            two(keep, move |future| {
                let given = form(&future);
                assert_eq!(word(future.result()), "result");
                given
            })
            .1
        };
        assert_eq!(answers(program), [false, true]);
    }
}

#[test]
fn a_thread_that_gives_up_gets_the_future_the_next_time() {
    check_without_spurious(|| {
        two(keep, |future| {
            let mut all = as_completed([future]);
            if all.next_for(SOON).is_none() {
                assert_eq!(all.len(), 1);
                assert!(all.next().is_some());
            }
        });
    });
}

#[test]
fn a_wait_for_all_a_first_or_an_error_ends_when_that_is_there() {
    check_without_spurious(|| {
        let (done, not_done) = wait(pair(), ReturnWhen::AllCompleted);
        assert_eq!((done.len(), not_done.len()), (2, 0));
    });
    let first = |until| {
        let (kept, fails) = (Promise::new(), Promise::new());
        thread::spawn("keeper", move || {
            keep(kept.0);
            drop::<Promise<Value>>(fails.0);
        });
        let (done, not_done) = wait([kept.1, fails.1], until);
        (done.len(), not_done.len())
    };
    assert_eq!(answers(move || first(ReturnWhen::FirstCompleted)), [(1, 1), (2, 0)]);
    assert_eq!(answers(move || first(ReturnWhen::FirstException)), [(2, 0)]);
}

#[test]
fn a_wait_for_several_may_give_up() {
    let forms: [fn(&Future<Value>) -> usize; 3] = [
        |future| try_wait([future]).0.len(),
        |future| wait_for([future], ReturnWhen::AllCompleted, SOON).0.len(),
        |future| wait_until([future], ReturnWhen::FirstException, Instant::now() + SOON).0.len(),
    ];
    for form in forms {
        let program = move || two(keep, move |future| form(&future)).1;
        assert_eq!(answers(program), [0, 1]);
    }
}

#[test]
fn a_promise_that_cancels_its_future_does_so_unless_its_work_has_begun() {
    check(|| {
        let (cancelled, how) = two(Promise::cancel, |future| word(future.result()));
        assert_eq!((cancelled, how), (true, "cancelled"));
    });
    check(|| {
        let begun = |promise: Promise<Value>| promise.start() && promise.cancel();
        let (cancelled, how) = two(begun, |future| word(future.result()));
        assert_eq!((cancelled, how), (false, "broken"));
    });
}

/// Two members of a crew, and for each a promise of that crew which it keeps after a wait for the
/// other's future. Returns what came of the waits.
fn crew_of_two(wait: fn(&Future<i32>) -> bool) -> [bool; 2] {
    let crew = Crew::new(2);
    let [(first, second), (third, fourth)] = [(); 2].map(|()| Promise::of_crew(&crew));
    let member = |name: &str, promise: Promise<i32>, future: Future<i32>| {
        let crew = crew.clone();
        thread::spawn(name, move || {
            crew.enlist();
            let waits = AssertUnwindSafe(|| wait(&future));
            let come = catch_unwind(waits).unwrap_or(false);
            promise.set_result(1).unwrap();
            come
        })
    };
    [member("Ann", first, fourth), member("Ben", third, second)].map(|one| one.join().unwrap())
}

#[test]
fn of_a_crew_whose_members_wait_for_each_other_one_panics_and_the_other_goes_on() {
    let waits: [fn(&Future<i32>) -> bool; 2] =
        [|future| future.result().is_ok(), |future| as_completed([future]).next().is_some()];
    for wait in waits {
        let found = answers(move || crew_of_two(wait));
        assert_eq!(found, [[false, true], [true, false]]);
        check(move || _ = crew_of_two(wait));
    }
}

#[test]
fn a_crew_whose_members_wait_with_a_limit_does_not_panic() {
    let found = answers(|| crew_of_two(|future| future.result_for(SOON).is_some()));
    assert_eq!(found, [[false, false], [false, true], [true, false]]);
}

#[test]
fn a_member_that_has_been_told_of_a_result_does_not_count_among_those_that_wait() {
    check(|| {
        let crew = Crew::new(2);
        let (promise, future) = Promise::of_crew(&crew);
        let (last, awaited) = Promise::of_crew(&crew);
        let other = {
            let crew = crew.clone();
            thread::spawn("second", move || {
                crew.enlist();
                future.result().unwrap();
                last.set_result(2).unwrap();
            })
        };
        crew.enlist();
        promise.set_result(1).unwrap();
        // The other may still be asleep, but it has been woken.
        assert!(crew.has_me() && awaited.result().is_ok());
        other.join().unwrap();
    });
}

/// What can be done with a future that others share.
type Operation = fn(&Future<Value>);

const OPERATIONS: [Operation; 7] = [
    |future| _ = word(future.result()),
    |future| _ = future.exception_for(SOON),
    |future| _ = future.cancel(),
    |future| assert!(!future.is_cancelled() || !future.is_running()),
    |future| assert!(!future.is_done() || !future.is_running()),
    |future| future.add_done_callback(|result| _ = word(result)),
    |future| _ = as_completed([future]).next().map(|future| word(future.result())),
];

/// What the promise can do to end a future.
const ENDS: [fn(Promise<Value>); 2] = [|promise| _ = promise.run(|| Value::new(42)), drop];

#[test]
fn every_operation_against_every_end_comes_through() {
    for end in ENDS {
        for operation in OPERATIONS {
            check_without_spurious(move || {
                two(end, move |future| operation(&future));
            });
        }
    }
}

#[test]
fn every_operation_against_every_other_comes_through_when_the_future_is_cancelled() {
    for (number, first) in OPERATIONS.into_iter().enumerate() {
        for second in OPERATIONS.into_iter().skip(number) {
            check_without_spurious(move || {
                let (_promise, future) = Promise::new();
                let future = Arc::new(future);
                let other = {
                    let future = future.clone();
                    thread::spawn("second", move || second(&future))
                };
                future.cancel();
                first(&future);
                other.join().unwrap();
            });
        }
    }
}
