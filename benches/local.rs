//! `Local` against `std::thread_local!` and the crate `thread_local`. See `support` for how to run
//! it.
//!
//! `std::thread_local!` with a constant initialiser and nothing to drop is the limit: a read of the
//! thread's own memory at a place known when the program was linked.

mod support;

use primitives::Local;
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Contention, Metric, Suite, contend, nanoseconds_each};
use thread_local::ThreadLocal;

/// Calls in one round of one thread: a fraction of a millisecond.
const CALLS: u32 = 100_000;
/// Objects that a new thread uses for the first time, one after the other.
const OBJECTS: usize = 16;
/// New threads in a round, one after the other.
const THREADS: usize = 20;

thread_local! {
    static CONST: Cell<u64> = const { Cell::new(0) };
    static LAZY: Box<Cell<u64>> = Box::new(Cell::new(0));
}
static OURS: Local<Cell<u64>> = Local::new(|| Cell::new(0));
static CRATE: ThreadLocal<Cell<u64>> = ThreadLocal::new();

fn add(value: &Cell<u64>) {
    value.set(value.get() + 1);
}

fn main() {
    let mut suite = Suite::from_args("local");
    one_thread(&mut suite);
    for threads in [2, 4] {
        several_threads(&mut suite, threads);
    }
    many_objects(&mut suite);
    first_access(&mut suite);
    suite.finish();
}

fn one_thread(suite: &mut Suite) {
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || black_box(&OURS).with(add))),
        Contender::new("thread_local", || {
            nanoseconds_each(CALLS, || add(black_box(&CRATE).get_or_default()))
        }),
        // Here the value is hidden, as the object is above, or all calls would be one addition.
        Contender::new("std, lazy", || {
            nanoseconds_each(CALLS, || LAZY.with(|own| add(black_box(own))))
        }),
        Contender::new("std, const", || {
            nanoseconds_each(CALLS, || CONST.with(|own| add(black_box(own))))
        }),
    ];
    let rounds = suite.rounds(201);
    suite.row("with, one thread", Metric::Nanoseconds, rounds, contenders);
}

fn several_threads(suite: &mut Suite, threads: usize) {
    let every = |op: fn()| move || contend(threads, Duration::from_millis(50), op);
    // Many calls for one look at whether the time is up, which costs as much as a call.
    const EACH: usize = 100;
    let contenders: Vec<Contender<'_, Contention>> = vec![
        Contender::new("ours", every(|| (0..EACH).for_each(|_| black_box(&OURS).with(add)))),
        Contender::new(
            "thread_local",
            every(|| (0..EACH).for_each(|_| add(black_box(&CRATE).get_or_default()))),
        ),
        Contender::new("std, lazy", every(|| (0..EACH).for_each(|_| LAZY.with(|own| add(own))))),
        Contender::new(
            "std, const",
            every(|| (0..EACH).for_each(|_| CONST.with(|own| add(black_box(own))))),
        ),
    ];
    let name = format!("with, {threads} threads, each {EACH} times");
    let rounds = suite.rounds(41);
    suite.contended_row(&name, rounds, contenders);
}

/// One thread that goes round many objects, so that where each lies in the thread's table matters.
fn many_objects(suite: &mut Suite) {
    const MANY: usize = 64;
    let ours: Vec<_> = (0..MANY).map(|_| Local::new(|| Cell::new(0))).collect();
    let of_crate: Vec<ThreadLocal<Cell<u64>>> = (0..MANY).map(|_| ThreadLocal::new()).collect();
    let each = |ns: f64| ns / MANY as f64;
    let contenders = vec![
        Contender::new("ours", || {
            each(nanoseconds_each(CALLS / MANY as u32, || {
                black_box(&ours).iter().for_each(|local| local.with(add));
            }))
        }),
        Contender::new("thread_local", || {
            each(nanoseconds_each(CALLS / MANY as u32, || {
                black_box(&of_crate).iter().for_each(|local| add(local.get_or_default()));
            }))
        }),
    ];
    let rounds = suite.rounds(201);
    suite.row("with, 64 objects in turn", Metric::Nanoseconds, rounds, contenders);
}

/// The first use of each of several objects by a thread that is new. The crate leaves the values of
/// threads that ended to later threads. So in the first row, where threads come one after another,
/// it finds a value and makes none. In the second row no thread has used the objects.
fn first_access(suite: &mut Suite) {
    let ours: [Local<Cell<u64>>; OBJECTS] = std::array::from_fn(|_| Local::default());
    let of_crate: [ThreadLocal<Cell<u64>>; OBJECTS] = std::array::from_fn(|_| ThreadLocal::new());
    let contenders = vec![
        Contender::new("ours", || in_new_threads(|| ours.iter().for_each(|local| local.with(add)))),
        Contender::new("thread_local", || {
            in_new_threads(|| of_crate.iter().for_each(|local| add(local.get_or_default())))
        }),
        Contender::new("std, lazy", || in_new_threads(|| STATICS.iter().for_each(|add| add()))),
    ];
    let rounds = suite.rounds(101);
    suite.row("first access by a new thread", Metric::Nanoseconds, rounds, contenders);

    const NEW: usize = OBJECTS * THREADS;
    let contenders = vec![
        Contender::new("ours", || {
            let all: Vec<Local<Cell<u64>>> = (0..NEW).map(|_| Local::default()).collect();
            let next = AtomicUsize::new(0);
            in_new_threads(|| new(&all, &next).iter().for_each(|local| local.with(add)))
        }),
        Contender::new("thread_local", || {
            let all: Vec<ThreadLocal<Cell<u64>>> = (0..NEW).map(|_| ThreadLocal::new()).collect();
            let next = AtomicUsize::new(0);
            in_new_threads(|| {
                new(&all, &next).iter().for_each(|local| add(local.get_or_default()));
            })
        }),
    ];
    suite.row("first access to a new object", Metric::Nanoseconds, rounds, contenders);
}

/// Objects that no thread has used.
fn new<'a, T>(all: &'a [T], next: &AtomicUsize) -> &'a [T] {
    let from = next.fetch_add(OBJECTS, Relaxed);
    &all[from..from + OBJECTS]
}

/// What one use takes, in nanoseconds, when `uses` uses each object once.
fn in_new_threads(uses: impl Fn() + Sync) -> f64 {
    let timed = || {
        let start = Instant::now();
        uses();
        start.elapsed()
    };
    let one_thread = |_| thread::scope(|scope| scope.spawn(timed).join().unwrap());
    let all: Duration = (0..THREADS).map(one_thread).sum();
    all.as_nanos() as f64 / THREADS as f64 / OBJECTS as f64
}

/// A static for each object, since `std::thread_local!` has no objects.
macro_rules! statics {
    ($($number:literal)*) => {
        [$({
            thread_local!(static LAZY: Box<Cell<u64>> = Box::new(Cell::new($number)));
            || LAZY.with(|own| add(own))
        }),*]
    };
}
static STATICS: [fn(); OBJECTS] = statics!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
