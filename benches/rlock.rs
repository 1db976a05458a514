//! `RLock` against `parking_lot::ReentrantMutex`. See `support` for how to run it.

mod support;

use primitives::RLock;
use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;
use support::{Contender, Metric, Padded, Suite, contend, nanoseconds_each, work};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;

fn main() {
    let mut suite = Suite::from_args("rlock");
    let ours = Padded(RLock::new(Cell::new(0_u64)));
    let parking_lot = Padded(parking_lot::ReentrantMutex::new(Cell::new(0_u64)));

    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).lock()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || drop(black_box(&parking_lot.0).lock()))
        }),
    ];
    let rounds = suite.rounds(201);
    suite.row("uncontended lock", Metric::Nanoseconds, rounds, contenders);

    let held = (ours.0.lock(), parking_lot.0.lock());
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).lock()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || drop(black_box(&parking_lot.0).lock()))
        }),
    ];
    suite.row("locked again by its holder", Metric::Nanoseconds, rounds, contenders);
    drop(held);

    for threads in [2, 4, 8] {
        contended(&mut suite, "short", threads, 0);
        contended(&mut suite, "long", threads, 150);
    }
    suite.finish();
}

/// Threads that all want the lock, twice each time: `steps` of work with it and as many without.
fn contended(suite: &mut Suite, section: &str, threads: usize, steps: u32) {
    const ROUND: Duration = Duration::from_millis(100);
    let ours = Padded(RLock::new(Cell::new(0_u64)));
    let parking_lot = Padded(parking_lot::ReentrantMutex::new(Cell::new(0_u64)));
    let contenders = vec![
        Contender::new("ours", || {
            contend(threads, ROUND, || {
                let outer = ours.0.lock();
                let inner = ours.0.lock();
                inner.set(outer.get() + 1);
                work(steps);
                drop((inner, outer));
                work(steps);
            })
        }),
        Contender::new("parking_lot", || {
            contend(threads, ROUND, || {
                let outer = parking_lot.0.lock();
                let inner = parking_lot.0.lock();
                inner.set(outer.get() + 1);
                work(steps);
                drop((inner, outer));
                work(steps);
            })
        }),
    ];
    let name = format!("contended, {threads} threads, {section}");
    let rounds = suite.rounds(41);
    suite.contended_row(&name, rounds, contenders);
}
