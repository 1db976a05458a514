//! `Event` against what std and parking_lot can be made to do: a flag beside a condition variable,
//! read without the lock where that is enough. See `support` for how to run it.

mod support;

use primitives::Event;
use std::hint::black_box;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use std::thread;
use std::time::Instant;
use support::{Contender, Metric, Padded, Suite, nanoseconds_each};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;
/// How often in one round eight threads wait and are let go.
const STARTS: u32 = 100;
const WAITERS: usize = 8;

fn main() {
    let mut suite = Suite::from_args("event");
    let rounds = suite.rounds(201);
    let contenders = vec![
        Contender::new("ours", when_set::<Event>()),
        Contender::new("parking_lot", when_set::<ParkingLot>()),
        Contender::new("std", when_set::<Std>()),
    ];
    suite.row("wait when set", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", lets_eight_go::<Event>),
        Contender::new("parking_lot", lets_eight_go::<ParkingLot>),
        Contender::new("std", lets_eight_go::<Std>),
    ];
    suite.row("set lets eight go", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

trait Signal: Default + Sync {
    fn wait(&self);
    fn set(&self);
}

fn when_set<S: Signal + 'static>() -> impl FnMut() -> f64 {
    let signal = Padded(S::default());
    signal.0.set();
    move || nanoseconds_each(CALLS, || black_box(&signal.0).wait())
}

/// The nanoseconds from a set until the last of eight threads that waited has said that it goes on.
/// A new signal each time, and another set, by all eight, that the setter waits for.
fn lets_eight_go<S: Signal>() -> f64 {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    let signals: Vec<Padded<S>> = (0..STARTS).map(|_| Padded(S::default())).collect();
    let (arrived, gone) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut total = 0;
    thread::scope(|scope| {
        for _ in 0..WAITERS {
            scope.spawn(|| {
                for (round, signal) in signals.iter().enumerate() {
                    arrived.fetch_add(1, Relaxed);
                    signal.0.wait();
                    gone.fetch_add(1, Release);
                    // Nobody comes early to the next.
                    while gone.load(Acquire) < (round + 1) * WAITERS {
                        thread::yield_now();
                    }
                }
            });
        }
        for (round, signal) in signals.iter().enumerate() {
            while arrived.load(Relaxed) < (round + 1) * WAITERS {
                thread::yield_now();
            }
            // All have said that they are about to wait: give them the time to fall asleep.
            thread::sleep(std::time::Duration::from_micros(100));
            let start = Instant::now();
            signal.0.set();
            while gone.load(Acquire) < (round + 1) * WAITERS {
                thread::yield_now();
            }
            total += start.elapsed().as_nanos();
        }
    });
    total as f64 / f64::from(STARTS)
}

impl Signal for Event {
    fn wait(&self) {
        self.wait();
    }

    fn set(&self) {
        self.set();
    }
}

#[derive(Default)]
struct ParkingLot {
    set: AtomicBool,
    lock: parking_lot::Mutex<()>,
    changed: parking_lot::Condvar,
}

impl Signal for ParkingLot {
    fn wait(&self) {
        if !self.set.load(Acquire) {
            let mut guard = self.lock.lock();
            self.changed.wait_while(&mut guard, |()| !self.set.load(Acquire));
        }
    }

    fn set(&self) {
        let guard = self.lock.lock();
        self.set.store(true, Release);
        drop(guard);
        self.changed.notify_all();
    }
}

#[derive(Default)]
struct Std {
    set: AtomicBool,
    lock: std::sync::Mutex<()>,
    changed: std::sync::Condvar,
}

impl Signal for Std {
    fn wait(&self) {
        if !self.set.load(Acquire) {
            let guard = self.lock.lock().unwrap();
            let wait = self.changed.wait_while(guard, |()| !self.set.load(Acquire));
            drop(wait.unwrap());
        }
    }

    fn set(&self) {
        let guard = self.lock.lock().unwrap();
        self.set.store(true, Release);
        drop(guard);
        self.changed.notify_all();
    }
}
