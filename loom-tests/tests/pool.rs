//! Every interleaving of the pool's operations.
//!
//! The workers are threads of each program. Each program ends by dropping its pool, which waits for
//! them: a worker that does not end would be found as stuck. Searches are exhaustive, which
//! `loom_tests` demands, but for the one whose name says that it is bounded.

use loom_platform::UnsafeCell;
use loom_tests::{
    answers, check, check_bounded_to, check_locks_in_one_step_and_to, check_without_spurious,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{BrokenPool, Event, Future, FutureError, SubmitError, ThreadPool};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// A value that a task writes and another thread reads. The platform sees both.
struct Value(UnsafeCell<i32>);

// SAFETY: the pool keeps the write and the reads apart. That is the claim under check.
unsafe impl Sync for Value {}

impl Value {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn write(&self) {
        // SAFETY: nobody reads yet, and nobody else writes.
        self.0.with_mut(|value| unsafe { *value = 42 });
    }

    fn read(&self) -> i32 {
        // SAFETY: the task has ended.
        self.0.with(|value| unsafe { *value })
    }
}

/// How a task came out, in a word.
fn word<T>(result: Result<T, FutureError>) -> &'static str {
    match result {
        Ok(_) => "result",
        Err(FutureError::Cancelled) => "cancelled",
        Err(FutureError::Failed(_)) => "failed",
        Err(FutureError::BrokenPromise) => "broken",
    }
}

#[test]
fn a_task_runs_once_and_a_thread_that_has_its_result_sees_what_it_did() {
    check_without_spurious(|| {
        let (pool, value) = (ThreadPool::new(1), Arc::new(Value::new()));
        let written = value.clone();
        let future = pool.submit(move || written.write()).unwrap();
        assert!(future.result().is_ok());
        assert_eq!(value.read(), 42);
    });
}

#[test]
fn a_pool_that_is_dropped_runs_its_tasks_first_whatever_wakes_it() {
    check(|| {
        let (pool, value) = (ThreadPool::new(1), Arc::new(Value::new()));
        let written = value.clone();
        drop(pool.submit(move || written.write()).unwrap());
        drop(pool);
        assert_eq!(value.read(), 42);
    });
}

#[test]
fn of_two_workers_one_runs_the_task_and_both_end() {
    check_locks_in_one_step_and_to([3, 2], || {
        let pool = ThreadPool::new(2);
        assert_eq!(pool.submit(|| 7).unwrap().into_result().unwrap(), 7);
    });
}

#[test]
fn a_pool_that_is_closed_now_cancels_its_task_or_runs_it() {
    let program = || {
        let pool = ThreadPool::new(1);
        let future = pool.submit(|| ()).unwrap();
        pool.close_now();
        assert!(matches!(pool.submit(|| ()), Err(SubmitError::Closed)));
        drop(pool);
        word(future.into_result())
    };
    assert_eq!(answers(program), ["cancelled", "result"]);
}

#[test]
fn a_task_runs_or_is_cancelled_never_both_and_never_neither() {
    let program = || {
        let pool = ThreadPool::new(1);
        let future = pool.submit(|| ()).unwrap();
        let cancelled = future.cancel();
        drop(pool);
        let how = word(future.into_result());
        assert_eq!(cancelled, how == "cancelled");
        how
    };
    assert_eq!(answers(program), ["cancelled", "result"]);
}

#[test]
fn a_task_that_panics_fails_and_its_worker_goes_on_to_its_end() {
    check_without_spurious(|| {
        let pool = ThreadPool::new(1);
        let fails = pool.submit(|| resume_unwind(Box::new("on purpose"))).unwrap();
        drop(pool);
        assert_eq!(word(fails.into_result()), "failed");
    });
}

#[test]
fn an_initializer_that_panics_breaks_the_pool_for_tasks_that_wait_and_that_come() {
    let program = || {
        let pool = ThreadPool::with_initializer(1, "worker", || resume_unwind(Box::new("no")));
        match pool.submit(|| ()) {
            Ok(future) => {
                let error = future.into_result().unwrap_err();
                assert_eq!(error.downcast_ref(), Some(&BrokenPool));
                assert_eq!(pool.submit(|| ()).unwrap_err(), SubmitError::Broken);
                true
            }
            Err(error) => {
                assert_eq!(error, SubmitError::Broken);
                false
            }
        }
    };
    assert_eq!(answers(program), [false, true]);
}

