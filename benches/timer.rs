//! `Timers` against tokio-util's `DelayQueue` and a plain heap, each under a mutex; and how late
//! they are, against tokio's sleeps and a sleeping thread for each timer. See `support` for how to
//! run it.

mod support;

use primitives::{Timer, Timers};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Deadlines, Metric, Suite, nanoseconds_each, work};
use tokio_util::time::{DelayQueue, delay_queue};

/// Timers that are armed or cancelled in one round.
const CALLS: u32 = 10_000;

fn main() {
    let mut suite = Suite::from_args("timer");
    // `DelayQueue` works only within a runtime with a clock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _within = runtime.enter();
    for (pending, shown) in [(10, "10"), (10_000, "10,000"), (1_000_000, "1,000,000")] {
        let rows = ["arm", "cancel"].map(|what| format!("{what}, {shown} pending"));
        if !rows.iter().any(|row| suite.wants(row)) {
            continue;
        }
        let deadlines = Deadlines::new();
        let ours = Full::<Timers>::new(pending, &deadlines);
        let plain = Full::<Plain>::new(pending, &deadlines);
        let delay_queue = Full::<Mutex<DelayQueue<Function>>>::new(pending, &deadlines);
        let rounds = suite.rounds(41);
        let contenders = vec![
            Contender::new("ours", || ours.arm(&deadlines)),
            Contender::new("DelayQueue", || delay_queue.arm(&deadlines)),
            Contender::new("plain heap", || plain.arm(&deadlines)),
        ];
        suite.row(&rows[0], Metric::Nanoseconds, rounds, contenders);
        let contenders = vec![
            Contender::new("ours", || ours.cancel(&deadlines)),
            Contender::new("DelayQueue", || delay_queue.cancel(&deadlines)),
            Contender::new("plain heap", || plain.cancel(&deadlines)),
        ];
        suite.row(&rows[1], Metric::Nanoseconds, rounds, contenders);
    }
    late(&mut suite, "idle", 0);
    late(&mut suite, "2 busy threads", 2);
    suite.finish();
}

type Function = Box<dyn FnOnce() + Send>;

/// What arms and cancels functions.
trait Arms: Default {
    type Handle;
    fn arm(&self, deadline: Instant, f: impl FnOnce() + Send + 'static) -> Self::Handle;
    fn cancel(&self, handle: Self::Handle);
}

impl Arms for Timers {
    type Handle = Timer;

    fn arm(&self, deadline: Instant, f: impl FnOnce() + Send + 'static) -> Timer {
        self.at(deadline, f)
    }

    fn cancel(&self, handle: Timer) {
        handle.cancel();
    }
}

impl Arms for Mutex<DelayQueue<Function>> {
    type Handle = delay_queue::Key;

    fn arm(&self, deadline: Instant, f: impl FnOnce() + Send + 'static) -> delay_queue::Key {
        self.lock().unwrap().insert_at(Box::new(f), deadline.into())
    }

    fn cancel(&self, handle: delay_queue::Key) {
        // Dropped when the mutex is free again, as one would.
        let _removed = self.lock().unwrap().remove(&handle);
    }
}

/// What one would write first: a heap, and a map of those that were not cancelled.
#[derive(Default)]
struct Plain(Mutex<HeapAndMap>);

#[derive(Default)]
struct HeapAndMap {
    armed: u64,
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
    functions: HashMap<u64, Function>,
}

impl Arms for Plain {
    type Handle = u64;

    fn arm(&self, deadline: Instant, f: impl FnOnce() + Send + 'static) -> u64 {
        let HeapAndMap { armed, heap, functions } = &mut *self.0.lock().unwrap();
        if heap.len() > 2 * functions.len() + 64 {
            heap.retain(|Reverse((_, number))| functions.contains_key(number));
        }
        *armed += 1;
        heap.push(Reverse((deadline, *armed)));
        functions.insert(*armed, Box::new(f));
        *armed
    }

    fn cancel(&self, handle: u64) {
        let _removed = self.0.lock().unwrap().functions.remove(&handle);
    }
}

/// Somewhere many timers are pending.
struct Full<A: Arms> {
    arms: A,
    _pending: Vec<A::Handle>,
}

impl<A: Arms> Full<A> {
    fn new(pending: usize, deadlines: &Deadlines) -> Self {
        let arms = A::default();
        let pending = (0..pending).map(|_| Self::one(&arms, deadlines)).collect();
        Self { arms, _pending: pending }
    }

