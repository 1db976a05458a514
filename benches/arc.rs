//! `Arc` and `Weak` against those of std. See `support` for how to run it.

mod support;

use std::hint::black_box;
use std::time::Duration;
use support::{Contender, Contention, Metric, Suite, contend, nanoseconds_each};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;
/// How long threads clone and drop in one round.
const ROUND: Duration = Duration::from_millis(20);

type Round<S> = Box<dyn FnMut() -> S>;

fn each(mut op: impl FnMut() + 'static) -> Round<f64> {
    Box::new(move || nanoseconds_each(CALLS, &mut op))
}

/// The same for ours and for std's.
macro_rules! measures {
    ($module:ident: $($arcs:tt)+) => {
        mod $module {
            use super::*;
            use $($arcs)+::{Arc, Weak};

            pub(crate) fn one_thread() -> [(&'static str, Round<f64>); 6] {
                let (arc, other) = (Arc::new(1_u64), Arc::new(1_u64));
                let weak: Weak<u64> = Arc::downgrade(&other);
                let mut alone = Arc::new(1_u64);
                let downgraded = arc.clone();
                [
                    ("new and drop", each(|| drop(black_box(Arc::new(1_u64))))),
                    ("clone and drop", each(move || drop(black_box(&arc).clone()))),
                    (
                        "downgrade and drop",
                        each(move || drop(Arc::downgrade(black_box(&downgraded)))),
                    ),
                    (
                        "upgrade and drop",
                        each(move || {
                            drop(black_box(&weak).upgrade());
                            black_box(&other);
                        }),
                    ),
                    (
                        "get_mut",
                        each(move || {
                            black_box(Arc::get_mut(black_box(&mut alone)).map(|value| *value += 1));
                        }),
                    ),
                    (
                        "new and into_inner",
                        each(|| _ = black_box(Arc::into_inner(Arc::new(1_u64)))),
                    ),
                ]
            }

            pub(crate) fn clone_and_drop(threads: usize) -> Round<Contention> {
                let arc = Arc::new(1_u64);
                Box::new(move || contend(threads, ROUND, || drop(black_box(&arc).clone())))
            }
        }
    };
}

measures!(ours: primitives);
measures!(std_arc: std::sync);

fn main() {
    let mut suite = Suite::from_args("arc");
    let rounds = suite.rounds(201);
    for ((row, ours), (_, std)) in ours::one_thread().into_iter().zip(std_arc::one_thread()) {
        let contenders = vec![Contender::new("ours", ours), Contender::new("std", std)];
        suite.row(row, Metric::Nanoseconds, rounds, contenders);
    }
    let rounds = suite.rounds(51);
    for threads in [2, 4] {
        let contenders = vec![
            Contender::new("ours", ours::clone_and_drop(threads)),
            Contender::new("std", std_arc::clone_and_drop(threads)),
        ];
        suite.contended_row(&format!("clone and drop, {threads} threads"), rounds, contenders);
    }
    suite.finish();
}
