//! `ThreadPool` against threadpool, rayon and the pool of futures-executor, with as many workers.
//! See `support` for how to run it.

mod support;

use futures_executor::ThreadPoolBuilder;
use primitives::{Promise, ThreadPool};
use std::hint::black_box;
use std::sync::mpsc;
use support::{Contender, Metric, Suite, nanoseconds_each, work};

/// Tasks in one round.
const TASKS: u32 = 1_000;
const WORKERS: usize = 2;

fn main() {
    let mut suite = Suite::from_args("pool");
    let ours = ThreadPool::new(WORKERS);
    let threadpool = threadpool::ThreadPool::new(WORKERS);
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().unwrap();
    let executor = ThreadPoolBuilder::new().pool_size(WORKERS).create().unwrap();
    for (what, length) in [("empty tasks", 0), ("short tasks", 1_000), ("long tasks", 100_000)] {
        let rounds = suite.rounds(51);
        let contenders = vec![
            Contender::new("ours", || {
                each(|done| {
                    drop(ours.submit(move || done(length)).unwrap());
                })
            }),
            Contender::new("threadpool", || each(|done| threadpool.execute(move || done(length)))),
            Contender::new("rayon spawn", || each(|done| rayon.spawn(move || done(length)))),
            Contender::new("futures", || {
                each(|done| executor.spawn_ok(async move { done(length) }))
            }),
        ];
        suite.row(&format!("{what}, until all have run"), Metric::Nanoseconds, rounds, contenders);

        let rounds = suite.rounds(51);
        let contenders = vec![
            Contender::new("ours", || {
                let mut done = vec![false; TASKS as usize];
                nanoseconds_each(1, || {
                    ours.scope(|scope| {
                        for done in &mut done {
                            drop(scope.submit(move || {
                                work(length);
                                *done = true;
                            }));
                        }
                    })
                }) / f64::from(TASKS)
            }),
            Contender::new("rayon scope", || {
                let mut done = vec![false; TASKS as usize];
                nanoseconds_each(1, || {
                    rayon.scope(|scope| {
                        for done in &mut done {
                            scope.spawn(move |_| {
                                work(length);
                                *done = true;
                            });
                        }
                    })
                }) / f64::from(TASKS)
            }),
        ];
        suite.row(&format!("{what}, in a scope"), Metric::Nanoseconds, rounds, contenders);
    }

    let rounds = suite.rounds(51);
    let there_and_back = |submit: &dyn Fn(Promise<u64>)| {
        nanoseconds_each(TASKS, || {
            let (promise, future) = Promise::new();
            submit(promise);
            black_box(future.into_result().unwrap());
        })
    };
    let contenders = vec![
        Contender::new("ours", || {
            there_and_back(&|promise| {
                drop(ours.submit(move || promise.set_result(1)).unwrap());
            })
        }),
        Contender::new("threadpool", || {
            there_and_back(&|promise| {
                threadpool.execute(move || _ = promise.set_result(1));
            })
        }),
        Contender::new("rayon spawn", || {
            there_and_back(&|promise| {
                rayon.spawn(move || _ = promise.set_result(1));
            })
        }),
        Contender::new("futures", || {
            there_and_back(&|promise| {
                executor.spawn_ok(async move { _ = promise.set_result(1) });
            })
        }),
    ];
    suite.row("one task, there and back", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// The nanoseconds that a task takes, when many are submitted and the last has been waited for.
fn each(submit: impl Fn(Box<dyn FnOnce(u32) + Send>)) -> f64 {
    let (sender, receiver) = mpsc::channel();
    let all = nanoseconds_each(1, || {
        for _ in 0..TASKS {
            let sender = sender.clone();
            submit(Box::new(move |length| {
                work(length);
                sender.send(()).unwrap();
            }));
        }
        for _ in 0..TASKS {
            receiver.recv().unwrap();
        }
    });
    all / f64::from(TASKS)
}
