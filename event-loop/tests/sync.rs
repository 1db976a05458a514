//! Lock, semaphore, event, condition and queue, among the tasks of one loop.

use event_loop::sync::{
    Closed, Condition, Event, GetError, LifoQueue, Lock, PriorityQueue, PutError, Queue, Semaphore,
};
use event_loop::{gather, run, spawn, timeout, yield_now};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(2);

#[test]
fn a_lock_is_had_in_the_order_in_which_tasks_came() {
    let order = Rc::new(Lock::new(Vec::new()));
    run(async {
        let held = order.lock().await;
        let pushes = gather((0..5).map(|number| {
            let order = order.clone();
            async move { order.lock().await.push(number) }
        }));
        yield_now().await;
        drop(held);
        pushes.await.unwrap();
    });
    assert_eq!(Rc::into_inner(order).unwrap().into_inner(), [0, 1, 2, 3, 4]);
}

// ANCHOR: draw
async fn draw(balance: Rc<Cell<i32>>, amount: i32) {
    let had = balance.get();
    yield_now().await;
    balance.set(had - amount);
}
// ANCHOR_END: draw

// ANCHOR: draw_locked
async fn draw_locked(balance: Rc<Lock<i32>>, amount: i32) {
    let mut balance = balance.lock().await;
    let had = *balance;
    yield_now().await;
    *balance = had - amount;
}
// ANCHOR_END: draw_locked

#[test]
fn of_two_changes_with_an_await_in_the_middle_one_is_lost_unless_there_is_a_lock() {
    run(async {
        let balance = Rc::new(Cell::new(1000));
        gather([100, 200].map(|amount| draw(balance.clone(), amount))).await.unwrap();
        assert_eq!(balance.get(), 800);
        let balance = Rc::new(Lock::new(1000));
        gather([100, 200].map(|amount| draw_locked(balance.clone(), amount))).await.unwrap();
        assert_eq!(*balance.lock().await, 700);
    });
}

