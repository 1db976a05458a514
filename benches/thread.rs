//! `Thread` against std's threads. The system's part of the work is the same for both: what is
//! compared is what each adds to it. See `support` for how to run it.

mod support;

use primitives::Thread;
use std::hint::black_box;
use support::{Contender, Metric, Suite, nanoseconds_each};

/// Calls in one round: some milliseconds.
const THREADS: u32 = 200;
/// How many are there at once in the second row.
const AT_ONCE: u32 = 8;
const CALLS: u32 = 100_000;

fn main() {
    let mut suite = Suite::from_args("thread");
    let rounds = suite.rounds(101);
    let contenders = vec![
        Contender::new("ours", || {
            Thread::run_main(|| {
                nanoseconds_each(THREADS, || {
                    let thread = Thread::new(|| _ = black_box(1));
                    thread.start().unwrap();
                    thread.join().unwrap();
                })
            })
        }),
        Contender::new("std", || {
            nanoseconds_each(THREADS, || std::thread::spawn(|| _ = black_box(1)).join().unwrap())
        }),
    ];
    suite.row("start and join", Metric::Nanoseconds, rounds, contenders);

    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(THREADS / AT_ONCE, || {
                Thread::run_main(|| {
                    for _ in 0..AT_ONCE {
                        Thread::new(|| _ = black_box(1)).start().unwrap();
                    }
                });
            })
        }),
        Contender::new("std, scope", || {
            nanoseconds_each(THREADS / AT_ONCE, || {
                std::thread::scope(|scope| {
                    for _ in 0..AT_ONCE {
                        scope.spawn(|| _ = black_box(1));
                    }
                });
            })
        }),
    ];
    suite.row("eight, waited for at the end", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(201);
    let ours = Thread::new(|| ());
    ours.start().unwrap();
    ours.join().unwrap();
    let theirs = std::thread::spawn(|| ());
    while !theirs.is_finished() {
        std::thread::yield_now();
    }
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || _ = black_box(&ours).is_alive())),
        Contender::new("std", || nanoseconds_each(CALLS, || _ = black_box(&theirs).is_finished())),
    ];
    suite.row("is it alive", Metric::Nanoseconds, rounds, contenders);

    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || _ = black_box(Thread::current()))),
        Contender::new("std", || nanoseconds_each(CALLS, || _ = black_box(std::thread::current()))),
    ];
    suite.row("the running one", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}
