//! Many futures at once.

use event_loop::{FutureError, gather, gather_settled, run, sleep, spawn, yield_now};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn results_come_in_the_order_of_the_futures_and_not_of_their_ends() {
    let results = run(async {
        gather([3, 1, 2].map(async |number: u64| {
            sleep(Duration::from_millis(number)).await;
            number
        }))
        .await
    });
    assert_eq!(results.unwrap(), [3, 1, 2]);
}

// ANCHOR: download
async fn download(name: &str, told: Rc<RefCell<Vec<String>>>) {
    told.borrow_mut().push(format!("asks for {name}"));
    yield_now().await;
    told.borrow_mut().push(format!("has {name}"));
}

async fn one_by_one(told: Rc<RefCell<Vec<String>>>) {
    for name in ["a", "b"] {
        download(name, told.clone()).await;
    }
}
// ANCHOR_END: download

// ANCHOR: all_at_once
async fn all_at_once(told: Rc<RefCell<Vec<String>>>) {
    gather(["a", "b"].map(|name| download(name, told.clone()))).await.unwrap();
}
// ANCHOR_END: all_at_once

// ANCHOR: one_by_one
#[test]
fn what_is_awaited_in_a_loop_begins_one_after_another_and_what_is_gathered_at_once() {
    let told = Rc::new(RefCell::new(Vec::new()));
    run(one_by_one(told.clone()));
    assert_eq!(told.take(), ["asks for a", "has a", "asks for b", "has b"]);
    run(all_at_once(told.clone()));
    assert_eq!(told.take(), ["asks for a", "asks for b", "has a", "has b"]);
}
// ANCHOR_END: one_by_one

#[test]
fn of_no_futures_there_are_no_results_at_once() {
    assert!(run(async { gather(Vec::<std::future::Ready<()>>::new()).await }).unwrap().is_empty());
}

/// A future that counts itself as dropped.
async fn sleeper(number: u32, dropped: Rc<Cell<u32>>) -> u32 {
    struct Count(Rc<Cell<u32>>);
    impl Drop for Count {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let _count = Count(dropped);
    assert_ne!(number, 2, "on purpose");
    sleep(Duration::MAX).await;
    number
}

#[test]
fn the_first_panic_is_the_error_and_the_others_are_cancelled() {
    let dropped = Rc::new(Cell::new(0));
    let result =
        run(async { gather((1..=3).map(|number| sleeper(number, dropped.clone()))).await });
    assert!(matches!(result, Err(FutureError::Failed(_))));
    assert_eq!(dropped.get(), 3);
}

#[test]
fn a_gather_that_is_dropped_cancels_its_tasks() {
    let dropped = Rc::new(Cell::new(0));
    run(async {
        let all = gather([1, 3].map(|number| sleeper(number, dropped.clone())));
        yield_now().await;
        drop(all);
        assert_eq!(dropped.get(), 2);
    });
}

#[test]
fn settled_gives_all_outcomes_in_order_and_cancels_none() {
    let outcomes = run(async {
        gather_settled((1..=3).map(async |number: u32| {
            yield_now().await;
            assert_ne!(number, 2, "on purpose");
            number
        }))
        .await
    });
    assert!(matches!(outcomes[..], [Ok(1), Err(FutureError::Failed(_)), Ok(3)]));
}

#[test]
fn a_thousand_tasks_can_be_gathered_by_a_task_of_a_gather() {
    let sums = run(async {
        gather((0..10).map(|_| async {
            let all = gather((0..100_u32).map(async |number| {
                yield_now().await;
                number
            }));
            all.await.unwrap().into_iter().sum::<u32>()
        }))
        .await
        .unwrap()
    });
    assert_eq!(sums, [4950; 10]);
    run(async { spawn(async {}).await }).unwrap();
}
