//! Futures on the real machine: agreement with a plain model and with a channel, what Python's
//! tests of `concurrent.futures` demand, and the limits that the model checker cannot reach.

use primitives::future::{AsCompleted, Crew, ReturnWhen, try_wait, wait, wait_for, wait_until};
use primitives::{Event, Future, FutureError, Promise, as_completed};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
enum Operation {
    Start,
    SetResult,
    SetException,
    Break,
    Cancel,
    /// Adds a callback, which panics or not.
    Callback(bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        Just(Operation::Start),
        Just(Operation::SetResult),
        Just(Operation::SetException),
        Just(Operation::Break),
        Just(Operation::Cancel),
        any::<bool>().prop_map(Operation::Callback),
    ]
}

/// What is known of a future from outside, in Python's words.
fn state<T>(future: &Future<T>) -> &'static str {
    let done = future.is_done();
    assert_eq!(done, future.try_result().is_some());
    assert_eq!(done, future.result_for(Duration::ZERO).is_some());
    assert_eq!(done, future.try_exception().is_some());
    assert_eq!(done, future.exception_for(Duration::ZERO).is_some());
    match future.try_result() {
        Some(Ok(_)) => "result",
        Some(Err(FutureError::Failed(_))) => "exception",
        Some(Err(FutureError::BrokenPromise)) => "broken",
        Some(Err(FutureError::Cancelled)) => {
            assert!(future.is_cancelled());
            "cancelled"
        }
        None if future.is_running() => "running",
        None => "pending",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_plain_model(
        operations in prop::collection::vec(operation(), 0..12)
    ) {
        let (promise, future) = Promise::new();
        let mut promise = Some(promise);
        let (mut expected, mut added) = ("pending", Vec::new());
        let called = Arc::new(Mutex::new(Vec::new()));
        for (number, operation) in operations.into_iter().enumerate() {
            let cancelled = expected == "cancelled";
            match operation {
                Operation::Callback(panics) => {
                    let called = called.clone();
                    added.push(number);
                    future.add_done_callback(move |_| {
                        called.lock().unwrap().push(number);
                        if panics {
                            resume_unwind(Box::new("on purpose"));
                        }
                    });
                }
                Operation::Cancel => {
                    prop_assert_eq!(future.cancel(), expected == "pending" || cancelled);
                    if expected == "pending" {
                        expected = "cancelled";
                    }
                }
                Operation::Start => {
                    let Some(promise) = &promise else { continue };
                    prop_assert_eq!(promise.start(), !cancelled);
                    if !cancelled {
                        expected = "running";
                    }
                }
                keep => {
                    let Some(promise) = promise.take() else { continue };
                    let (kept, how) = match keep {
                        Operation::SetResult => (promise.set_result(7).is_ok(), "result"),
                        Operation::SetException => {
                            (promise.set_exception(Box::new("no")).is_ok(), "exception")
                        }
                        _ => {
                            drop(promise);
                            (!cancelled, "broken")
                        }
                    };
                    prop_assert_eq!(kept, !cancelled);
                    if kept {
                        expected = how;
                    }
                }
            }
            prop_assert_eq!(state(&future), expected);
            let ended = !["pending", "running"].contains(&expected);
            prop_assert_eq!(&*called.lock().unwrap(), if ended { &added[..] } else { &[] });
        }
    }
}

#[test]
fn results_of_threads_arrive_as_through_a_channel() {
    let ours = (0..200_u32).map(|number| {
        let (promise, future) = Promise::new();
        thread::spawn(move || promise.run(|| number * number));
        future.into_result().unwrap()
    });
    let channel = (0..200_u32).map(|number| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(number * number));
        receiver.recv().unwrap()
    });
    assert!(ours.eq(channel));
}

