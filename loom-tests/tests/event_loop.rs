//! Every interleaving of the event loop's thread with others: the waker, the hand-over, the sleep,
//! and the primitives of `event_loop::sync`.
//!
//! Every search here is exhaustive: `loom_tests` demands it. Those with a pool take locks in one
//! step.

use event_loop::sync::{Condition, Event, Lock, Permit, Queue, Semaphore};
use event_loop::{
    EventLoop, FutureError, LoopIsGone, run, run_in_pool, sleep, spawn, timeout, yield_now,
};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::thread::{self, JoinHandle};
use loom_tests::{
    answers, answers_locks_in_one_step, check, check_locks_in_one_step, check_without_spurious,
};
use primitives::platform::time::Duration;
use primitives::{Parker, Promise, ThreadPool};
use std::cell::Cell;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

const SOON: Duration = Duration::from_millis(10);

/// Waits until `flag` has this value. First of all it calls `start` with the waker. Returns how
/// often it was polled.
async fn until(flag: &AtomicU32, value: u32, start: impl FnOnce(Waker)) -> u32 {
    let (mut start, mut polls) = (Some(start), 0);
    poll_fn(|context| {
        polls += 1;
        if let Some(start) = start.take() {
            start(context.waker().clone());
        }
        // Relaxed: that it sees what was written before the wake is the claim under check.
        if flag.load(Relaxed) == value { Poll::Ready(polls) } else { Poll::Pending }
    })
    .await
}

/// Threads that each add one, and then wake the task that waits for all of them.
fn wakes(threads: u32) {
    let (flag, mut handles) = (Arc::new(AtomicU32::new(0)), Vec::new());
    let polls = run(until(&flag, threads, |waker| {
        for number in 0..threads {
            let (flag, waker) = (flag.clone(), waker.clone());
            handles.push(thread::spawn(["first", "second"][number as usize], move || {
                flag.fetch_add(1, Relaxed);
                waker.wake();
            }));
        }
    }));
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    assert!(polls <= 1 + threads, "polled without a wake");
}

fn one_wake() {
    wakes(1);
}

fn two_wakes() {
    wakes(2);
}

#[test]
fn no_wake_by_another_thread_is_lost() {
    check(one_wake);
}

#[test]
fn of_two_wakes_none_is_lost_and_the_task_sees_what_was_done_before_both() {
    check_without_spurious(two_wakes);
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [("one wake", one_wake), ("two wakes", two_wakes)];
    assert_eq!(loom_tests::every_ordering_is_needed("event-loop/src/waker.rs", &programs), 2);
}

#[test]
fn a_task_is_never_polled_twice_at_once_and_a_wake_during_the_poll_brings_it_another() {
    check(|| {
        let (flag, inside) = (Arc::new(AtomicU32::new(0)), Cell::new(false));
        let mut waking = None;
        run(poll_fn(|context| {
            assert!(!inside.replace(true));
            let (thread, waker) = (flag.clone(), context.waker().clone());
            let begun = waking.get_or_insert_with(|| {
                thread::spawn("waker", move || {
                    thread.store(1, Relaxed);
                    waker.wake();
                })
            });
            let _ = begun;
            // The other thread has all the time from the load to the end of the poll.
            let set = flag.load(Relaxed) == 1;
            flag.load(Relaxed);
            inside.set(false);
            if set { Poll::Ready(()) } else { Poll::Pending }
        }));
        waking.unwrap().join().unwrap();
    });
}

#[test]
fn a_wake_after_the_end_does_nothing() {
    check(|| {
        let (event_loop, polls) = (EventLoop::new().unwrap(), Rc::new(Cell::new(0)));
        let counted = polls.clone();
        let thread = Rc::new(Cell::new(None));
        let started = thread.clone();
        let task = event_loop.spawn(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            let waker = context.waker().clone();
            started.set(Some(thread::spawn("waker", move || waker.wake())));
            Poll::Ready(())
        }));
        event_loop.run(task).unwrap();
        event_loop.run(yield_now());
        assert_eq!(polls.get(), 1);
        drop(event_loop);
        thread.take().unwrap().join().unwrap();
    });
}

#[test]
fn a_function_that_is_handed_over_is_called_or_dropped_with_the_loop_or_refused() {
    let program = || {
        let event_loop = EventLoop::new().unwrap();
        let (handle, called) = (event_loop.handle(), Arc::new(AtomicU32::new(0)));
        let calls = called.clone();
        let caller = thread::spawn("caller", move || {
            let call = move || _ = calls.fetch_add(1, Relaxed);
            handle.call_soon_threadsafe(call)
        });
        event_loop.run(yield_now());
        drop(event_loop);
        let answer = caller.join().unwrap();
        (answer, called.load(Relaxed))
    };
    // It may come when the loop has run, and before it is dropped.
    let all = [(Ok(()), 0), (Ok(()), 1), (Err(LoopIsGone), 0)];
    assert_eq!(answers(move || program_answer(program())), all.map(program_answer));
}

/// In a form that has an order.
fn program_answer((answer, calls): (Result<(), LoopIsGone>, u32)) -> (bool, u32) {
    (answer.is_err(), calls)
}

