//! The pool on the real machine: agreement with plain calls, what Python's tests of
//! `ThreadPoolExecutor` demand, and the limits that the model checker cannot reach.

use primitives::future::{ReturnWhen, wait};
use primitives::pool::Map;
use primitives::{
    BrokenPool, Event, Future, FutureError, Semaphore, SubmitError, ThreadPool, TimerOutcome,
    Timers, as_completed,
};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(20);

/// Keeps a worker busy. Returns when it is, with what ends that.
fn busy(pool: &ThreadPool) -> (Arc<Event>, Future<()>) {
    let (begun, end) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let both = (begun.clone(), end.clone());
    let future = pool.submit(move || {
        both.0.set();
        both.1.wait();
    });
    begun.wait();
    (end, future.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_map_agrees_with_a_plain_loop_whatever_the_chunks(
        workers in 1..4_usize,
        items in prop::collection::vec(any::<i8>(), 0..20),
        size in 1..6_usize,
    ) {
        // A negative item makes its chunk fail.
        let f = |item: i8| match item {
            ..0 => resume_unwind(Box::new(item)),
            0.. => i32::from(item) * 2,
        };
        let mut expected = Vec::new();
        for chunk in items.chunks(size) {
            match chunk.iter().find(|item| **item < 0) {
                Some(item) => expected.push(Err(*item)),
                None => expected.extend(chunk.iter().map(|item| Ok(f(*item)))),
            }
        }
        let plain = |result: Result<i32, FutureError>| {
            result.map_err(|error| *error.downcast_ref::<i8>().unwrap())
        };
        let pool = ThreadPool::new(workers);
        let results: Vec<_> = pool.map_chunks(items.clone(), size, f).unwrap().map(plain).collect();
        prop_assert_eq!(&results, &expected);
        let scoped: Vec<_> = pool.scope(|scope| {
            let results = scope.map_chunks(&items, size, |item| f(*item)).unwrap();
            results.map(plain).collect()
        });
        prop_assert_eq!(scoped, expected);
    }
}

#[test]
fn results_are_those_of_plain_calls_and_come_in_the_order_of_the_items() {
    let pool = ThreadPool::new(4);
    let work = |n: u64| {
        thread::sleep(Duration::from_micros(200 - n));
        n * n
    };
    let results: Vec<u64> = pool.map(0..200, work).unwrap().map(Result::unwrap).collect();
    assert_eq!(results, (0..200).map(|n| n * n).collect::<Vec<_>>());
}

#[test]
fn a_task_that_panics_gives_its_future_the_panic_and_its_worker_goes_on() {
    let pool = ThreadPool::new(1);
    let fails = pool.submit(|| -> i32 { resume_unwind(Box::new(17_u8)) }).unwrap();
    assert_eq!(fails.exception().unwrap().downcast_ref(), Some(&17_u8));
    assert_eq!(*pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        resume_unwind(Box::new("on purpose"));
    }
}

#[test]
fn what_panics_when_it_is_dropped_does_not_end_a_worker() {
    let pool = ThreadPool::new(1);
    let (end, _) = busy(&pool);
    let held = PanicsOnDrop;
    let cancelled = pool.submit(move || drop(held)).unwrap();
    assert!(cancelled.cancel());
    drop(pool.submit(|| PanicsOnDrop).unwrap());
    end.set();
    assert_eq!(*pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn a_task_that_runs_cannot_be_cancelled_and_one_that_waits_can() {
    let pool = ThreadPool::new(1);
    let (end, running) = busy(&pool);
    let waiting = pool.submit(|| unreachable!("it is cancelled")).unwrap();
    assert!(running.is_running() && !waiting.is_running());
    assert!(!running.cancel() && waiting.cancel() && waiting.is_cancelled());
    end.set();
    assert!(running.result().is_ok());
    let error = waiting.into_result().unwrap_err();
    assert!(matches!(error, FutureError::Cancelled));
}

#[test]
fn many_tasks_run_on_no_more_threads_than_the_pool_has() {
    let pool = ThreadPool::new(4);
    let (began, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Event::new()));
    let task = || {
        let (began, go_on) = (began.clone(), go_on.clone());
        pool.submit(move || {
            began.release(1).unwrap();
            go_on.wait();
            thread::current().id()
        })
    };
    let tasks: Vec<_> = (0..60).map(|_| task().unwrap()).collect();
    began.acquire_many(4).forget();
    let fifth = began.try_acquire_for(MOMENT).is_some();
    go_on.set();
    assert!(!fifth, "five run at once");
    let threads = tasks.into_iter().map(|task| task.into_result().unwrap());
    assert!(threads.collect::<HashSet<_>>().len() <= 4);
}

#[test]
fn what_a_task_holds_is_dropped_when_it_has_run_though_nobody_asks_for_its_result() {
    /// Says when it is dropped.
    struct Held(Arc<Event>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.set();
        }
    }

    let pool = ThreadPool::new(1);
    let dropped = Arc::new(Event::new());
    let held = Held(dropped.clone());
    let kept = pool.submit(move || _ = &held).unwrap();
    assert!(dropped.wait_for(LONG));

    // The result goes with the last that could ask for it.
    let dropped = Arc::new(Event::new());
    let held = Held(dropped.clone());
    drop(pool.submit(move || held).unwrap());
    assert!(dropped.wait_for(LONG));
    assert!(kept.result().is_ok());
}

#[test]
fn a_closed_pool_takes_nothing_and_runs_what_it_has() {
    let pool = ThreadPool::new(2);
    let done: Vec<_> = (0..50).map(|n| pool.submit(move || n).unwrap()).collect();
    pool.close();
    assert_eq!(pool.submit(|| 1).unwrap_err(), SubmitError::Closed);
    assert_eq!(pool.map([1], |n| n).unwrap_err(), SubmitError::Closed);
    assert_eq!(pool.scope(|scope| scope.submit(|| 1).unwrap_err()), SubmitError::Closed);
    pool.join();
    assert!(pool.try_join() && pool.join_for(Duration::ZERO) && pool.join_until(Instant::now()));
    assert!(done.iter().enumerate().all(|(n, future)| *future.try_result().unwrap().unwrap() == n));
    // Again, and by more than one.
    pool.close();
    pool.close_now();
    pool.join();
}

#[test]
fn a_pool_that_is_closed_now_cancels_what_waits_and_not_what_runs() {
    let pool = ThreadPool::new(1);
    let (end, running) = busy(&pool);
    let waiting: Vec<_> = (0..10).map(|_| pool.submit(|| ()).unwrap()).collect();
    pool.close_now();
    assert!(waiting.iter().all(Future::is_cancelled) && running.is_running());
    assert!(!pool.try_join() && !pool.join_for(MOMENT));
    assert!(!pool.join_until(Instant::now() + MOMENT));
    end.set();
    pool.join();
    assert!(running.result().is_ok());
}

#[test]
fn a_pool_that_is_dropped_runs_what_it_has_and_its_threads_are_gone() {
    thread_local!(static HELD: Cell<Option<Arc<()>>> = const { Cell::new(None) });
    let (held, ran) = (Arc::new(()), Arc::new(AtomicUsize::new(0)));
    let pool = ThreadPool::new(3);
    for _ in 0..30 {
        let (held, ran) = (held.clone(), ran.clone());
        let task = move || {
            HELD.set(Some(held));
            ran.fetch_add(1, SeqCst);
        };
        drop(pool.submit(task).unwrap());
    }
    drop(pool);
    assert_eq!((ran.load(SeqCst), Arc::strong_count(&held)), (30, 1));
}

#[test]
fn a_task_that_drops_the_last_handle_to_its_pool_ends_well() {
    let pool = Arc::new(ThreadPool::new(2));
    let (own, may_go) = (pool.clone(), Arc::new(Event::new()));
    let gone = may_go.clone();
    let dropped = pool.submit(move || {
        gone.wait();
        drop(own);
    });
    let dropped = dropped.unwrap();
    let after = pool.submit(|| 7).unwrap();
    drop(pool);
    may_go.set();
    assert!(dropped.result().is_ok());
    assert_eq!(*after.result().unwrap(), 7);
}

#[test]
fn an_initializer_runs_once_in_each_worker_before_its_tasks_under_the_workers_name() {
    thread_local!(static READY: Cell<bool> = const { Cell::new(false) });
    let names = Arc::new(Mutex::new(BTreeSet::new()));
    let into = names.clone();
    let pool = ThreadPool::with_initializer(3, "cook", move || {
        let name = thread::current().name().unwrap().to_owned();
        assert!(!READY.replace(true) && into.lock().unwrap().insert(name));
    });
    assert!(pool.map(0..50, |_| READY.get()).unwrap().all(|ready| ready.unwrap()));
    drop(pool);
    assert_eq!(names.lock().unwrap().iter().collect::<Vec<_>>(), ["cook-0", "cook-1", "cook-2"]);
    let pool = ThreadPool::new(1);
    let name = pool.submit(|| thread::current().name().map(str::to_owned)).unwrap();
    assert_eq!(name.result().unwrap().as_deref(), Some("worker-0"));
}

#[test]
fn a_worker_that_dies_in_its_initializer_breaks_the_pool_for_what_waits_and_what_comes() {
    let (fail, calls) = (Arc::new(Event::new()), AtomicUsize::new(0));
    let go = fail.clone();
    let pool = ThreadPool::with_initializer(2, "cook", move || {
        // One is ready at once. The other fails, when it is told to.
        if calls.fetch_add(1, SeqCst) == 1 {
            go.wait();
            resume_unwind(Box::new("on purpose"));
        }
    });
    let (end, running) = busy(&pool);
    let waiting = pool.submit(|| 1).unwrap();
    fail.set();
    assert_eq!(waiting.exception().unwrap().downcast_ref(), Some(&BrokenPool));
    assert_eq!(pool.submit(|| 1).unwrap_err(), SubmitError::Broken);
    assert_eq!(SubmitError::Broken.to_string(), BrokenPool.to_string());
    assert!(BrokenPool.to_string().contains("the initializer of a worker panicked"));
    assert!(format!("{pool:?}").contains("refuses: Some(Broken)"), "{pool:?}");
    end.set();
    assert!(running.result().is_ok());
    pool.join();
}

#[test]
fn tasks_may_submit_tasks_and_wait_for_them_while_a_worker_is_left() {
    let pool = Arc::new(ThreadPool::new(2));
    for _ in 0..200 {
        let own = pool.clone();
        let sum = pool.submit(move || {
            let parts = [1, 2, 3].map(|n| own.submit(move || n * 10).unwrap());
            parts.iter().map(|part| *part.result().unwrap()).sum::<i32>()
        });
        assert_eq!(*sum.unwrap().result().unwrap(), 60);
    }
}

/// Waits in this way for a task of the pool that runs this.
type Wait = fn(Future<i32>) -> i32;

const WAITS: [Wait; 5] = [
    |future| future.into_result().unwrap(),
    |future| *future.result_for(Duration::MAX).unwrap().unwrap(),
    |future| future.exception().map_or(1, |_| 0),
    |future| as_completed([future]).next().unwrap().into_result().unwrap(),
    |future| wait([future], ReturnWhen::FirstException).0.len() as i32,
];

#[test]
fn a_task_that_waits_for_its_own_pool_with_no_worker_left_panics_and_the_pool_goes_on() {
    for workers in [1, 2, 3] {
        for wait in WAITS {
            let pool = Arc::new(ThreadPool::new(workers));
            let all_are_busy = Arc::new(std::sync::Barrier::new(workers));
            let outer: Vec<_> = (0..workers)
                .map(|_| {
                    let (own, busy) = (pool.clone(), all_are_busy.clone());
                    let task = move || {
                        busy.wait();
                        wait(own.submit(|| 1).unwrap())
                    };
                    pool.submit(task).unwrap()
                })
                .collect();
            let failed: Vec<String> = outer
                .iter()
                .filter_map(|future| future.result_for(LONG).expect("it hangs").err())
                .map(ToString::to_string)
                .collect();
            let message =
                "all workers of a pool would wait for tasks of that pool, and none would run";
            assert!(failed.iter().all(|text| text == message), "{failed:?}");
            // The last to wait panics. Then its worker runs what the others wait for.
            assert_eq!(failed.len(), 1, "{failed:?}");
            assert_eq!(*pool.submit(|| 7).unwrap().result().unwrap(), 7);
        }
    }
}

#[test]
fn a_task_may_wait_for_its_own_pool_with_a_limit() {
    let pool = Arc::new(ThreadPool::new(1));
    let own = pool.clone();
    let gave_up = pool.submit(move || own.submit(|| 1).unwrap().result_for(MOMENT).is_none());
    assert!(gave_up.unwrap().result().unwrap());
}

#[test]
fn a_task_that_joins_its_own_pool_or_wants_a_scope_of_it_panics_and_one_of_another_does_not() {
    let pool = Arc::new(ThreadPool::new(2));
    let uses: [fn(&ThreadPool); 2] = [ThreadPool::join, |pool| pool.scope(|_| ())];
    for use_ in uses {
        let own = pool.clone();
        let inside = pool.submit(move || catch_unwind(AssertUnwindSafe(|| use_(&own))).is_err());
        assert!(inside.unwrap().result().unwrap());
        let other = ThreadPool::new(1);
        other.close();
        assert!(pool.submit(move || use_(&other)).unwrap().result().is_ok());
    }
    let own = pool.clone();
    assert!(!pool.submit(move || own.join_for(MOMENT)).unwrap().result().unwrap());
}

#[test]
fn a_scope_waits_for_its_tasks_and_they_borrow() {
    let pool = ThreadPool::new(3);
    let numbers: Vec<u32> = (1..=100).collect();
    let mut sums = [0; 4];
    pool.scope(|scope| {
        for (sum, part) in sums.iter_mut().zip(numbers.chunks(25)) {
            drop(scope.submit(|| {
                thread::sleep(MOMENT);
                *sum = part.iter().sum();
            }));
        }
    });
    assert_eq!(sums, [325, 950, 1575, 2200]);
    let lengths = pool.scope(|scope| {
        let results = scope.map(numbers.chunks(30), |part| part.len());
        results.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    });
    assert_eq!(lengths, [30, 30, 30, 10]);
}

#[test]
fn when_a_pool_is_joined_the_thread_locals_of_its_workers_are_gone() {
    static GONE: AtomicUsize = AtomicUsize::new(0);
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            // So that a join that did not wait for this would return before.
            thread::sleep(MOMENT);
            GONE.fetch_add(1, SeqCst);
        }
    }
    thread_local!(static SLOW: Slow = const { Slow });
    let pool = ThreadPool::with_initializer(2, "cook", || SLOW.with(|_| ()));
    pool.close();
    pool.join();
    assert_eq!(GONE.load(SeqCst), 2);
}

