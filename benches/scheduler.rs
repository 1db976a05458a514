//! `Scheduler` against tokio-util's `DelayQueue` and a plain heap beside a map, each under a mutex.
//! See `support` for how to run it.

mod support;

use primitives::{Scheduled, Scheduler};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Instant;
use support::{Contender, Deadlines, Metric, Suite, nanoseconds_each};
use tokio_util::time::{DelayQueue, delay_queue};

/// Actions that are entered, cancelled or run in one round.
const CALLS: u32 = 10_000;

fn main() {
    let mut suite = Suite::from_args("scheduler");
    // `DelayQueue` works only within a runtime with a clock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _within = runtime.enter();
    let times = Deadlines::new();
    for (pending, shown) in [(10, "10"), (10_000, "10,000")] {
        let rows = ["enter", "cancel"].map(|what| format!("{what}, {shown} pending"));
        let ours = full::<Scheduler<'_>>(pending, &times);
        let delay_queue = full::<Mutex<DelayQueue<Action>>>(pending, &times);
        let plain = full::<Mutex<Plain>>(pending, &times);
        let rounds = suite.rounds(41);
        let contenders = vec![
            Contender::new("ours", || enter(&ours, &times)),
            Contender::new("DelayQueue", || enter(&delay_queue, &times)),
            Contender::new("plain heap", || enter(&plain, &times)),
        ];
        suite.row(&rows[0], Metric::Nanoseconds, rounds, contenders);
        let contenders = vec![
            Contender::new("ours", || cancel(&ours, &times)),
            Contender::new("DelayQueue", || cancel(&delay_queue, &times)),
            Contender::new("plain heap", || cancel(&plain, &times)),
        ];
        suite.row(&rows[1], Metric::Nanoseconds, rounds, contenders);
    }
    let rounds = suite.rounds(41);
    let contenders = vec![
        Contender::new("ours", run::<Scheduler<'_>>),
        Contender::new("plain heap", run::<Mutex<Plain>>),
    ];
    suite.row("enter and run, all due", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

type Action = Box<dyn FnOnce() + Send>;

trait Plans: Default {
    type Entry;
    fn enter(&self, time: Instant, action: impl FnOnce() + Send + 'static) -> Self::Entry;
    fn cancel(&self, entry: Self::Entry);
}

/// Runs all that is due.
trait Runs: Plans {
    fn run(&self);
}

impl Plans for Scheduler<'_> {
    type Entry = Scheduled;

    fn enter(&self, time: Instant, action: impl FnOnce() + Send + 'static) -> Scheduled {
        self.enter_at(time, 0, action)
    }

    fn cancel(&self, entry: Scheduled) {
        self.cancel(entry).unwrap();
    }
}

impl Runs for Scheduler<'_> {
    fn run(&self) {
        assert_eq!(self.try_run(), None);
    }
}

impl Plans for Mutex<DelayQueue<Action>> {
    type Entry = delay_queue::Key;

    fn enter(&self, time: Instant, action: impl FnOnce() + Send + 'static) -> delay_queue::Key {
        self.lock().unwrap().insert_at(Box::new(action), time.into())
    }

    fn cancel(&self, entry: delay_queue::Key) {
        // Dropped when the mutex is free again, as one would.
        let _removed = self.lock().unwrap().remove(&entry);
    }
}

/// What one would write first: a heap, and a map of those that were not cancelled.
#[derive(Default)]
struct Plain {
    entered: u64,
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
    actions: HashMap<u64, Action>,
}

impl Plans for Mutex<Plain> {
    type Entry = u64;

    fn enter(&self, time: Instant, action: impl FnOnce() + Send + 'static) -> u64 {
        let Plain { entered, heap, actions } = &mut *self.lock().unwrap();
        if heap.len() > 2 * actions.len() + 64 {
            heap.retain(|Reverse((_, number))| actions.contains_key(number));
        }
        *entered += 1;
        heap.push(Reverse((time, *entered)));
        actions.insert(*entered, Box::new(action));
        *entered
    }

    fn cancel(&self, entry: u64) {
        let _removed = self.lock().unwrap().actions.remove(&entry);
    }
}

impl Runs for Mutex<Plain> {
    fn run(&self) {
        let due = |plain: &Mutex<Plain>| {
            let Plain { heap, actions, .. } = &mut *plain.lock().unwrap();
            let Reverse((time, _)) = heap.peek()?;
            let due = *time <= Instant::now();
            let first = if due { heap.pop() } else { None };
            first.map(|Reverse((_, number))| actions.remove(&number))
        };
        while let Some(action) = due(self) {
            action.into_iter().for_each(|action| action());
        }
    }
}

fn one<P: Plans>(plans: &P, time: Instant) -> P::Entry {
    // An action that holds something, as most do.
    let held = black_box(1_u64);
    plans.enter(time, move || _ = black_box(held))
}

fn full<P: Plans>(pending: usize, times: &Deadlines) -> P {
    let plans = P::default();
    (0..pending).for_each(|_| _ = one(&plans, times.next()));
    plans
}

/// The nanoseconds that it takes to enter one more.
fn enter<P: Plans>(plans: &P, times: &Deadlines) -> f64 {
    let mut entered = Vec::with_capacity(CALLS as usize);
    let each = nanoseconds_each(CALLS, || entered.push(one(plans, times.next())));
    entered.into_iter().for_each(|entry| plans.cancel(entry));
    each
}

/// The nanoseconds that it takes to cancel one.
fn cancel<P: Plans>(plans: &P, times: &Deadlines) -> f64 {
    let mut entered: Vec<_> = (0..CALLS).map(|_| one(plans, times.next())).collect();
    nanoseconds_each(CALLS, || entered.pop().into_iter().for_each(|entry| plans.cancel(entry)))
}

/// The nanoseconds that it takes to enter one that is due, and to run it.
fn run<R: Runs>() -> f64 {
    let (plans, due) = (R::default(), Instant::now());
    let all = Instant::now();
    (0..CALLS).for_each(|_| _ = one(&plans, due));
    plans.run();
    all.elapsed().as_nanos() as f64 / f64::from(CALLS)
}