#[test]
fn a_timed_wait_takes_at_least_its_time_and_no_deadline_is_early() {
    let (_promise, future) = Promise::<i32>::new();
    let start = Instant::now();
    assert!(future.result_for(MOMENT).is_none());
    assert!(start.elapsed() >= MOMENT);
    let deadline = Instant::now() + MOMENT;
    assert!(future.result_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    let deadline = Instant::now() + MOMENT;
    assert!(future.exception_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    let deadline = Instant::now() + MOMENT;
    assert!(as_completed([&future]).next_until(deadline).is_none());
    assert!(Instant::now() >= deadline);
    let waited = wait_until([&future], ReturnWhen::AllCompleted, Instant::now() + MOMENT);
    assert_eq!((waited.0.len(), waited.1.len()), (0, 1));
    assert!(Instant::now() >= deadline + MOMENT);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_there_is_a_result() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let (promise, future) = Promise::new();
        let waiter = thread::spawn(move || future.result_for(timeout).map(|n| *n.unwrap()));
        while !format!("{promise:?}").contains("waiters: 1") {
            thread::yield_now();
        }
        promise.set_result(3).unwrap();
        assert_eq!(waiter.join().unwrap(), Some(3));
    }
}

#[test]
fn a_thread_that_gives_up_is_no_waiter_any_more() {
    let (promise, future) = Promise::<i32>::new();
    assert!(future.result_for(MOMENT).is_none());
    assert!(as_completed([&future]).next_for(MOMENT).is_none());
    assert_eq!(try_wait([&future]).1.len(), 1);
    assert_eq!(wait_for([&future], ReturnWhen::FirstCompleted, MOMENT).1.len(), 1);
    assert!(format!("{promise:?}").contains("waiters: 0"), "{promise:?}");
}

#[test]
fn callbacks_run_in_order_on_the_thread_that_ends_the_future_and_before_anybody_has_the_result() {
    let (promise, future) = Promise::new();
    let called = Arc::new(Mutex::new(Vec::new()));
    for number in 0..3 {
        let called = called.clone();
        future.add_done_callback(move |result| {
            thread::sleep(MOMENT);
            called.lock().unwrap().push((number, *result.unwrap(), thread::current().id()));
        });
    }
    let thread = thread::spawn(move || {
        promise.set_result('r').unwrap();
        thread::current().id()
    });
    assert_eq!(future.result().unwrap(), &'r');
    let called = called.lock().unwrap();
    let ends = thread.join().unwrap();
    assert_eq!(*called, [(0, 'r', ends), (1, 'r', ends), (2, 'r', ends)]);
}

#[test]
fn a_callback_that_panics_harms_neither_the_others_nor_the_result_nor_the_thread_that_ends() {
    let (promise, future) = Promise::new();
    let called = Arc::new(AtomicUsize::new(0));
    for panics in [true, false, true, false] {
        let called = called.clone();
        future.add_done_callback(move |_| {
            called.fetch_add(1, SeqCst);
            if panics {
                resume_unwind(Box::new("on purpose"));
            }
        });
    }
    promise.set_result(1).unwrap();
    assert_eq!((called.load(SeqCst), *future.result().unwrap()), (4, 1));
    // After the end too.
    future.add_done_callback(|_| resume_unwind(Box::new("on purpose")));
}

#[test]
fn a_callback_is_told_of_a_cancel_an_error_and_a_broken_promise() {
    let told = |end: fn(Promise<i32>, &Future<i32>)| {
        let (promise, future) = Promise::<i32>::new();
        let text = Arc::new(Mutex::new(String::new()));
        let into = text.clone();
        future.add_done_callback(move |result| {
            *into.lock().unwrap() = result.unwrap_err().to_string();
        });
        end(promise, &future);
        let text = text.lock().unwrap().clone();
        assert_eq!(future.exception().unwrap().to_string(), text);
        text
    };
    assert_eq!(told(|_, future| assert!(future.cancel())), "the future was cancelled");
    assert_eq!(told(|promise, _| drop(promise)), "the promise was dropped without a result");
    assert_eq!(told(|promise, _| _ = promise.run(|| panic!("no {}", "luck"))), "no luck");
    assert_eq!(told(|promise, _| promise.set_exception(Box::new(7)).unwrap()), "the work failed");
}

#[test]
fn a_callback_that_is_added_after_the_end_is_told_at_once_of_whatever_that_was() {
    let told = |end: fn(Promise<i32>, &Future<i32>)| {
        let (promise, future) = Promise::<i32>::new();
        end(promise, &future);
        let text = Arc::new(Mutex::new(String::new()));
        let into = text.clone();
        future.add_done_callback(move |result| {
            *into.lock().unwrap() = result.map_or_else(ToString::to_string, i32::to_string);
        });
        // Bound: as a part of the last line it would outlive the text in edition 2021.
        let guard = text.lock().unwrap();
        guard.clone()
    };
    assert_eq!(told(|promise, _| promise.set_result(7).unwrap()), "7");
    assert_eq!(told(|promise, _| _ = promise.run(|| panic!("no luck"))), "no luck");
    assert_eq!(told(|_, future| assert!(future.cancel())), "the future was cancelled");
}

#[test]
fn callbacks_added_by_callbacks_run_too() {
    let (promise, future) = Promise::new();
    let (future, called) = (Arc::new(future), Arc::new(AtomicUsize::new(0)));
    let (again, count) = (future.clone(), called.clone());
    future.add_done_callback(move |_| {
        assert!(!again.is_done() && again.is_running());
        again.add_done_callback(move |_| _ = count.fetch_add(1, SeqCst));
    });
    promise.set_result(()).unwrap();
    assert_eq!(called.load(SeqCst), 1);
}

#[test]
fn a_thread_that_dies_with_its_promise_breaks_it() {
    let (promise, future) = Promise::<i32>::new();
    let thread = thread::spawn(move || {
        let _promise = promise;
        resume_unwind(Box::new("on purpose"));
    });
    assert!(matches!(future.result(), Err(FutureError::BrokenPromise)));
    assert!(thread.join().is_err());
}

#[test]
fn the_panic_of_the_work_can_be_passed_on_and_its_error_looked_at() {
    #[derive(Debug, PartialEq)]
    struct NoMilk(u32);
    let (promise, future) = Promise::<i32>::new();
    assert!(promise.run(|| resume_unwind(Box::new(NoMilk(3)))));
    let error = future.exception().unwrap();
    assert_eq!(error.downcast_ref(), Some(&NoMilk(3)));
    assert_eq!(error.downcast_ref::<String>(), None);
    assert_eq!(FutureError::Cancelled.downcast_ref::<NoMilk>(), None);
    let Err(FutureError::Failed(payload)) = future.into_result() else { panic!("it failed") };
    assert_eq!((payload.message(), payload.downcast_ref()), (None, Some(&NoMilk(3))));
    let caught = catch_unwind(AssertUnwindSafe(|| resume_unwind(payload.into_inner())));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&NoMilk(3)));
}