#[test]
fn tasks_of_a_scope_may_submit_to_it() {
    let (pool, ran) = (ThreadPool::new(2), AtomicUsize::new(0));
    pool.scope(|scope| {
        let ran = &ran;
        let outer = scope.submit(move || {
            for _ in 0..10 {
                drop(scope.submit(move || ran.fetch_add(1, SeqCst)));
            }
        });
        drop(outer);
    });
    assert_eq!(ran.into_inner(), 10);
}

#[test]
fn a_scope_that_panics_waits_for_its_tasks_first() {
    let (pool, ran) = (ThreadPool::new(1), AtomicUsize::new(0));
    let panics = || {
        pool.scope(|scope| {
            let task = || {
                thread::sleep(MOMENT);
                ran.fetch_add(1, SeqCst);
            };
            drop(scope.submit(task));
            assert!(format!("{scope:?}").starts_with("Scope { tasks: "), "{scope:?}");
            resume_unwind(Box::new("on purpose"));
        })
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(ran.load(SeqCst), 1);
}

#[test]
fn a_scope_ends_though_its_tasks_panic_are_cancelled_or_are_closed_out() {
    let pool = ThreadPool::new(1);
    let text = String::from("borrowed");
    pool.scope(|scope| {
        let (end, _running) = busy(&pool);
        drop(scope.submit(|| resume_unwind(Box::new(text.len()))));
        assert!(scope.submit(|| text.len()).unwrap().cancel());
        let left = scope.map(0..5, |_| text.len()).unwrap();
        drop(left);
        let closed_out = scope.submit(|| text.len()).unwrap();
        pool.close_now();
        assert!(closed_out.is_cancelled());
        end.set();
    });
}

#[test]
fn a_map_that_is_left_early_cancels_what_has_not_begun() {
    let (pool, ran) = (ThreadPool::new(1), Arc::new(AtomicUsize::new(0)));
    let (end, _running) = busy(&pool);
    let count = ran.clone();
    let map = pool.map(0..10, move |_| count.fetch_add(1, SeqCst)).unwrap();
    drop(map);
    end.set();
    drop(pool);
    assert_eq!(ran.load(SeqCst), 0);
}

#[test]
fn a_map_that_gives_up_can_be_asked_again() {
    let pool = ThreadPool::new(1);
    let (end, _running) = busy(&pool);
    let mut map: Map<i32> = pool.map([1, 2], |n| n * 10).unwrap();
    let deadline = Instant::now() + MOMENT;
    assert!(map.try_next().is_none() && map.next_until(deadline).is_none());
    assert!(Instant::now() >= deadline && map.next_for(MOMENT).is_none() && !map.is_empty());
    assert_eq!(format!("{map:?}"), "Map { chunks: 2, .. }");
    end.set();
    assert_eq!(map.next_for(LONG).unwrap().unwrap(), 10);
    assert_eq!(map.next().unwrap().unwrap(), 20);
    assert!(map.next().is_none() && map.is_empty());
}

#[test]
fn a_pool_without_workers_and_a_chunk_of_nothing_are_refused() {
    assert!(catch_unwind(|| ThreadPool::new(0)).is_err());
    let pool = ThreadPool::new(1);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.map_chunks([1], 0, |n| n).is_ok())).is_err());
}