#[test]
fn a_function_that_is_handed_over_to_a_sleeping_loop_wakes_it_and_may_use_it() {
    check(|| {
        let done = Arc::new(Event::new());
        run(async {
            let (handle, done) = (event_loop::handle(), done.clone());
            let signal = done.clone();
            let caller = thread::spawn("caller", move || {
                let start = move || _ = spawn(async move { signal.set() });
                handle.call_soon_threadsafe(start).unwrap();
            });
            done.wait().await;
            caller.join().unwrap();
        });
    });
}

#[test]
fn a_result_that_a_thread_promised_wakes_the_sleeping_loop() {
    // What a worker of a pool does last, alone: so all orders are within reach.
    check(|| {
        let (promise, future) = Promise::new();
        let keeper = thread::spawn("keeper", move || promise.set_result(42).unwrap());
        assert_eq!(run(future).unwrap(), 42);
        keeper.join().unwrap();
    });
}

#[test]
fn what_a_worker_of_a_pool_returns_wakes_the_sleeping_loop_and_the_task_sees_what_it_did() {
    check_locks_in_one_step(|| {
        let (pool, done) = (ThreadPool::new(1), Arc::new(AtomicU32::new(0)));
        run(async {
            let work = done.clone();
            // Relaxed: that the task sees it is the claim under check.
            let in_pool = run_in_pool(&pool, move || work.store(42, Relaxed)).unwrap();
            in_pool.await.unwrap();
            assert_eq!(done.load(Relaxed), 42);
        });
    });
}

#[test]
fn a_panic_in_a_pool_comes_to_the_task_that_awaits_it() {
    check_locks_in_one_step(|| {
        let pool = ThreadPool::new(1);
        let work = || -> u32 { resume_unwind(Box::new("on purpose")) };
        let result = run(async { run_in_pool(&pool, work).unwrap().await });
        assert!(matches!(result, Err(FutureError::Failed(_))));
    });
}

#[test]
fn work_in_a_pool_that_nobody_awaits_any_more_is_cancelled_or_runs() {
    let program = || {
        let (pool, done) = (ThreadPool::new(1), Arc::new(AtomicU32::new(0)));
        let work = done.clone();
        run(async {
            let mut in_pool = Box::pin(run_in_pool(&pool, move || work.store(1, Relaxed)).unwrap());
            // It is dropped with the loop's waker in it, which the worker may be about to call.
            poll_fn(|context| Poll::Ready(in_pool.as_mut().poll(context).is_ready())).await
        });
        drop(pool);
        done.load(Relaxed)
    };
    assert_eq!(answers_locks_in_one_step(program), [0, 1]);
}

#[test]
fn a_wake_or_the_time_limit_comes_first_and_the_loop_sleeps_through_neither() {
    let program = || {
        let (flag, mut waking) = (Arc::new(AtomicU32::new(0)), None);
        let woken = run(timeout(
            SOON,
            until(&flag, 1, |waker| {
                let flag = flag.clone();
                waking = Some(thread::spawn("waker", move || {
                    flag.store(1, Relaxed);
                    waker.wake();
                }));
            }),
        ));
        waking.unwrap().join().unwrap();
        woken.is_ok()
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn sleeping_tasks_go_on_in_the_order_of_their_deadlines() {
    check(|| {
        let order = Rc::new(Cell::new(0));
        run(async {
            let late = spawn({
                let order = order.clone();
                async move {
                    sleep(2 * SOON).await;
                    order.replace(2)
                }
            });
            sleep(SOON).await;
            assert_eq!(order.replace(1), 0);
            assert_eq!(late.await.unwrap(), 1);
        });
    });
}

/// A task's waker in the place of a loop's: it wakes a thread.
struct Sleeper(Parker);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future on this thread until it is ready. That has fewer steps than a loop, which is
/// checked above.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        let sleeper = Arc::new(Sleeper(Parker::new()));
        let waker = Waker::from(sleeper.clone());
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => sleeper.0.park(),
        }
    }
}

/// Polls a future once, and drops it: what a task does that gives up.
fn give_up<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

/// Runs `other` on a thread of its own beside `mine`.
fn beside<S: Send + Sync + 'static, A, B: Send + 'static>(
    shared: &Arc<S>,
    mine: impl FnOnce(&S) -> A,
    other: impl FnOnce(&S) -> B + Send + 'static,
) -> (A, B) {
    let theirs = shared.clone();
    let other: JoinHandle<B> = thread::spawn("other", move || other(&theirs));
    (mine(shared), other.join().unwrap())
}