/// Lets the one worker of a pool call `inside`. Meanwhile this thread calls `outside`. Then the
/// worker is left alone with its pool, lets go of it as the last, and ends.
fn inside_and_outside<T: Send + 'static>(
    inside: impl FnOnce(&ThreadPool) -> T + Send + 'static,
    outside: impl FnOnce(&ThreadPool),
) -> Future<T> {
    let (pool, others_have_let_go) = (Arc::new(ThreadPool::new(1)), Arc::new(Event::new()));
    let (own, go) = (pool.clone(), others_have_let_go.clone());
    let task = move || {
        let result = inside(&own);
        go.wait();
        drop(own);
        result
    };
    let future = pool.submit(task).unwrap();
    outside(&pool);
    drop(pool);
    others_have_let_go.set();
    future
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_worker_that_waits_for_a_task_behind_it_panics() {
    check_without_spurious(|| {
        let inside = |own: &ThreadPool| {
            let inner = own.submit(|| 7).unwrap();
            panics(|| _ = inner.result())
        };
        assert!(inside_and_outside(inside, |_| ()).into_result().unwrap());
    });
}

#[test]
fn of_two_workers_that_each_wait_for_the_next_task_one_panics() {
    check_locks_in_one_step_and_to([2, 2], || {
        let pool = Arc::new(ThreadPool::new(2));
        let (first, second) = (pool.clone(), pool.clone());
        let outer = pool.submit(move || {
            let inner = first.submit(move || panics(|| _ = second.submit(|| 7).unwrap().result()));
            inner.unwrap().into_result().unwrap()
        });
        // The last that would wait is the inner one, or the outer.
        assert!(outer.unwrap().into_result().unwrap_or(true));
    });
}

/// Smaller: `of_two_workers_that_each_wait_for_the_next_task_one_panics`.
#[test]
fn of_two_workers_that_wait_for_tasks_behind_them_one_panics_bounded() {
    check_bounded_to([2, 2], || {
        let pool = Arc::new(ThreadPool::new(2));
        let outer = [(); 2].map(|()| {
            let own = pool.clone();
            pool.submit(move || own.submit(|| 7).unwrap().into_result().unwrap()).unwrap()
        });
        let failed = outer.iter().filter(|future| future.result().is_err()).count();
        assert!(failed <= 1);
    });
}

#[test]
fn a_worker_that_joins_its_own_pool_or_wants_a_scope_of_it_panics() {
    let uses: [fn(&ThreadPool); 2] = [ThreadPool::join, |pool| pool.scope(|_| ())];
    for use_ in uses {
        check_without_spurious(move || {
            let inside = move |own: &ThreadPool| panics(|| use_(own));
            assert!(inside_and_outside(inside, |_| ()).into_result().unwrap());
        });
    }
}

#[test]
fn a_scope_ends_when_its_tasks_have_and_sees_what_they_did() {
    check_without_spurious(|| {
        let (pool, value) = (ThreadPool::new(1), Value::new());
        pool.scope(|scope| drop(scope.submit(|| value.write()).unwrap()));
        assert_eq!(value.read(), 42);
    });
}

#[test]
fn a_scope_that_is_closed_out_ends_and_what_its_task_borrowed_is_free() {
    check_without_spurious(|| {
        let (pool, value) = (ThreadPool::new(1), Value::new());
        pool.scope(|scope| {
            drop(scope.submit(|| value.write()).unwrap());
            pool.close_now();
        });
        assert!([0, 42].contains(&value.read()));
    });
}

#[test]
fn a_map_by_two_workers_gives_its_results_in_the_order_of_the_items() {
    check_locks_in_one_step_and_to([2, 2], || {
        let pool = ThreadPool::new(2);
        let map = pool.map([1, 2], |n| n * 10).unwrap();
        assert!(map.map(Result::unwrap).eq([10, 20]));
    });
}

#[test]
fn a_chunk_is_one_task_and_may_be_given_up_or_left_early() {
    let program = || {
        let pool = ThreadPool::new(1);
        let mut map = pool.map_chunks([1, 2], 2, |n| n * 10).unwrap();
        let now = map.try_next().map(Result::unwrap);
        assert!(now.is_none_or(|first| first == 10) && !map.is_empty());
        drop(pool);
        let left: Vec<i32> = map.map(Result::unwrap).collect();
        assert_eq!(left, if now.is_some() { vec![20] } else { vec![10, 20] });
        now.is_some()
    };
    assert_eq!(answers(program), [false, true]);
}

#[test]
fn what_is_left_of_a_map_when_its_pool_is_dropped_is_still_to_be_had() {
    check_without_spurious(|| {
        let pool = ThreadPool::new(1);
        let mut map = pool.scope(|scope| scope.map_chunks([1, 2, 3], 3, |n| n).unwrap());
        drop(pool);
        let results = [map.next_for(SOON), map.next_until(Instant::now() + SOON), map.next()];
        assert!(results.map(|result| result.unwrap().unwrap()) == [1, 2, 3]);
        assert!(map.is_empty());
    });
}

#[test]
fn a_wait_for_the_end_of_the_workers_may_give_up() {
    let forms: [fn(&ThreadPool) -> bool; 3] = [
        ThreadPool::try_join,
        |pool| pool.join_for(SOON),
        |pool| pool.join_until(Instant::now() + SOON),
    ];
    for form in forms {
        let program = move || {
            let pool = ThreadPool::new(1);
            pool.close();
            let ended = form(&pool);
            pool.join();
            assert!(pool.try_join());
            ended
        };
        assert_eq!(answers(program), [false, true]);
    }
}

/// What can be done with a pool from within one of its tasks, and from outside.
type Operation = fn(&ThreadPool);

fn submit(pool: &ThreadPool) {
    drop(pool.submit(|| ()));
}

fn give_up(pool: &ThreadPool) {
    let _ = pool.join_for(SOON);
}

#[test]
fn every_operation_of_a_task_against_every_other_comes_through() {
    let inside: [Operation; 4] = [submit, ThreadPool::close, ThreadPool::close_now, give_up];
    let outside: [Operation; 3] = [ThreadPool::close, ThreadPool::close_now, give_up];
    for inside in inside {
        for outside in outside {
            check_without_spurious(move || drop(inside_and_outside(inside, outside)));
        }
    }
}

#[test]
fn a_task_submits_while_another_thread_does() {
    check_locks_in_one_step_and_to([3, 2], || drop(inside_and_outside(submit, submit)));
}
