//! The pool: what comes back, and what does not.

use crate::tests;
use processes::{
    PoolBuilder, ProcessOutcome, ProcessPool, Start, TaskError, current_name, register,
};
use std::collections::BTreeSet;
use std::process::{exit, id};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::sleep;
use std::time::Duration;

tests![
    results_come_back_in_all_forms_and_by_all_starts,
    a_map_of_nothing_is_nothing,
    a_panic_comes_back_with_its_message_and_the_worker_goes_on,
    an_item_that_panics_spoils_no_other_of_its_chunk,
    a_worker_that_dies_fails_its_task_with_its_outcome_and_is_replaced,
    a_worker_that_dies_between_two_tasks_costs_nothing,
    each_worker_calls_the_initializer_first,
    a_pool_whose_initializer_panics_is_not_built,
    a_pool_that_can_start_no_more_workers_fails_its_tasks,
    a_worker_does_no_more_tasks_than_it_is_told,
    a_closed_pool_does_what_was_submitted_and_takes_no_more,
    a_terminated_pool_ends_at_once_and_its_tasks_fail,
    a_timed_join_and_a_timed_get_give_up,
    unordered_results_come_when_they_are_there,
    what_cannot_be_called_or_sent_is_refused,
    the_drop_waits_for_all_tasks,
    megabytes_go_both_ways,
];

const LONG: Duration = Duration::from_secs(100);

fn square(number: u64) -> u64 {
    number * number
}

fn add(one: u64, other: u64) -> u64 {
    one + other
}

fn panics_at(number: u64, bad: u64) -> u64 {
    if number == bad {
        std::panic::resume_unwind(Box::new(format!("{number} is bad")));
    }
    number
}

fn exits(code: i32) {
    exit(code);
}

fn number_of_worker() -> u32 {
    id()
}

fn sleeps() {
    sleep(LONG);
}

fn is_killed() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
        .unwrap();
    sleep(LONG);
}

fn sleeps_for(milliseconds: u64) -> u64 {
    sleep(Duration::from_millis(milliseconds));
    milliseconds
}

fn reversed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.reverse();
    bytes
}

fn unregistered() {}

register!(square, add, panics_at, exits, number_of_worker, sleeps, is_killed, sleeps_for, reversed);

fn results_come_back_in_all_forms_and_by_all_starts() {
    for start in Start::ALL {
        let pool = PoolBuilder::new(2).start(*start).build().unwrap();
        let squares: Vec<u64> = (0..50).map(square).collect();
        assert_eq!(pool.apply(square, (7,)), Ok(49));
        let seven = pool.apply_async(add, (3, 4)).unwrap();
        for size in [1, 7, 100] {
            assert_eq!(pool.map(square, 0..50, size).unwrap(), squares);
            assert_eq!(pool.map_async(square, 0..50, size).unwrap().get().unwrap(), squares);
            let ordered = pool.imap(square, 0..50, size).unwrap();
            assert!(ordered.map(Result::unwrap).eq(squares.iter().copied()));
            let unordered = pool.imap_unordered(square, 0..50, size).unwrap();
            let unordered: BTreeSet<u64> = unordered.map(Result::unwrap).collect();
            assert!(unordered.into_iter().eq(squares.iter().copied()));
            let pairs = (0..50).map(|number| (number, number));
            let sums = pool.starmap(add, pairs, size).unwrap();
            assert!(sums.into_iter().eq((0..50).map(|number| 2 * number)));
        }
        assert_eq!(seven.get(), Ok(7), "{start:?}");
    }
}

fn a_map_of_nothing_is_nothing() {
    let pool = ProcessPool::new(1).unwrap();
    assert_eq!(pool.map(square, [], 1), Ok(vec![]));
    assert!(pool.imap(square, [], 1).unwrap().next().is_none());
}

fn a_panic_comes_back_with_its_message_and_the_worker_goes_on() {
    let pool = ProcessPool::new(1).unwrap();
    let worker = pool.apply(number_of_worker, ()).unwrap();
    let panicked = pool.apply(panics_at, (1, 1)).unwrap_err();
    assert_eq!(panicked, TaskError::Panicked("1 is bad".to_owned()));
    assert_eq!(panicked.to_string(), "the task panicked: 1 is bad");
    assert_eq!(pool.apply(number_of_worker, ()), Ok(worker));
}

