//! `Barrier` against `std::sync::Barrier` and `crossbeam_utils::sync::WaitGroup`. A wait group
//! serves one round, so each round has one of its own, made before the clock starts. See `support`
//! for how to run it.

mod support;

use crossbeam_utils::sync::WaitGroup;
use primitives::Barrier;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Metric, Padded, Suite, work};

/// Rounds of a barrier in one round of measuring: some ten milliseconds.
const WAITS: usize = 2_000;

fn main() {
    let mut suite = Suite::from_args("barrier");
    for threads in [2, 4, 8] {
        // Nothing but the barrier, and some 300 ns of work for each thread before it.
        rounds(&mut suite, "short", threads, 0);
        rounds(&mut suite, "long", threads, 150);
    }
    suite.finish();
}

fn rounds(suite: &mut Suite, section: &str, threads: usize, steps: u32) {
    let ours = Padded(Barrier::new(threads));
    let std = Padded(std::sync::Barrier::new(threads));
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_a_round(threads, steps, || {
                std::iter::repeat_n(&ours.0, WAITS).map(|barrier| _ = barrier.wait())
            })
        }),
        Contender::new("std", || {
            nanoseconds_a_round(threads, steps, || {
                std::iter::repeat_n(&std.0, WAITS).map(|barrier| _ = barrier.wait())
            })
        }),
        Contender::new("WaitGroup", || {
            let groups: Vec<WaitGroup> = (0..WAITS).map(|_| WaitGroup::new()).collect();
            let mut shares = vec![groups.clone(); threads - 1];
            shares.push(groups);
            let shares = Mutex::new(shares);
            nanoseconds_a_round(threads, steps, || {
                shares.lock().unwrap().pop().unwrap().into_iter().map(WaitGroup::wait)
            })
        }),
    ];
    let name = format!("{threads} threads, {section}");
    let rounds = suite.rounds(41);
    suite.row(&name, Metric::Nanoseconds, rounds, contenders);
}

/// How long one round takes in which each thread works `steps` steps and waits once. `waits` makes
/// one thread's waits: an iterator that waits each time it is asked for more.
fn nanoseconds_a_round<W: Iterator<Item = ()>>(
    threads: usize,
    steps: u32,
    waits: impl Fn() -> W + Sync,
) -> f64 {
    let start = std::sync::Barrier::new(threads);
    let one = || {
        let waits = waits();
        start.wait();
        let begun = Instant::now();
        waits.for_each(|()| work(steps));
        begun.elapsed()
    };
    // All threads end in the same round, so each has measured all of it.
    let elapsed: Duration = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    });
    elapsed.as_nanos() as f64 / WAITS as f64
}
