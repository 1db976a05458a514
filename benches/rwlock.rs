//! `RwLock` against parking_lot's and std's. See `support` for how to run it.

mod support;

use primitives::RwLock;
use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;
use support::{Contender, Metric, Padded, Suite, contend, nanoseconds_each, work};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;

fn main() {
    let mut suite = Suite::from_args("rwlock");
    let rounds = suite.rounds(201);
    let ours = Padded(RwLock::new(0_u64));
    let parking_lot = Padded(parking_lot::RwLock::new(0_u64));
    let std = Padded(std::sync::RwLock::new(0_u64));
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).read()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || drop(black_box(&parking_lot.0).read()))
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || drop(black_box(&std.0).read().unwrap()))
        }),
    ];
    suite.row("uncontended read", Metric::Nanoseconds, rounds, contenders);
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).write()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || drop(black_box(&parking_lot.0).write()))
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || drop(black_box(&std.0).write().unwrap()))
        }),
    ];
    suite.row("uncontended write", Metric::Nanoseconds, rounds, contenders);

    for threads in [2, 4, 8] {
        for (section, steps) in [("short", 0), ("long", 150)] {
            for (mix, writes) in [("read", 0), ("write", 10), ("90/10", 1)] {
                contended(
                    &mut suite,
                    &format!("{threads} threads, {section}, {mix}"),
                    threads,
                    steps,
                    writes,
                );
            }
        }
    }
    suite.finish();
}

std::thread_local! {
    /// Whose turn it is, to look or to change, in the mix of the thread.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Whether the thread's next operation is a write, if `writes` of ten are.
fn is_write(writes: u32) -> bool {
    let turn = TURN.get();
    TURN.set((turn + 1) % 10);
    turn < writes
}

/// Threads that look and change: `steps` of work with the lock and as many without.
fn contended(suite: &mut Suite, name: &str, threads: usize, steps: u32, writes: u32) {
    const ROUND: Duration = Duration::from_millis(50);
    let ours = Padded(RwLock::new(0_u64));
    let parking_lot = Padded(parking_lot::RwLock::new(0_u64));
    let std = Padded(std::sync::RwLock::new(0_u64));
    let contenders = vec![
        Contender::new("ours", || {
            contend(threads, ROUND, || {
                if is_write(writes) {
                    let mut guard = ours.0.write();
                    *guard += 1;
                    work(steps);
                } else {
                    let guard = ours.0.read();
                    black_box(*guard);
                    work(steps);
                }
                work(steps);
            })
        }),
        Contender::new("parking_lot", || {
            contend(threads, ROUND, || {
                if is_write(writes) {
                    let mut guard = parking_lot.0.write();
                    *guard += 1;
                    work(steps);
                } else {
                    let guard = parking_lot.0.read();
                    black_box(*guard);
                    work(steps);
                }
                work(steps);
            })
        }),
        Contender::new("std", || {
            contend(threads, ROUND, || {
                if is_write(writes) {
                    let mut guard = std.0.write().unwrap();
                    *guard += 1;
                    work(steps);
                } else {
                    let guard = std.0.read().unwrap();
                    black_box(*guard);
                    work(steps);
                }
                work(steps);
            })
        }),
    ];
    let rounds = suite.rounds(31);
    suite.contended_row(name, rounds, contenders);
}
