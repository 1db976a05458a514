//! `Semaphore` against a parking_lot mutex with a condvar, and against the semaphores of async-lock
//! and tokio: async-lock's has a blocking form, tokio's only `try_acquire`. See `support` for how
//! to run it.

mod support;

use primitives::Semaphore;
use std::hint::black_box;
use std::time::Duration;
use support::{Contender, Metric, Padded, Suite, contend, nanoseconds_each, work};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;

fn main() {
    let mut suite = Suite::from_args("semaphore");
    let rounds = suite.rounds(201);
    let ours = Padded(Semaphore::new(4));
    let counter = Padded(Counter::new(4));
    let async_lock = Padded(async_lock::Semaphore::new(4));
    let tokio = Padded(tokio::sync::Semaphore::new(4));
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || drop(black_box(&ours.0).acquire()))),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || black_box(&counter.0).with_permit(|| ()))
        }),
        Contender::new("async-lock", || {
            nanoseconds_each(CALLS, || drop(black_box(&async_lock.0).acquire_blocking()))
        }),
    ];
    suite.row("acquire and release", Metric::Nanoseconds, rounds, contenders);
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || drop(black_box(&ours.0).try_acquire()))
        }),
        Contender::new("async-lock", || {
            nanoseconds_each(CALLS, || drop(black_box(&async_lock.0).try_acquire()))
        }),
        Contender::new("tokio", || {
            nanoseconds_each(CALLS, || drop(black_box(&tokio.0).try_acquire()))
        }),
    ];
    suite.row("try_acquire and release", Metric::Nanoseconds, rounds, contenders);

    for (threads, permits) in [(2, 1), (4, 1), (4, 2), (8, 4)] {
        for (section, steps) in [("short", 0), ("long", 150)] {
            contended(&mut suite, section, threads, permits, steps);
        }
    }
    suite.finish();
}

/// Threads that all want a permit: `steps` of work with it and as many without.
fn contended(suite: &mut Suite, section: &str, threads: usize, permits: u32, steps: u32) {
    const ROUND: Duration = Duration::from_millis(50);
    let ours = Padded(Semaphore::new(permits));
    let counter = Padded(Counter::new(permits));
    let async_lock = Padded(async_lock::Semaphore::new(permits as usize));
    let contenders = vec![
        Contender::new("ours", || {
            contend(threads, ROUND, || {
                let permit = ours.0.acquire();
                work(steps);
                drop(permit);
                work(steps);
            })
        }),
        Contender::new("parking_lot", || {
            contend(threads, ROUND, || {
                counter.0.with_permit(|| work(steps));
                work(steps);
            })
        }),
        Contender::new("async-lock", || {
            contend(threads, ROUND, || {
                let permit = async_lock.0.acquire_blocking();
                work(steps);
                drop(permit);
                work(steps);
            })
        }),
    ];
    let rounds = suite.rounds(41);
    let name = format!("{threads} threads, {permits} permits, {section}");
    suite.contended_row(&name, rounds, contenders);
}

/// What one would write over a mutex and a condition variable.
struct Counter {
    free: parking_lot::Mutex<u32>,
    released: parking_lot::Condvar,
}

impl Counter {
    fn new(permits: u32) -> Self {
        Self { free: parking_lot::Mutex::new(permits), released: parking_lot::Condvar::new() }
    }

    fn with_permit(&self, section: impl FnOnce()) {
        let mut free = self.free.lock();
        self.released.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        drop(free);
        section();
        *self.free.lock() += 1;
        self.released.notify_one();
    }
}