fn an_item_that_panics_spoils_no_other_of_its_chunk() {
    fn bad_seven(number: u64) -> u64 {
        panics_at(number, 7)
    }
    register!(bad_seven);
    let pool = ProcessPool::new(2).unwrap();
    let panicked = TaskError::Panicked("7 is bad".to_owned());
    let results: Vec<_> = pool.imap(bad_seven, 0..10, 5).unwrap().collect();
    for (number, result) in (0..).zip(results) {
        assert_eq!(result, if number == 7 { Err(panicked.clone()) } else { Ok(number) });
    }
    assert_eq!(pool.map(bad_seven, 0..10, 5), Err(panicked));
}

// ANCHOR: killed_inside
fn a_worker_that_dies_fails_its_task_with_its_outcome_and_is_replaced() {
    for start in Start::ALL {
        let pool = PoolBuilder::new(1).start(*start).build().unwrap();
        for code in [0, 3] {
            let before = pool.apply(number_of_worker, ()).unwrap();
            let ended = TaskError::WorkerEnded(ProcessOutcome::Exited(code));
            assert_eq!(pool.apply(exits, (code,)), Err(ended), "{start:?}");
            assert_ne!(pool.apply(number_of_worker, ()).unwrap(), before);
        }
        let killed = pool.apply_async(is_killed, ()).unwrap();
        let later = pool.apply_async(square, (3,)).unwrap();
        assert_eq!(killed.get(), Err(TaskError::WorkerEnded(ProcessOutcome::Killed(9))));
        assert_eq!(later.get(), Ok(9));
    }
}
// ANCHOR_END: killed_inside