    fn one(arms: &A, deadlines: &Deadlines) -> A::Handle {
        // A function that holds something, as most do.
        let held = black_box(1_u64);
        arms.arm(deadlines.next(), move || _ = black_box(held))
    }

    /// The nanoseconds that it takes to arm one more.
    fn arm(&self, deadlines: &Deadlines) -> f64 {
        let mut armed = Vec::with_capacity(CALLS as usize);
        let each = nanoseconds_each(CALLS, || armed.push(Self::one(&self.arms, deadlines)));
        armed.into_iter().for_each(|handle| self.arms.cancel(handle));
        each
    }

    /// The nanoseconds that it takes to cancel one.
    fn cancel(&self, deadlines: &Deadlines) -> f64 {
        let mut armed: Vec<_> = (0..CALLS).map(|_| Self::one(&self.arms, deadlines)).collect();
        nanoseconds_each(CALLS, || armed.pop().into_iter().for_each(|one| self.arms.cancel(one)))
    }
}

/// How late timers are while other threads keep the processor busy.
fn late(suite: &mut Suite, what: &str, busy: usize) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..busy {
            scope.spawn(|| {
                while !stop.load(Relaxed) {
                    work(1_000);
                }
            });
        }
        let rounds = suite.rounds(21);
        for (name, pick) in [("median", 50), ("worst", 100)] {
            let contenders = vec![
                Contender::new("ours", || lateness(pick, ours_sleeps)),
                Contender::new("tokio", || lateness(pick, tokio_sleeps)),
                Contender::new("thread each", || lateness(pick, threads_sleep)),
            ];
            let row = format!("{name} lateness of 100, {what}");
            suite.row(&row, Metric::Nanoseconds, rounds, contenders);
        }
        stop.store(true, Relaxed);
    });
}

/// The deadlines of one round, and the nanoseconds after it at which each was noted.
#[derive(Clone)]
struct Late(Arc<Vec<(Instant, AtomicU64)>>);

impl Late {
    fn note(&self, which: usize) {
        let (deadline, late) = &self.0[which];
        late.store(deadline.elapsed().as_nanos() as u64, Relaxed);
    }
}

/// How late the one is that is later than `percent` of a hundred.
fn lateness(percent: usize, sleep: fn(&Late)) -> f64 {
    let start = Instant::now() + Duration::from_millis(10);
    // Not whole milliseconds, which a clock that ticks in them would serve too well.
    let deadline = |number: u32| start + number * Duration::from_micros(137);
    let late = Late(Arc::new((0..100).map(|n| (deadline(n), AtomicU64::new(0))).collect()));
    sleep(&late);
    let mut nanoseconds: Vec<u64> = late.0.iter().map(|(_, late)| late.load(Relaxed)).collect();
    nanoseconds.sort_unstable();
    nanoseconds[percent.min(99)] as f64
}

fn ours_sleeps(late: &Late) {
    let arm = |which: usize| {
        let (deadline, late) = (late.0[which].0, late.clone());
        Timer::at(deadline, move || late.note(which))
    };
    let armed: Vec<Timer> = (0..late.0.len()).map(arm).collect();
    armed.iter().for_each(|timer| _ = timer.join());
}

fn tokio_sleeps(late: &Late) {
    // On a thread of its own: this one is within the other runtime.
    let late = late.clone();
    let sleep = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let spawn = |which: usize| {
                let (deadline, late) = (late.0[which].0, late.clone());
                tokio::spawn(async move {
                    tokio::time::sleep_until(deadline.into()).await;
                    late.note(which);
                })
            };
            let tasks: Vec<_> = (0..late.0.len()).map(spawn).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    };
    thread::spawn(sleep).join().unwrap();
}

fn threads_sleep(late: &Late) {
    thread::scope(|scope| {
        for (which, (deadline, _)) in late.0.iter().enumerate() {
            scope.spawn(move || {
                thread::sleep(deadline.saturating_duration_since(Instant::now()));
                late.note(which);
            });
        }
    });
}