#[test]
fn the_work_of_a_cancelled_future_is_dropped_and_not_done() {
    let (promise, future) = Promise::new();
    assert!(future.cancel() && future.cancel());
    assert!(!promise.run(|| unreachable!("it was cancelled")));
    assert!(matches!(future.result(), Err(FutureError::Cancelled)));
    let (promise, future) = Promise::<i32>::new();
    future.cancel();
    assert_eq!(promise.set_exception(Box::new(5)).unwrap_err().downcast_ref(), Some(&5));
}

/// Three promises, and their futures.
fn three() -> ([Promise<i32>; 3], [Future<i32>; 3]) {
    let [a, b, c] = [(); 3].map(|()| Promise::new());
    ([a.0, b.0, c.0], [a.1, b.1, c.1])
}

#[test]
fn those_that_have_ended_come_first_and_in_the_order_in_which_they_were_named() {
    let ([a, b, c], futures) = three();
    c.set_result(3).unwrap();
    b.set_result(2).unwrap();
    let mut all = as_completed(&futures);
    assert_eq!(all.len(), 3);
    a.set_result(1).unwrap();
    assert_eq!(format!("{all:?}"), "AsCompleted { left: 3, .. }");
    let order = [all.try_next(), all.next_for(LONG), all.next()];
    assert_eq!(order.map(|future| *future.unwrap().result().unwrap()), [2, 3, 1]);
    assert!(all.next().is_none() && all.try_next().is_none() && all.next_for(LONG).is_none());
}

#[test]
fn a_future_that_is_named_twice_is_given_out_once() {
    let ([a, b, _c], futures) = three();
    let [first, second, _] = &futures;
    a.set_result(1).unwrap();
    let mut all = as_completed([first, second, first, second]);
    b.set_result(2).unwrap();
    assert!(all.by_ref().map(|future| future.result().unwrap()).eq(&[1, 2]));
    assert_eq!(wait([first, first], ReturnWhen::AllCompleted).0.len(), 1);
}

#[test]
fn futures_that_were_given_out_are_not_kept() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..3).map(|_| Promise::new()).unzip();
    let futures: Vec<_> = futures.into_iter().map(Arc::new).collect();
    let mut all = as_completed(futures.iter().cloned());
    for (promise, future) in promises.into_iter().zip(&futures) {
        promise.set_result(()).unwrap();
        drop(all.next().unwrap());
        assert_eq!(Arc::strong_count(future), 1);
    }
}

#[test]
fn threads_that_wait_for_all_of_the_same_futures_go_on_though_these_end_at_the_same_time() {
    for _ in 0..20 {
        let (promises, futures): (Vec<_>, Vec<_>) = (0..8).map(|_| Promise::new()).unzip();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let (done, not_done) = wait(&futures, ReturnWhen::AllCompleted);
                    assert_eq!((done.len(), not_done.len()), (8, 0));
                });
            }
            for promise in promises {
                scope.spawn(|| promise.set_result(1).unwrap());
            }
        });
    }
}

