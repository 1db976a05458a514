//! `WatchedLock` and `RankedLock` against `Lock`, which looks for no deadlock, and
//! `parking_lot::Mutex`. See `support` for how to run it.

mod support;

use primitives::{Detector, Lock, RankedLock, WatchedLock};
use std::hint::black_box;
use std::time::Duration;
use support::{Contender, Contention, Metric, Padded, Suite, contend, nanoseconds_each, work};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;

/// A lock around a counter, and its place in the order where there is one.
trait Counter: Sync {
    fn new(rank: u32) -> Self;
    fn with<R>(&self, f: impl FnOnce(&mut u64) -> R) -> R;
}

impl Counter for WatchedLock<u64> {
    fn new(_rank: u32) -> Self {
        static DETECTOR: Detector = Detector::new();
        WatchedLock::new("counter", &DETECTOR, 0)
    }
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut u64) -> R) -> R {
        f(&mut self.lock().unwrap())
    }
}

impl Counter for RankedLock<u64> {
    fn new(rank: u32) -> Self {
        RankedLock::new(rank, "counter", 0)
    }
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut u64) -> R) -> R {
        f(&mut self.lock().unwrap())
    }
}

impl Counter for Lock<u64> {
    fn new(_rank: u32) -> Self {
        Lock::new(0)
    }
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut u64) -> R) -> R {
        f(&mut self.lock())
    }
}

impl Counter for parking_lot::Mutex<u64> {
    fn new(_rank: u32) -> Self {
        parking_lot::Mutex::new(0)
    }
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut u64) -> R) -> R {
        f(&mut self.lock())
    }
}

fn main() {
    let mut suite = Suite::from_args("deadlock");
    rows::<WatchedLock<u64>>(&mut suite, "WatchedLock");
    rows::<RankedLock<u64>>(&mut suite, "RankedLock");
    suite.finish();
}

fn rows<Ours: Counter>(suite: &mut Suite, ours: &str) {
    let rounds = suite.rounds(201);
    let contenders = vec![
        Contender::new("ours", one::<Ours>()),
        Contender::new("Lock", one::<Lock<u64>>()),
        Contender::new("parking_lot", one::<parking_lot::Mutex<u64>>()),
    ];
    suite.row(&format!("{ours}, uncontended"), Metric::Nanoseconds, rounds, contenders);
    let contenders = vec![
        Contender::new("ours", two::<Ours>()),
        Contender::new("Lock", two::<Lock<u64>>()),
        Contender::new("parking_lot", two::<parking_lot::Mutex<u64>>()),
    ];
    let name = format!("{ours}, uncontended, under another");
    suite.row(&name, Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(41);
    for threads in [2, 4] {
        for (section, steps) in [("short", 0), ("long", 150)] {
            let contenders = vec![
                Contender::new("ours", many::<Ours>(threads, steps)),
                Contender::new("Lock", many::<Lock<u64>>(threads, steps)),
                Contender::new("parking_lot", many::<parking_lot::Mutex<u64>>(threads, steps)),
            ];
            let name = format!("{ours}, contended, {threads} threads, {section}");
            suite.contended_row(&name, rounds, contenders);
        }
    }
}

/// One thread that takes one lock.
fn one<L: Counter>() -> impl FnMut() -> f64 {
    let lock = Padded(L::new(1));
    move || nanoseconds_each(CALLS, || black_box(&lock.0).with(|counter| *counter += 1))
}

/// One thread that takes one lock, and then another before it lets go of the first.
fn two<L: Counter>() -> impl FnMut() -> f64 {
    let (outer, inner) = (Padded(L::new(1)), Padded(L::new(2)));
    move || {
        nanoseconds_each(CALLS, || {
            black_box(&outer.0).with(|outer| {
                black_box(&inner.0).with(|inner| *inner += 1);
                *outer += 1;
            });
        })
    }
}

/// Threads that all want one lock: `steps` of work with it and as many without.
fn many<L: Counter>(threads: usize, steps: u32) -> impl FnMut() -> Contention {
    const ROUND: Duration = Duration::from_millis(50);
    let lock = Padded(L::new(1));
    move || {
        contend(threads, ROUND, || {
            lock.0.with(|counter| {
                *counter += 1;
                work(steps);
            });
            work(steps);
        })
    }
}
