//! Sleeps and time limits.

use event_loop::{EventLoop, TimedOut, gather, run, sleep, sleep_until, spawn, timeout, yield_now};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(5);

#[test]
fn a_sleep_takes_no_less_than_its_time() {
    let start = Instant::now();
    run(sleep(SOON));
    assert!(start.elapsed() >= SOON);
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines_whatever_the_order_of_the_tasks() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let start = Instant::now();
    run(async {
        let nap = |number: u32| {
            let order = order.clone();
            async move {
                sleep_until(start + number * SOON).await;
                order.borrow_mut().push(number);
            }
        };
        gather([3, 1, 2].map(nap)).await.unwrap();
    });
    assert_eq!(*order.borrow(), [1, 2, 3]);
}

#[test]
fn a_task_that_is_always_ready_keeps_no_sleeper_from_going_on() {
    run(async {
        let busy = spawn(async {
            loop {
                yield_now().await;
            }
        });
        sleep(SOON).await;
        assert!(busy.cancel());
    });
}

#[test]
fn a_future_that_takes_too_long_is_dropped_and_one_that_is_ready_gives_its_result() {
    run(async {
        assert_eq!(timeout(SOON, sleep(Duration::MAX)).await, Err(TimedOut));
        assert_eq!(timeout(Duration::MAX, async { 1 }).await, Ok(1));
        assert_eq!(timeout(Duration::ZERO, async { 2 }).await, Ok(2));
        assert_eq!(timeout(Duration::ZERO, sleep(Duration::MAX)).await, Err(TimedOut));
    });
}

#[test]
fn ten_thousand_time_limits_that_were_not_needed_keep_no_place_in_the_heap() {
    let event_loop = EventLoop::new().unwrap();
    event_loop.run(async {
        for _ in 0..10_000 {
            timeout(Duration::from_secs(3600), yield_now()).await.unwrap();
        }
    });
    let shown = format!("{event_loop:?}");
    let timers = shown.split("timers: ").nth(1).and_then(|rest| rest.split(',').next());
    assert!(timers.unwrap().parse::<usize>().unwrap() <= 128, "{shown}");
}
