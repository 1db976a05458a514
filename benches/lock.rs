//! `Lock` against `parking_lot::Mutex` and `std::sync::Mutex`, and, where nobody contends, against
//! the two atomic instructions that no lock can do without. See `support` for how to run it.

mod support;

use primitives::Lock;
use std::hint::black_box;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::Duration;
use support::{Contender, Metric, Padded, Suite, contend, nanoseconds_each, work};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;
const SECOND: Duration = Duration::from_secs(1);

fn main() {
    let mut suite = Suite::from_args("lock");
    uncontended(&mut suite);
    uncontended_timed(&mut suite);
    for threads in [2, 4, 8] {
        // Nothing but the counter: all that can be seen is the lock.
        contended(&mut suite, "short", threads, 0, 0);
        // Some 300 ns inside and as much outside, as in a program that does something.
        contended(&mut suite, "long", threads, 150, 150);
    }
    suite.finish();
}

fn uncontended(suite: &mut Suite) {
    let ours = Padded(Lock::new(0));
    let parking_lot = Padded(parking_lot::Mutex::new(0));
    let std = Padded(std::sync::Mutex::new(0));
    let bare = Padded(AtomicU32::new(0));
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).lock()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || drop(black_box(&parking_lot.0).lock()))
        }),
        Contender::new("std", || nanoseconds_each(CALLS, || drop(black_box(&std.0).lock()))),
        Contender::new("bare", || {
            nanoseconds_each(CALLS, || {
                let word = black_box(&bare.0);
                let _ = word.compare_exchange(0, 1, Acquire, Relaxed);
                word.swap(0, Release);
            })
        }),
    ];
    let rounds = suite.rounds(201);
    suite.row("uncontended lock", Metric::Nanoseconds, rounds, contenders);
}

fn uncontended_timed(suite: &mut Suite) {
    let ours = Padded(Lock::new(0));
    let parking_lot = Padded(parking_lot::Mutex::new(0));
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || drop(black_box(&ours.0).try_lock_for(SECOND)))
        }),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || {
                drop(black_box(&parking_lot.0).try_lock_for(SECOND));
            })
        }),
    ];
    let (name, rounds) = ("uncontended try_lock_for", suite.rounds(201));
    suite.row(name, Metric::Nanoseconds, rounds, contenders);
}

/// Threads that all want the lock: `inside` and `outside` are steps of work with it and without.
fn contended(suite: &mut Suite, section: &str, threads: usize, inside: u32, outside: u32) {
    // Long enough for each of eight threads to have several turns on one of two cores.
    const ROUND: Duration = Duration::from_millis(100);
    let ours = Padded(Lock::new(0_u64));
    let parking_lot = Padded(parking_lot::Mutex::new(0_u64));
    let std = Padded(std::sync::Mutex::new(0_u64));
    let contenders = vec![
        Contender::new("ours", || {
            contend(threads, ROUND, || {
                let mut counter = ours.0.lock();
                *counter += 1;
                work(inside);
                drop(counter);
                work(outside);
            })
        }),
        Contender::new("parking_lot", || {
            contend(threads, ROUND, || {
                let mut counter = parking_lot.0.lock();
                *counter += 1;
                work(inside);
                drop(counter);
                work(outside);
            })
        }),
        Contender::new("std", || {
            contend(threads, ROUND, || {
                let mut counter = std.0.lock().unwrap();
                *counter += 1;
                work(inside);
                drop(counter);
                work(outside);
            })
        }),
    ];
    let name = format!("contended, {threads} threads, {section}");
    let rounds = suite.rounds(41);
    suite.contended_row(&name, rounds, contenders);
}
