//! Tasks: their results, their cancels and their panics.

use event_loop::sync::Event;
use event_loop::{EventLoop, FutureError, run, sleep, spawn, spawn_named, yield_now};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::thread;
use std::time::Duration;

/// Sets its flag when it is dropped.
struct Flag(Rc<Cell<bool>>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn a_task_gives_its_result_to_the_task_that_awaits_it() {
    assert_eq!(run(async { spawn(async { 6 * 7 }).await.unwrap() }), 42);
}

#[test]
fn tasks_take_turns_in_the_order_in_which_they_were_started() {
    let steps = Rc::new(RefCell::new(Vec::new()));
    let task = |name: char| {
        let steps = steps.clone();
        async move {
            for number in 1..=2 {
                steps.borrow_mut().push((name, number));
                yield_now().await;
            }
        }
    };
    run(async {
        let [a, b] = ['a', 'b'].map(|name| spawn(task(name)));
        a.await.unwrap();
        b.await.unwrap();
    });
    assert_eq!(*steps.borrow(), [('a', 1), ('b', 1), ('a', 2), ('b', 2)]);
}

#[test]
fn a_task_whose_handle_is_dropped_runs_on() {
    let done = Rc::new(Event::new());
    run(async {
        let signal = done.clone();
        drop(spawn(async move {
            yield_now().await;
            signal.set();
        }));
        done.wait().await;
    });
}

#[test]
fn a_task_that_is_woken_ten_times_before_its_turn_is_polled_once() {
    let mut polls = 0;
    run(async {
        let done = Rc::new(Event::new());
        let signal = done.clone();
        drop(spawn(async move {
            for _ in 0..20 {
                yield_now().await;
            }
            signal.set();
        }));
        let mut wait = pin!(done.wait());
        poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                (0..10).for_each(|_| context.waker().wake_by_ref());
            }
            wait.as_mut().poll(context)
        })
        .await;
    });
    assert_eq!(polls, 3, "at first, for the ten wakes, and at the end");
}

// ANCHOR: during_the_poll
#[test]
fn a_wake_by_a_thread_after_the_look_and_before_the_end_of_the_poll_is_not_lost() {
    let (come, mut polls) = (AtomicBool::new(false), 0);
    run(poll_fn(|context| {
        polls += 1;
        if come.load(Relaxed) {
            return Poll::Ready(());
        }
        // The task has looked. Another thread wakes it, and has ended before the poll has.
        thread::scope(|scope| {
            let waker = context.waker();
            let come = &come;
            scope.spawn(move || {
                come.store(true, Relaxed);
                waker.wake_by_ref();
            });
        });
        Poll::Pending
    }));
    assert_eq!(polls, 2);
}
// ANCHOR_END: during_the_poll

#[test]
fn a_future_that_nobody_polls_does_nothing() {
    let ran = Rc::new(Cell::new(false));
    let flag = ran.clone();
    run(async {
        let forgotten = async move { flag.set(true) };
        yield_now().await;
        drop(forgotten);
    });
    assert!(!ran.get());
}

#[test]
fn a_panic_in_a_task_is_told_to_the_task_that_awaits_it_and_harms_no_other() {
    run(async {
        let fails = spawn(async {
            if true {
                panic!("no more {}", "milk")
            }
        });
        let other = spawn(yield_now());
        let Err(FutureError::Failed(payload)) = fails.await else { unreachable!() };
        assert_eq!(payload.message(), Some("no more milk"));
        other.await.unwrap();
    });
}

#[test]
fn a_panic_of_main_leaves_the_run_and_the_loop_runs_again() {
    let event_loop = EventLoop::new().unwrap();
    let run_once = || {
        event_loop.run(async {
            if true {
                panic!("on purpose")
            }
        })
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run_once)).is_err());
    assert_eq!(event_loop.run(async { 1 }), 1);
}

#[test]
fn a_cancel_drops_the_task_where_it_waits() {
    run(async {
        let dropped = Rc::new(Cell::new(false));
        let flag = Flag(dropped.clone());
        let task = spawn(async move {
            let _flag = flag;
            sleep(Duration::MAX).await;
        });
        yield_now().await;
        assert!(task.cancel());
        assert!(dropped.get() && task.is_finished());
        assert!(!task.cancel(), "it has ended");
        assert!(matches!(task.await, Err(FutureError::Cancelled)));
    });
}

#[test]
fn a_task_that_is_cancelled_before_its_first_step_never_runs() {
    let ran = Rc::new(Cell::new(false));
    run(async {
        let flag = ran.clone();
        let task = spawn(async move { flag.set(true) });
        assert!(task.cancel());
        assert!(matches!(task.await, Err(FutureError::Cancelled)));
        yield_now().await;
    });
    assert!(!ran.get());
}

#[test]
fn a_task_that_has_ended_cannot_be_cancelled_and_keeps_its_result() {
    run(async {
        let task = spawn(async { 5 });
        yield_now().await;
        assert!(!task.cancel());
        assert_eq!(task.await.unwrap(), 5);
    });
}

#[test]
fn a_task_that_cancels_itself_is_dropped_at_its_next_await() {
    run(async {
        let me = Rc::new(RefCell::new(None));
        let (mine, steps) = (me.clone(), Rc::new(Cell::new(0)));
        let counted = steps.clone();
        let task = spawn(async move {
            let handle: event_loop::Task<()> = mine.take().unwrap();
            assert!(handle.cancel());
            counted.set(1);
            yield_now().await;
            counted.set(2);
        });
        me.replace(Some(task));
        yield_now().await;
        yield_now().await;
        assert_eq!(steps.get(), 1);
    });
}

#[test]
fn a_loop_that_is_dropped_drops_the_tasks_that_are_left() {
    let dropped = Rc::new(Cell::new(false));
    let event_loop = EventLoop::new().unwrap();
    let flag = Flag(dropped.clone());
    let task = event_loop.spawn(async move {
        let _flag = flag;
        sleep(Duration::MAX).await;
    });
    event_loop.run(yield_now());
    assert!(!dropped.get());
    drop(event_loop);
    assert!(dropped.get() && task.is_finished());
}

#[test]
fn what_a_task_drops_may_cancel_and_wake_other_tasks() {
    struct Cancels(event_loop::Task<()>);
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
    let event_loop = EventLoop::new().unwrap();
    let sleeper = event_loop.spawn(sleep(Duration::MAX));
    let cancels = Cancels(sleeper);
    let _holder = event_loop.spawn(async move {
        let _cancels = cancels;
        sleep(Duration::MAX).await;
    });
    event_loop.run(yield_now());
    drop(event_loop);
}

#[test]
fn a_task_has_the_name_that_it_was_given_or_a_number() {
    run(async {
        assert_eq!(spawn_named("download", async {}).name(), "download");
        assert_eq!(spawn(async {}).name(), "task 2");
    });
}

#[test]
#[should_panic = "awaited again"]
fn a_task_that_is_awaited_again_panics() {
    run(async {
        let mut task = spawn(async {});
        (&mut task).await.unwrap();
        let _ = (&mut task).await;
    });
}

#[test]
#[should_panic = "no event loop runs on this thread"]
fn a_spawn_where_no_loop_runs_panics() {
    drop(spawn(async {}));
}