#[test]
fn no_futures_are_no_wait() {
    let none: [Future<i32>; 0] = [];
    assert!(as_completed(none).next().is_none());
    for until in [ReturnWhen::AllCompleted, ReturnWhen::FirstCompleted, ReturnWhen::FirstException]
    {
        let none: [Future<i32>; 0] = [];
        let (done, not_done) = wait(none, until);
        assert!(done.is_empty() && not_done.is_empty());
    }
}

#[test]
fn what_is_left_when_the_time_is_up_can_be_waited_for_again() {
    let ([a, b, c], futures) = three();
    a.set_result(1).unwrap();
    let (done, not_done) = wait_for(futures, ReturnWhen::AllCompleted, MOMENT);
    assert_eq!((done.len(), not_done.len()), (1, 2));
    let thread = thread::spawn(move || {
        c.set_result(3).unwrap();
        b.set_result(2).unwrap();
    });
    let (done, not_done) = wait(not_done, ReturnWhen::AllCompleted);
    assert_eq!((done.len(), not_done.len()), (2, 0));
    thread.join().unwrap();
}

#[test]
fn a_wait_for_the_first_error_ends_with_it_and_not_with_a_cancel_or_a_result() {
    let ([a, b, c], futures) = three();
    a.set_result(1).unwrap();
    assert!(futures[1].cancel());
    let (done, not_done) = wait_for(&futures, ReturnWhen::FirstException, MOMENT);
    assert_eq!((done.len(), not_done.len()), (2, 1));
    drop(b);
    let ([fails, _later, _last], more) = three();
    let thread = thread::spawn(move || fails.run(|| resume_unwind(Box::new("on purpose"))));
    let all = more.iter().chain(&futures);
    let (done, not_done) = wait(all, ReturnWhen::FirstException);
    assert_eq!((done.len(), not_done.len()), (3, 3));
    thread.join().unwrap();
    drop(c);
    let broken = wait([&futures[2]], ReturnWhen::FirstException);
    assert!(matches!(broken.0[0].result(), Err(FutureError::BrokenPromise)));
}

#[test]
fn a_wait_for_the_first_returns_all_that_have_ended() {
    let ([a, b, _c], futures) = three();
    a.set_result(1).unwrap();
    b.set_result(2).unwrap();
    let (done, not_done) = wait(&futures, ReturnWhen::FirstCompleted);
    assert_eq!((done.len(), not_done.len()), (2, 1));
}

/// Counts how often it is called, and wakes a thread.
struct Counts(AtomicUsize, thread::Thread);

impl Counts {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0), thread::current()))
    }
}

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
        self.1.unpark();
    }
}

/// The smallest executor.
fn block_on<T>(task: impl std::future::Future<Output = T>) -> T {
    let waker = Waker::from(Counts::new());
    let mut task = pin!(task);
    loop {
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn async_code_awaits_a_result_an_error_and_a_cancel() {
    let (promise, future) = Promise::new();
    let (broken, never) = Promise::<i32>::new();
    let (_promise, cancelled) = Promise::<i32>::new();
    cancelled.cancel();
    let thread = thread::spawn(move || {
        thread::sleep(MOMENT);
        drop(broken);
        promise.set_result(20).unwrap();
    });
    let sum = block_on(async {
        assert!(matches!(never.await, Err(FutureError::BrokenPromise)));
        assert!(matches!(cancelled.await, Err(FutureError::Cancelled)));
        future.await.unwrap() + 22
    });
    assert_eq!(sum, 42);
    thread.join().unwrap();
}

#[test]
fn the_newest_waker_is_called_once_and_a_second_poll_after_the_end_panics() {
    let (promise, mut future) = Promise::new();
    let (old, new) = (Counts::new(), Counts::new());
    let poll = |future: &mut Future<i32>, waker: &Arc<Counts>| {
        let waker = Waker::from(waker.clone());
        std::future::Future::poll(pin!(future), &mut Context::from_waker(&waker))
    };
    assert!(poll(&mut future, &old).is_pending() && poll(&mut future, &new).is_pending());
    promise.set_result(1).unwrap();
    assert_eq!((old.0.load(SeqCst), new.0.load(SeqCst)), (0, 1));
    assert!(matches!(poll(&mut future, &new), Poll::Ready(Ok(1))));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut future, &new))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| _ = future.result())).is_err());
    assert!(future.is_done() && !future.is_cancelled());
}