#[test]
fn a_map_takes_all_items_at_the_call() {
    let pool = ThreadPool::new(1);
    let taken = AtomicUsize::new(0);
    let items = (0..10).inspect(|_| _ = taken.fetch_add(1, SeqCst));
    let map = pool.map(items, |n| n).unwrap();
    assert_eq!(taken.load(SeqCst), 10);
    assert_eq!(map.map(Result::unwrap).sum::<i32>(), 45);
}

/// By trying all odd divisors up to the root.
fn is_prime(number: u64) -> bool {
    let mut divisors = (3..).step_by(2).take_while(|d| d * d <= number);
    !number.is_multiple_of(2) && divisors.all(|d| !number.is_multiple_of(d))
}

#[test]
fn six_numbers_of_fifteen_digits_are_judged_and_told_in_their_order() {
    const NUMBERS: [u64; 6] = [
        112_272_535_095_293,
        112_582_705_942_171,
        112_272_535_095_293,
        115_280_095_190_773,
        115_797_848_077_099,
        1_099_726_899_285_419,
    ];
    let pool = ThreadPool::new(4);
    let answers = pool.map(NUMBERS, is_prime).unwrap().map(Result::unwrap);
    assert!(answers.eq([true, true, true, true, true, false]));
}

#[test]
fn timers_in_a_pool_run_beside_a_slow_one_and_are_cancelled_when_it_is_closed() {
    let pool = Arc::new(ThreadPool::new(2));
    let runs = pool.clone();
    let timers = Timers::running_with(move |due| _ = runs.submit(move || due.run()));
    let (begun, end) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let both = (begun.clone(), end.clone());
    let slow = timers.after(Duration::ZERO, move || {
        both.0.set();
        both.1.wait();
    });
    begun.wait();
    assert_eq!(timers.after(Duration::ZERO, || ()).join(), TimerOutcome::Ran);
    // Both workers are busy now. What comes due waits in the line of the pool.
    let (second_end, _second) = busy(&pool);
    let waits = timers.after(Duration::ZERO, || unreachable!());
    pool.close_now();
    assert_eq!(waits.join(), TimerOutcome::Cancelled);
    let too_late = timers.after(Duration::ZERO, || unreachable!());
    assert_eq!(too_late.join(), TimerOutcome::Cancelled);
    end.set();
    second_end.set();
    assert_eq!(slow.join(), TimerOutcome::Ran);
}