#[test]
fn a_task_gets_the_permit_that_a_thread_releases() {
    check(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let mine = |semaphore: &Semaphore| block_on(semaphore.acquire()).forget();
        beside(&semaphore, mine, |semaphore| semaphore.release().unwrap());
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn a_permit_is_had_by_the_task_that_gives_up_or_free_and_never_lost() {
    let program = || {
        let semaphore = Arc::new(Semaphore::new(0));
        let mine = |semaphore: &Semaphore| give_up(semaphore.acquire()).map(Permit::forget);
        let (had, ()) = beside(&semaphore, mine, |semaphore| semaphore.release().unwrap());
        assert_eq!(semaphore.available(), u32::from(had.is_none()));
        had.is_some()
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn a_task_that_gives_up_just_as_it_is_handed_a_permit_hands_it_to_the_next() {
    check(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let mine = |semaphore: &Semaphore| {
            let mut first = Box::pin(semaphore.acquire());
            let polled = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(permit) = polled {
                return permit.forget();
            }
            // It stands behind the first, which goes away whatever the other thread has done.
            let mut second = Box::pin(semaphore.acquire());
            let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            drop(first);
            match polled {
                Poll::Ready(permit) => permit.forget(),
                Poll::Pending => block_on(second).forget(),
            }
        };
        beside(&semaphore, mine, |semaphore| semaphore.release().unwrap());
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn an_item_that_a_thread_puts_is_had_by_the_task_that_waits() {
    check(|| {
        let queue = Arc::new(Queue::unbounded());
        let mine = |queue: &Queue<i32>| block_on(queue.get()).unwrap();
        let (got, ()) = beside(&queue, mine, |queue| queue.try_put(42).unwrap());
        assert_eq!((got, queue.len()), (42, 0));
    });
}

#[test]
fn an_item_is_had_by_the_task_that_gives_up_or_left_for_the_next_and_never_lost() {
    let program = || {
        let queue = Arc::new(Queue::unbounded());
        let mine = |queue: &Queue<i32>| {
            let mut first = Box::pin(queue.get());
            let polled = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(item) = polled {
                return (true, item.unwrap());
            }
            let mut second = Box::pin(queue.get());
            let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            drop(first);
            match polled {
                Poll::Ready(item) => (false, item.unwrap()),
                Poll::Pending => (false, block_on(second).unwrap()),
            }
        };
        let ((had_by_first, item), ()) = beside(&queue, mine, |queue| queue.try_put(42).unwrap());
        assert_eq!(item, 42);
        had_by_first
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn room_that_a_thread_makes_is_had_by_the_task_that_waits_to_put() {
    check(|| {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(1).unwrap();
        let mine = |queue: &Queue<i32>| block_on(queue.put(2)).unwrap();
        let ((), got) = beside(&queue, mine, |queue| queue.try_get().unwrap());
        assert_eq!((got, queue.try_get()), (1, Ok(2)));
    });
}

#[test]
fn a_queue_that_a_thread_closes_lets_the_task_go_on_that_waits() {
    check(|| {
        let queue = Arc::new(Queue::<i32>::unbounded());
        let (got, ()) = beside(&queue, |queue| block_on(queue.get()), |queue| queue.close());
        assert!(got.is_err());
    });
}

#[test]
fn a_join_of_a_queue_goes_on_when_a_thread_has_called_all_done() {
    check(|| {
        let queue = Arc::new(Queue::unbounded());
        queue.try_put(1).unwrap();
        let other = |queue: &Queue<i32>| {
            queue.try_get().unwrap();
            queue.task_done().unwrap();
        };
        beside(&queue, |queue| block_on(queue.join()), other);
        assert!(queue.is_empty());
    });
}

#[test]
fn an_event_that_a_thread_sets_lets_the_task_go_on_that_waits() {
    check(|| {
        let event = Arc::new(Event::new());
        beside(&event, |event| block_on(event.wait()), |event| event.set());
    });
}

#[test]
fn an_event_that_is_cleared_at_once_still_lets_those_go_on_that_waited() {
    check(|| {
        let event = Arc::new(Event::new());
        let mut wait = Box::pin(event.wait());
        let noop = &mut Context::from_waker(Waker::noop());
        assert!(wait.as_mut().poll(noop).is_pending());
        let set_and_clear = |event: &Event| {
            event.set();
            event.clear();
        };
        beside(&event, |_| block_on(wait), set_and_clear);
    });
}

#[test]
fn a_lock_that_a_thread_holds_goes_to_the_task_that_waits() {
    check(|| {
        let lock = Arc::new(Lock::new(0));
        let other = |lock: &Lock<i32>| {
            if let Some(mut value) = lock.try_lock() {
                *value += 1;
            }
        };
        beside(&lock, |lock| block_on(async { *lock.lock().await += 10 }), other);
        let value = *lock.try_lock().expect("left locked");
        assert!(value == 10 || value == 11, "{value}");
    });
}

#[test]
fn a_notification_that_comes_while_the_task_looks_is_not_lost() {
    check_without_spurious(|| {
        let shared = Arc::new((Lock::new(0), Condition::new()));
        let mine = |(lock, changed): &(Lock<i32>, Condition)| {
            block_on(async {
                let value = lock.lock().await;
                *changed.wait_while(value, |value| *value == 0).await
            })
        };
        let other = |(lock, changed): &(Lock<i32>, Condition)| {
            block_on(async { *lock.lock().await = 1 });
            changed.notify_one();
        };
        assert_eq!(beside(&shared, mine, other).0, 1);
    });
}