#[test]
fn a_wait_for_a_lock_that_is_given_up_holds_nobody_up() {
    let lock = Rc::new(Lock::new(0));
    run(async {
        let held = lock.lock().await;
        assert!(lock.try_lock().is_none());
        assert!(timeout(SOON, lock.lock()).await.is_err());
        let next = lock.clone();
        let next = spawn(async move { *next.lock().await += 1 });
        yield_now().await;
        drop(held);
        next.await.unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

#[test]
fn a_permit_that_was_handed_to_a_task_that_is_cancelled_goes_to_the_next() {
    let semaphore = Rc::new(Semaphore::new(0));
    run(async {
        let acquire = || {
            let semaphore = semaphore.clone();
            spawn(async move { semaphore.acquire().await.forget() })
        };
        let [first, second] = [acquire(), acquire()];
        yield_now().await;
        semaphore.release().unwrap();
        // It has the permit, and has made no step since.
        assert!(first.cancel());
        second.await.unwrap();
    });
    assert_eq!(semaphore.available(), 0);
}

#[test]
fn a_notification_for_a_task_that_is_cancelled_goes_to_the_next() {
    let shared = Rc::new((Lock::new(()), Condition::new()));
    run(async {
        let wait = || {
            let shared = shared.clone();
            spawn(async move { drop(shared.1.wait(shared.0.lock().await).await) })
        };
        let [first, second] = [wait(), wait()];
        yield_now().await;
        yield_now().await;
        assert!(shared.1.notify_one());
        assert!(first.cancel());
        second.await.unwrap();
        assert!(!shared.1.notify_one(), "nobody is left");
    });
}

#[test]
fn a_notification_for_a_task_that_is_cancelled_while_it_waits_for_the_lock_goes_to_the_next() {
    let shared = Rc::new((Lock::new(()), Condition::new()));
    run(async {
        let wait = || {
            let shared = shared.clone();
            spawn(async move { drop(shared.1.wait(shared.0.lock().await).await) })
        };
        let [first, second] = [wait(), wait()];
        yield_now().await;
        yield_now().await;
        let held = shared.0.lock().await;
        assert!(shared.1.notify_one());
        // The first goes on, and finds the lock taken.
        yield_now().await;
        assert!(first.cancel());
        drop(held);
        second.await.unwrap();
    });
}

#[test]
fn notify_all_wakes_all_that_wait() {
    let shared = Rc::new((Lock::new(0), Condition::new()));
    run(async {
        let all = gather((0..3).map(|_| {
            let shared = shared.clone();
            async move {
                let (lock, changed) = &*shared;
                *changed.wait_while(lock.lock().await, |value| *value == 0).await
            }
        }));
        yield_now().await;
        *shared.0.lock().await = 7;
        assert_eq!(shared.1.notify_all(), 3);
        assert_eq!(all.await.unwrap(), [7; 3]);
    });
}

#[test]
fn an_event_lets_all_go_on_and_a_later_wait_does_not_wait() {
    let event = Rc::new(Event::new());
    run(async {
        let all = gather((0..3).map(|_| {
            let event = event.clone();
            async move { event.wait().await }
        }));
        yield_now().await;
        event.set();
        all.await.unwrap();
        event.wait().await;
        event.clear();
        assert!(timeout(SOON, event.wait()).await.is_err());
    });
}

#[test]
fn a_bounded_queue_lets_the_producer_wait_and_hands_out_all_in_order() {
    let queue = Rc::new(Queue::bounded(3));
    let items = run(async {
        let producer = queue.clone();
        let producer = spawn(async move {
            for item in 0..100 {
                producer.put(item).await.unwrap();
                assert!(producer.len() <= 3);
            }
            producer.close();
        });
        let mut items = Vec::new();
        while let Ok(item) = queue.get().await {
            items.push(item);
        }
        producer.await.unwrap();
        items
    });
    assert!(items.into_iter().eq(0..100));
}

#[test]
fn an_item_for_a_task_that_is_cancelled_goes_to_the_next() {
    let queue = Rc::new(Queue::unbounded());
    run(async {
        let get = || {
            let queue = queue.clone();
            spawn(async move { queue.get().await.unwrap() })
        };
        let [first, second] = [get(), get()];
        yield_now().await;
        queue.try_put('a').unwrap();
        assert!(first.cancel());
        assert_eq!(second.await.unwrap(), 'a');
    });
}

#[test]
fn room_for_a_task_that_is_cancelled_goes_to_the_next() {
    let queue = Rc::new(Queue::bounded(1));
    run(async {
        queue.put(0).await.unwrap();
        let put = |item| {
            let queue = queue.clone();
            spawn(async move { queue.put(item).await.unwrap() })
        };
        let [first, second] = [put(1), put(2)];
        yield_now().await;
        assert_eq!(queue.try_get(), Ok(0));
        assert!(first.cancel());
        second.await.unwrap();
        assert_eq!(queue.get().await, Ok(2));
    });
}

#[test]
fn a_closed_queue_refuses_items_gives_what_is_left_and_lets_all_go_on() {
    let queue = Rc::new(Queue::bounded(1));
    run(async {
        queue.put('a').await.unwrap();
        assert_eq!(queue.try_put('b'), Err(PutError::Full('b')));
        let putter = queue.clone();
        let putter = spawn(async move { putter.put('b').await });
        yield_now().await;
        queue.close();
        assert_eq!(putter.await.unwrap(), Err(Closed('b')));
        assert_eq!(queue.get().await, Ok('a'));
        assert_eq!(queue.get().await, Err(Closed(())));
        assert_eq!(queue.try_get(), Err(GetError::Closed));
    });
}

#[test]
fn a_join_waits_until_all_items_are_called_done() {
    let queue = Rc::new(Queue::unbounded());
    let done = Rc::new(RefCell::new(Vec::new()));
    run(async {
        (1..=3).for_each(|item| queue.try_put(item).unwrap());
        let (worker, noted) = (queue.clone(), done.clone());
        let worker = spawn(async move {
            loop {
                let item = worker.get().await.unwrap();
                yield_now().await;
                noted.borrow_mut().push(item);
                worker.task_done().unwrap();
            }
        });
        queue.join().await;
        worker.cancel();
        assert!(queue.task_done().is_err());
    });
    assert_eq!(*done.borrow(), [1, 2, 3]);
}

#[test]
fn the_other_queues_hand_out_the_last_and_the_smallest_first() {
    let (last, smallest) = (LifoQueue::unbounded(), PriorityQueue::unbounded());
    for item in [2, 3, 1] {
        last.try_put(item).unwrap();
        smallest.try_put(item).unwrap();
    }
    let all = |get: &dyn Fn() -> i32| [get(), get(), get()];
    assert_eq!(all(&|| last.try_get().unwrap()), [1, 3, 2]);
    assert_eq!(all(&|| smallest.try_get().unwrap()), [1, 2, 3]);
}

#[test]
#[should_panic = "a queue with no room"]
fn a_queue_with_no_room_panics() {
    drop(Queue::<i32>::bounded(0));
}
