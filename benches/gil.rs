//! `Gil` against a lock: what it takes to have it, to look between two instructions, and to hand it
//! to another thread. See `support` for how to run it.

mod support;

use primitives::{FairLock, Gil, Lock};
use std::hint::black_box;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Metric, Padded, Suite, nanoseconds_each};

/// Calls in one round: a millisecond or two.
const CALLS: u32 = 50_000;
/// How often each of two threads has its turn in one round.
const TURNS: u32 = 200;

fn main() {
    let mut suite = Suite::from_args("gil");
    let rounds = suite.rounds(201);
    let (ticks, interval) =
        (Padded(Gil::ticks(u32::MAX)), Padded(Gil::interval(Duration::from_millis(5))));
    let (lock, std) = (Padded(Lock::new(())), Padded(Mutex::new(())));
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ticks.0).acquire()))),
        Contender::new("Lock", || nanoseconds_each(CALLS, || drop(black_box(&lock.0).lock()))),
        Contender::new("std", || nanoseconds_each(CALLS, || drop(black_box(&std.0).lock()))),
    ];
    suite.row("uncontended acquire", Metric::Nanoseconds, rounds, contenders);

    let contenders = vec![
        Contender::new("by ticks", || ticked(&ticks.0)),
        Contender::new("by interval", || ticked(&interval.0)),
    ];
    suite.row("tick, none waits", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", || {
            let gil = Gil::interval(Duration::ZERO);
            by_turns(|_| {
                // Both are at it all the time, so each tick waits for the other's.
                let mut gil = gil.acquire();
                (0..TURNS).for_each(|_| gil.tick());
            })
        }),
        Contender::new("FairLock", || {
            let lock = FairLock::new();
            by_turns(|_| (0..TURNS).for_each(|_| drop(lock.lock())))
        }),
        Contender::new("std", || {
            let (turn, changed) = (Mutex::new(false), Condvar::new());
            by_turns(|me| {
                for _ in 0..TURNS {
                    let turn = turn.lock().unwrap();
                    *changed.wait_while(turn, |turn| *turn != me).unwrap() = !me;
                    changed.notify_one();
                }
            })
        }),
    ];
    suite.row("a turn, two threads", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// The nanoseconds of a tick that finds nothing to do.
fn ticked(gil: &Gil) -> f64 {
    let mut guard = gil.acquire();
    nanoseconds_each(CALLS, || black_box(&mut guard).tick())
}

/// The nanoseconds of each turn of two threads.
fn by_turns(turns: impl Fn(bool) + Sync) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        let turns = &turns;
        for me in [false, true] {
            scope.spawn(move || turns(me));
        }
    });
    start.elapsed().as_nanos() as f64 / f64::from(2 * TURNS)
}
