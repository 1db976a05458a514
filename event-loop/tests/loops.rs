//! Whole loops: other threads, pools, the lists.

use event_loop::sync::Event;
use event_loop::{
    EventLoop, LoopIsGone, gather, handle, run, run_in_pool, sleep, spawn, yield_now,
};
use primitives::{FutureError, Lock, ThreadPool};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn functions_of_another_thread_are_called_on_the_loops_thread_in_their_order() {
    let calls = Arc::new(Lock::new(Vec::new()));
    let here = thread::current().id();
    run(async {
        let (handle, noted, done) = (handle(), calls.clone(), Arc::new(Event::new()));
        let signal = done.clone();
        let other = thread::spawn(move || {
            for number in 0..100 {
                let noted = noted.clone();
                let note = move || noted.lock().push((number, thread::current().id()));
                handle.call_soon_threadsafe(note).unwrap();
            }
            handle.call_soon_threadsafe(move || signal.set()).unwrap();
        });
        done.wait().await;
        other.join().unwrap();
    });
    assert_eq!(*calls.lock(), (0..100).map(|number| (number, here)).collect::<Vec<_>>());
}

#[test]
fn a_function_that_panics_harms_neither_the_loop_nor_its_tasks() {
    run(async {
        handle().call_soon_threadsafe(|| panic!("on purpose")).unwrap();
        sleep(Duration::from_millis(1)).await;
    });
}

#[test]
fn a_function_for_a_loop_that_is_gone_is_refused_and_dropped() {
    let event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let (left, kept) = (Arc::new(()), Arc::new(()));
    let held = left.clone();
    handle.call_soon_threadsafe(move || drop(held)).unwrap();
    drop(event_loop);
    assert_eq!(Arc::strong_count(&left), 1, "what was not called was not dropped");
    let held = kept.clone();
    assert_eq!(handle.call_soon_threadsafe(move || drop(held)), Err(LoopIsGone));
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn work_in_a_pool_lets_other_tasks_go_on_and_its_panic_is_its_error() {
    let pool = ThreadPool::new(1);
    run(async {
        let (signal, goes_on) = (Arc::new(primitives::Event::new()), Rc::new(Event::new()));
        let wait = signal.clone();
        // The worker waits for a task of the loop.
        let blocking = run_in_pool(&pool, move || wait.wait()).unwrap();
        let other = goes_on.clone();
        let task = spawn(async move {
            signal.set();
            other.set();
        });
        blocking.await.unwrap();
        goes_on.wait().await;
        task.await.unwrap();
        let fails = run_in_pool(&pool, || panic!("on purpose")).unwrap();
        assert!(matches!(fails.await, Err(FutureError::Failed(_))));
    });
}

#[test]
fn work_that_is_dropped_before_a_worker_comes_to_it_is_never_done() {
    let pool = ThreadPool::new(1);
    let gate = Arc::new(primitives::Event::new());
    run(async {
        let wait = gate.clone();
        let first = run_in_pool(&pool, move || wait.wait()).unwrap();
        let second = run_in_pool(&pool, || panic!("it was cancelled")).unwrap();
        drop(second);
        gate.set();
        first.await.unwrap();
        assert_eq!(run_in_pool(&pool, || 3).unwrap().await.unwrap(), 3);
    });
}

#[test]
fn a_closed_pool_refuses_work_with_an_error() {
    let pool = ThreadPool::new(1);
    pool.close();
    assert!(run(async { run_in_pool(&pool, || ()).is_err() }));
}

#[test]
#[should_panic = "an event loop runs on this thread already"]
fn a_loop_within_a_loop_panics() {
    run(async { run(yield_now()) });
}

#[test]
fn tasks_that_were_started_before_the_run_have_their_turn_behind_main() {
    let event_loop = EventLoop::new().unwrap();
    let task = event_loop.spawn(async {});
    event_loop.run(yield_now());
    assert!(task.is_finished());
}

#[test]
fn each_thread_has_a_loop_of_its_own() {
    let threads: Vec<_> = (0..4)
        .map(|number| thread::spawn(move || run(async move { spawn(async move { number }).await })))
        .collect();
    let numbers: Vec<i32> =
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
}

#[test]
fn the_lists_show_after_each_step_what_is_ready_and_what_waits_for_what() {
    let event_loop = EventLoop::new().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let shown = seen.clone();
    event_loop.after_each_step(move |lists| shown.borrow_mut().push(lists.to_string()));
    event_loop.run(async {
        let event = Rc::new(Event::new());
        let [waits, sets] = [event.clone(), event];
        let waits = event_loop::spawn_named("Ann", async move { waits.wait().await });
        let sets = event_loop::spawn_named("Ben", async move { sets.set() });
        waits.await.unwrap();
        sets.await.unwrap();
    });
    let expected = [
        "main         ready: Ann, Ben             waiting: main (Ann)",
        "Ann          ready: Ben                  waiting: main (Ann), Ann (an event)",
        "Ben ends     ready: Ann                  waiting: main (Ann)",
        "Ann ends     ready: main                 waiting: –",
        "main ends    ready: –                    waiting: –",
    ];
    assert_eq!(*seen.borrow(), expected);
}

#[test]
fn wakes_by_many_threads_reach_all_tasks() {
    run(async {
        let all = (0..200).map(|number| async move {
            let event = Arc::new(Event::new());
            let setter = event.clone();
            let thread = thread::spawn(move || setter.set());
            event.wait().await;
            thread.join().unwrap();
            number
        });
        let numbers = gather(all.collect::<Vec<_>>()).await.unwrap();
        assert!(numbers.into_iter().eq(0..200));
    });
}