// ANCHOR: killed_between
/// Kills the one worker of the pool from outside.
fn kill_worker(pool: &ProcessPool) {
    let pid = pool.worker_pids()[0];
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

fn a_worker_that_dies_between_two_tasks_costs_nothing() {
    let pool = ProcessPool::new(1).unwrap();
    for _ in 0..20 {
        let before = pool.worker_pids();
        kill_worker(&pool);
        // It has ended when the system knows nothing of it.
        let folder = format!("/proc/{}", before[0]);
        while std::path::Path::new(&folder).exists() {
            sleep(Duration::from_micros(100));
        }
        assert_eq!(pool.apply(square, (4,)), Ok(16));
        assert_ne!(pool.worker_pids(), before);
    }
}
// ANCHOR_END: killed_between

static INITIALISED: AtomicU32 = AtomicU32::new(0);

fn initialises(value: u32) {
    INITIALISED.store(value, Relaxed);
}

fn initialised() -> (u32, String) {
    (INITIALISED.load(Relaxed), current_name().to_owned())
}

fn fails(message: String) {
    std::panic::resume_unwind(Box::new(message));
}

register!(initialises, initialised, fails);

fn each_worker_calls_the_initializer_first() {
    let pool = PoolBuilder::new(2).initializer(initialises, (5,)).build().unwrap();
    let all = pool.starmap(initialised, vec![(); 20], 1).unwrap();
    assert!(all.iter().all(|one| *one == (5, "worker".to_owned())), "{all:?}");
}

fn a_pool_whose_initializer_panics_is_not_built() {
    let failed = PoolBuilder::new(2).initializer(fails, ("no kitchen".to_owned(),)).build();
    let why = "the initializer panicked: no kitchen".to_owned();
    assert_eq!(failed.unwrap_err(), TaskError::Broken(why));
    let failed = PoolBuilder::new(2).initializer(exits, (4,)).build();
    let why = "a worker ended with exit code 4 at its start".to_owned();
    assert_eq!(failed.unwrap_err(), TaskError::Broken(why));
}

/// Only the first process that asks gets on.
fn once(marker: String) {
    let path = std::path::Path::new(&marker);
    if std::fs::remove_file(path).is_err() {
        exit(6);
    }
}
register!(once);

fn a_pool_that_can_start_no_more_workers_fails_its_tasks() {
    let marker = std::env::temp_dir().join(format!("once-{}", id()));
    std::fs::write(&marker, "").unwrap();
    let marker = marker.to_str().unwrap().to_owned();
    let pool = PoolBuilder::new(1).initializer(once, (marker,)).build().unwrap();
    let dies = pool.apply_async(exits, (1,)).unwrap();
    let waits = pool.apply_async(square, (2,));
    assert_eq!(dies.get(), Err(TaskError::WorkerEnded(ProcessOutcome::Exited(1))));
    let broken = TaskError::Broken("a worker ended with exit code 6 at its start".to_owned());
    assert_eq!(waits.and_then(|waits| waits.get()), Err(broken.clone()));
    assert_eq!(pool.apply(square, (2,)), Err(broken));
    pool.join();
}

fn a_worker_does_no_more_tasks_than_it_is_told() {
    let pool = PoolBuilder::new(1).tasks_a_worker(3).build().unwrap();
    let workers = pool.starmap(number_of_worker, vec![(); 10], 1).unwrap();
    let changes = workers.windows(2).filter(|two| two[0] != two[1]).count();
    assert_eq!(changes, 3, "{workers:?}");
    assert!(workers.chunks(3).all(|three| three.iter().all(|one| *one == three[0])));
}

fn a_closed_pool_does_what_was_submitted_and_takes_no_more() {
    let pool = ProcessPool::new(2).unwrap();
    let squares = pool.map_async(square, 0..100, 1).unwrap();
    pool.close();
    assert_eq!(pool.apply(square, (1,)), Err(TaskError::Closed));
    pool.join();
    assert!(pool.try_join());
    assert!(squares.is_ready());
    assert_eq!(squares.get().unwrap().len(), 100);
    assert_eq!(pool.worker_pids(), []);
}

fn a_terminated_pool_ends_at_once_and_its_tasks_fail() {
    for start in Start::ALL {
        let pool = PoolBuilder::new(2).start(*start).build().unwrap();
        let results: Vec<_> = (0..5).map(|_| pool.apply_async(sleeps, ()).unwrap()).collect();
        pool.terminate();
        pool.join();
        for result in results {
            assert_eq!(result.get(), Err(TaskError::Terminated), "{start:?}");
        }
        assert_eq!(pool.apply(square, (1,)), Err(TaskError::Terminated));
    }
}

fn a_timed_join_and_a_timed_get_give_up() {
    let pool = ProcessPool::new(1).unwrap();
    let result = pool.apply_async(sleeps, ()).unwrap();
    let short = Duration::from_millis(5);
    assert!(result.try_get().is_none() && !result.is_ready());
    assert!(result.get_for(short).is_none());
    assert!(result.get_until(std::time::Instant::now() + short).is_none());
    pool.close();
    assert!(!pool.try_join() && !pool.join_for(short));
    assert!(!pool.join_until(std::time::Instant::now() + short));
    pool.terminate();
    assert!(pool.join_for(LONG));
    assert_eq!(result.try_get(), Some(Err(&TaskError::Terminated)));
}

fn unordered_results_come_when_they_are_there() {
    let pool = ProcessPool::new(2).unwrap();
    let mut results = pool.imap_unordered(sleeps_for, [60_000, 1], 1).unwrap();
    assert_eq!(results.next(), Some(Ok(1)));
    pool.terminate();
    assert_eq!(results.next(), Some(Err(TaskError::Terminated)));
    assert_eq!(results.next(), None);
}

/// Cannot be made into bytes.
#[derive(serde::Deserialize)]
struct Unsendable;

impl serde::Serialize for Unsendable {
    fn serialize<S: serde::Serializer>(&self, _to: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

fn takes_it(_one: Unsendable) {}

fn gives_it() -> Unsendable {
    Unsendable
}

register!(takes_it, gives_it);

fn what_cannot_be_called_or_sent_is_refused() {
    let pool = ProcessPool::new(1).unwrap();
    let refused = pool.apply(unregistered, ()).unwrap_err();
    assert!(matches!(&refused, TaskError::NotRegistered(name) if name.contains("unregistered")));
    let refused = PoolBuilder::new(1).initializer(unregistered, ()).build().unwrap_err();
    assert!(matches!(refused, TaskError::NotRegistered(_)));
    assert!(matches!(pool.apply(takes_it, (Unsendable,)), Err(TaskError::NotSent(_))));
    assert!(matches!(pool.apply(gives_it, ()), Err(TaskError::NotSent(_))));
    assert_eq!(pool.apply(square, (5,)), Ok(25));
}

fn the_drop_waits_for_all_tasks() {
    let pool = ProcessPool::new(2).unwrap();
    let results: Vec<_> = (0..8).map(|_| pool.apply_async(sleeps_for, (2,)).unwrap()).collect();
    drop(pool);
    assert!(results.iter().all(|one| one.try_get() == Some(Ok(&2))));
}

fn megabytes_go_both_ways() {
    let pool = ProcessPool::new(2).unwrap();
    let items = || (0..4_u8).map(|number| [vec![number; 1 << 20], vec![9]].concat());
    for (back, sent) in pool.imap(reversed, items(), 1).unwrap().zip(items()) {
        assert!(back.unwrap().into_iter().rev().eq(sent));
    }
}
