//! What a pool gives: to tasks that wait, to tasks that compute, and to tasks that are small. Pools
//! are started and ended within the time that is measured.

use super::{Contender, PAGES_BY_FOUR, PAGES_IN_TURN, Sizes, Table, instruction, rows, seconds};
use crate::report::grouped;
use indicatif::ProgressBar;
use primitives::ThreadPool;
use std::thread;

pub(super) fn tables(sizes: &Sizes, cores: usize, bar: &ProgressBar) -> Vec<Table> {
    vec![requests(sizes, bar), primes(sizes, bar), small_tasks(sizes, cores, bar)]
}

/// In milliseconds. Without a note: the times say all.
fn contender<'a>(name: impl Into<String>, run: impl Fn() + 'a) -> Contender<'a> {
    Contender::new(name, move || (1000. * seconds(&run), String::new()))
}

/// Tasks that wait: requests to a device, which computes nothing.
fn requests(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const REQUESTS: usize = 4;
    let device = sizes.device;
    let in_turn = move || (0..REQUESTS).for_each(|_| thread::sleep(device));
    let in_pool = move |workers| {
        let pool = ThreadPool::new(workers);
        pool.scope(|scope| {
            let answers = scope.map(0..REQUESTS, |_| thread::sleep(device));
            answers.expect("the pool is open").for_each(|answer| answer.expect("no panic"));
        });
    };
    let mut contenders = vec![contender("one after another", in_turn).beside(PAGES_IN_TURN)];
    for workers in [1, 2, 4] {
        let told = if workers == 4 { PAGES_BY_FOUR } else { &[] };
        let name = format!("workers: {workers}");
        contenders.push(contender(name, move || in_pool(workers)).beside(told));
    }
    let title = format!("{REQUESTS} requests to a device that takes {device:?}");
    Table { title, unit: "milliseconds", rows: rows(sizes, bar, contenders) }
}

fn is_prime(number: u64) -> bool {
    let mut divisors = (3..).step_by(2).take_while(|d| d * d <= number);
    !number.is_multiple_of(2) && divisors.all(|d| !number.is_multiple_of(d))
}

/// Tasks that compute.
fn primes(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const COUNT: usize = 6;
    let numbers: Vec<u64> =
        (sizes.primes_from..).filter(|&number| is_prime(number)).take(COUNT).collect();
    let numbers = &numbers;
    let in_turn = move || assert!(numbers.iter().all(|&number| is_prime(number)));
    let in_pool = move |workers| {
        let pool = ThreadPool::new(workers);
        let mut answers = pool.map(numbers.clone(), is_prime).expect("the pool is open");
        assert!(answers.all(|answer| answer.expect("no panic")));
    };
    let mut contenders = vec![contender("one after another", in_turn)];
    for workers in [1, 2, 4] {
        contenders.push(contender(format!("workers: {workers}"), move || in_pool(workers)));
    }
    let title = format!("Whether {COUNT} numbers from {} are primes", grouped(sizes.primes_from));
    Table { title, unit: "milliseconds", rows: rows(sizes, bar, contenders) }
}

/// Tasks that are over sooner than a thread is started.
fn small_tasks(sizes: &Sizes, cores: usize, bar: &ProgressBar) -> Table {
    const CHUNK: usize = 100;
    const INSTRUCTIONS: usize = 100;
    let tasks = sizes.small_tasks;
    let task = || (0..INSTRUCTIONS).for_each(|_| instruction());
    let thread_each = move || {
        for _ in 0..tasks / cores {
            thread::scope(|scope| {
                for _ in 0..cores {
                    scope.spawn(task);
                }
            });
        }
    };
    // ANCHOR: chunks
    let in_pool = move |size| {
        let pool = ThreadPool::new(cores);
        let done = pool.map_chunks(0..tasks, size, move |_| task()).expect("the pool is open");
        done.for_each(|done| done.expect("no panic"));
    };
    // ANCHOR_END: chunks
    let contenders = vec![
        contender("one after another", move || (0..tasks).for_each(|_| task())),
        contender(format!("a thread each, {cores} at a time"), thread_each),
        contender(format!("workers: {cores}, one by one"), move || in_pool(1)),
        contender(format!("workers: {cores}, chunks of {CHUNK}"), move || in_pool(CHUNK)),
    ];
    let title = format!("{} tasks of {INSTRUCTIONS} instructions", grouped(tasks as u64));
    Table { title, unit: "milliseconds", rows: rows(sizes, bar, contenders) }
}
