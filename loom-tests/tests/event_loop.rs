//! Every interleaving of the event loop's thread with others: the waker, the hand-over, the sleep,
//! and the primitives of `event_loop::sync`.
//!
//! Every search here is exhaustive: `loom_tests` demands it.

use event_loop::sync::{Condition, Event, Lock, Queue, Semaphore};
use event_loop::{EventLoop, LoopIsGone, TimedOut, run, sleep, spawn, timeout, yield_now};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::thread::{self, JoinHandle};
use loom_tests::{answers, check, check_without_spurious};
use primitives::platform::time::Duration;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

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

/// A task that does `waits` in the loop, and gives up after a while, and a thread beside it that
/// does `other`.
fn beside<S: Send + Sync + 'static, A>(
    shared: &Arc<S>,
    waits: impl AsyncFnOnce(&S) -> A,
    other: impl FnOnce(&S) + Send + 'static,
) -> Result<A, TimedOut> {
    let theirs = shared.clone();
    let other: JoinHandle<()> = thread::spawn("other", move || other(&theirs));
    let answer = run(timeout(SOON, waits(shared)));
    other.join().unwrap();
    answer
}

#[test]
fn a_permit_that_a_thread_releases_is_had_by_the_task_or_free_and_never_lost() {
    let program = || {
        let semaphore = Arc::new(Semaphore::new(0));
        let waits = async |semaphore: &Semaphore| semaphore.acquire().await.forget();
        let had = beside(&semaphore, waits, |semaphore| semaphore.release().unwrap()).is_ok();
        assert_eq!(semaphore.available(), u32::from(!had));
        had
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn a_task_that_gives_up_just_as_it_is_handed_a_permit_hands_it_to_the_next() {
    check(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let waits = async |semaphore: &Semaphore| {
            let mut first = Box::pin(semaphore.acquire());
            // It joins the line, and is dropped, whatever the other thread has done meanwhile.
            let polled = poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
            let second = match polled {
                Poll::Ready(permit) => return permit.forget(),
                Poll::Pending => semaphore.acquire(),
            };
            drop(first);
            second.await.forget();
        };
        let releaser = semaphore.clone();
        let other = thread::spawn("other", move || releaser.release().unwrap());
        run(waits(&semaphore));
        other.join().unwrap();
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn an_item_that_a_thread_puts_is_had_by_the_task_or_still_there_and_never_lost() {
    let program = || {
        let queue = Arc::new(Queue::unbounded());
        let got = beside(
            &queue,
            async |queue: &Queue<i32>| queue.get().await,
            |queue| queue.try_put(42).unwrap(),
        );
        let left = queue.try_get().ok();
        assert_eq!(got.ok().map_or(left, Result::ok), Some(42));
        left.is_none()
    };
    assert_eq!(answers(program), [false, true]);
    check(move || _ = program());
}

#[test]
fn room_that_a_thread_makes_is_had_by_the_task_that_waits_to_put() {
    check(|| {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(1).unwrap();
        let getter = queue.clone();
        let other = thread::spawn("other", move || getter.try_get().unwrap());
        run(queue.put(2)).unwrap();
        assert_eq!((other.join().unwrap(), queue.try_get()), (1, Ok(2)));
    });
}

#[test]
fn a_queue_that_a_thread_closes_lets_the_task_go_on_that_waits() {
    check(|| {
        let queue = Arc::new(Queue::<i32>::unbounded());
        let closer = queue.clone();
        let other = thread::spawn("other", move || closer.close());
        assert!(run(queue.get()).is_err());
        other.join().unwrap();
    });
}

#[test]
fn an_event_that_a_thread_sets_lets_the_task_go_on_though_it_is_cleared_at_once() {
    check(|| {
        let event = Arc::new(Event::new());
        let setter = event.clone();
        let other = thread::spawn("other", move || setter.set());
        run(event.wait());
        other.join().unwrap();
        assert!(event.is_set());
    });
    let program = || {
        let event = Arc::new(Event::new());
        let set_and_clear = |event: &Event| {
            event.set();
            event.clear();
        };
        beside(&event, async |event: &Event| event.wait().await, set_and_clear).is_ok()
    };
    // If it came too late, it does not go on.
    assert_eq!(answers(program), [false, true]);
}

#[test]
fn a_lock_that_a_thread_holds_goes_to_the_task_that_waits() {
    check(|| {
        let lock = Arc::new(Lock::new(0));
        let theirs = lock.clone();
        let other = thread::spawn("other", move || {
            if let Some(mut value) = theirs.try_lock() {
                *value += 1;
            }
        });
        run(async { *lock.lock().await += 10 });
        other.join().unwrap();
        let value = *lock.try_lock().expect("left locked");
        assert!(value == 10 || value == 11, "{value}");
    });
}

#[test]
fn a_notification_by_a_thread_that_has_changed_the_value_is_not_lost() {
    check(|| {
        let shared = Arc::new((Lock::new(0), Condition::new()));
        let theirs = shared.clone();
        let other = thread::spawn("other", move || {
            // The task holds it only while it looks.
            let changed = theirs.0.try_lock().map(|mut value| *value = 1);
            theirs.1.notify_one();
            changed.is_some()
        });
        let seen = run(timeout(SOON, async {
            let guard = shared.0.lock().await;
            *shared.1.wait_while(guard, |value| *value == 0).await
        }));
        assert!(seen.is_err() || seen == Ok(1));
        if other.join().unwrap() && seen.is_err() {
            // The time was up first. Then the change is there, and nothing was held back.
            assert_eq!(*shared.0.try_lock().unwrap(), 1);
        }
    });
}