#[test]
fn a_future_that_is_dropped_stops_nothing() {
    let (promise, future) = Promise::new();
    let called = Arc::new(Event::new());
    let event = called.clone();
    future.add_done_callback(move |_| event.set());
    drop(future);
    assert!(promise.run(|| 1));
    assert!(called.is_set());
}

#[test]
fn several_threads_wait_for_one_future_and_all_see_its_result() {
    let (promise, future) = Promise::<String>::new();
    let future = Arc::new(future);
    let waiters: Vec<_> = (0..8)
        .map(|number| {
            let future = future.clone();
            thread::spawn(move || match number % 2 {
                0 => future.result().unwrap().len(),
                _ => future.result_for(LONG).unwrap().unwrap().len(),
            })
        })
        .collect();
    thread::sleep(MOMENT);
    promise.set_result("four".to_owned()).unwrap();
    assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap() == 4));
    let future = Arc::into_inner(future).unwrap();
    assert_eq!(future.into_result().unwrap(), "four");
}

#[test]
fn a_future_says_at_each_stage_what_can_be_asked_of_it() {
    let shown = |future: &Future<i32>| {
        let is = (future.is_running(), future.is_cancelled(), future.is_done());
        let text = format!("{future:?}");
        let (_, stage) = text.split_once("stage: ").unwrap();
        (stage.split_once(',').unwrap().0.to_owned(), is)
    };
    let (promise, future) = Promise::new();
    assert_eq!(shown(&future), ("Pending".to_owned(), (false, false, false)));
    assert!(promise.start() && !future.cancel());
    assert_eq!(shown(&future), ("Running".to_owned(), (true, false, false)));
    promise.set_result(1).unwrap();
    assert!(!future.cancel());
    assert_eq!(shown(&future), ("Finished".to_owned(), (false, false, true)));

    let (_promise, future) = Promise::new();
    assert!(future.cancel() && future.cancel());
    assert_eq!(shown(&future), ("Cancelled".to_owned(), (false, true, true)));
}

#[test]
fn debug_never_waits() {
    let (promise, future) = Promise::new();
    let (at, seen) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (in_callback, go_on) = (at.clone(), seen.clone());
    future.add_done_callback(move |_| {
        in_callback.set();
        go_on.wait();
    });
    let thread = thread::spawn(move || promise.set_result(1));
    at.wait();
    assert_eq!(format!("{future:?}"), "Future { stage: Running, waiters: 0, .. }");
    seen.set();
    thread.join().unwrap().unwrap();
    assert_eq!(format!("{future:?}"), "Future { stage: Finished, waiters: 0, .. }");
}

#[test]
fn an_iterator_over_arcs_gives_arcs() {
    let (promise, future) = Promise::new();
    let future = Arc::new(future);
    let mut all: AsCompleted<i32, Arc<Future<i32>>> = as_completed([future.clone()]);
    promise.set_result(1).unwrap();
    assert!(Arc::ptr_eq(&all.next().unwrap(), &future));
}

#[test]
fn of_a_crew_whose_members_wait_for_each_other_one_panics_and_the_other_goes_on() {
    for _ in 0..100 {
        let crew = Crew::new(2);
        let [(first, second), (third, fourth)] = [(); 2].map(|()| Promise::of_crew(&crew));
        let members = [(first, fourth), (third, second)].map(|(promise, future)| {
            let crew = crew.clone();
            thread::spawn(move || {
                crew.enlist();
                assert!(crew.has_me());
                let waits = AssertUnwindSafe(|| future.result().is_ok());
                let come = catch_unwind(waits).unwrap_or(false);
                promise.set_result(1).unwrap();
                come
            })
        });
        let come = members.map(|member| member.join().unwrap());
        assert_ne!(come[0], come[1]);
        assert!(!crew.has_me());
        assert_eq!(format!("{crew:?}"), "Crew { size: 2, waiting: 0 }");
    }
}

#[test]
fn a_promise_that_cancels_its_future_does_so_unless_its_work_has_begun() {
    let (promise, future) = Promise::<i32>::new();
    assert!(promise.cancel() && future.is_cancelled());
    let (promise, future) = Promise::<i32>::new();
    assert!(promise.start() && !promise.cancel() && !future.is_cancelled());
    assert!(matches!(future.result(), Err(FutureError::BrokenPromise)));
}
