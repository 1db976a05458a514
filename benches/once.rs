//! `Once`, `OnceCell` and `Lazy` against those of std, and parking_lot's `Once`. See `support` for
//! how to run it.

mod support;

use primitives::{Lazy, Once, OnceCell};
use std::hint::black_box;
use std::sync::{self, Barrier, LazyLock, OnceLock};
use std::thread;
use std::time::Instant;
use support::{Contender, Metric, Padded, Suite, nanoseconds_each};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;
/// How often in one round four threads come at once.
const STARTS: u32 = 100;
const THREADS: usize = 4;

fn main() {
    let mut suite = Suite::from_args("once");
    let rounds = suite.rounds(201);
    let (ours, std) = (Padded(OnceCell::new()), Padded(OnceLock::new()));
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || _ = black_box(black_box(&ours.0).get_or_init(|| 42)))
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || _ = black_box(black_box(&std.0).get_or_init(|| 42)))
        }),
    ];
    suite.row("get_or_init when made", Metric::Nanoseconds, rounds, contenders);

    let (ours, std) = (Padded(Lazy::new(|| 42)), Padded(LazyLock::new(|| 42)));
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || _ = black_box(**black_box(&ours.0)))),
        Contender::new("std", || nanoseconds_each(CALLS, || _ = black_box(**black_box(&std.0)))),
    ];
    suite.row("lazy value when made", Metric::Nanoseconds, rounds, contenders);

    let ours = Padded(Once::new());
    let parking_lot = Padded(parking_lot::Once::new());
    let std = Padded(sync::Once::new());
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || black_box(&ours.0).call_once(|| _ = black_box(1)))
        }),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || black_box(&parking_lot.0).call_once(|| _ = black_box(1)))
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || black_box(&std.0).call_once(|| _ = black_box(1)))
        }),
    ];
    suite.row("call_once when done", Metric::Nanoseconds, rounds, contenders);

    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || {
                _ = black_box(*OnceCell::new().get_or_init(|| black_box(42)))
            })
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || {
                _ = black_box(*OnceLock::new().get_or_init(|| black_box(42)))
            })
        }),
    ];
    suite.row("new, and make", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", || four_at_once(OnceCell::new, |cell| *cell.get_or_init(|| 42))),
        Contender::new("std", || four_at_once(OnceLock::new, |cell| *cell.get_or_init(|| 42))),
    ];
    suite.row("four need it at once", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// The nanoseconds from a common start until each of four threads has the value. A new cell each
/// time.
fn four_at_once<C: Sync>(new: fn() -> C, get: fn(&C) -> u32) -> f64 {
    let cells: Vec<Padded<C>> = (0..STARTS).map(|_| Padded(new())).collect();
    let barrier = Barrier::new(THREADS);
    let nanoseconds: u128 = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut sum = 0;
                    for cell in &cells {
                        barrier.wait();
                        let start = Instant::now();
                        black_box(get(&cell.0));
                        sum += start.elapsed().as_nanos();
                    }
                    sum
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    nanoseconds as f64 / f64::from(STARTS) / THREADS as f64
}
