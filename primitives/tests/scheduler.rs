//! The scheduler on the real machine: agreement with a plain list, and the limits that the model
//! checker cannot reach. But for one test that nothing runs too early, no time is measured.

use primitives::{Lock, NotScheduled, Scheduled, Scheduler};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// What an action does besides being noted.
#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    Panic,
    /// Cancels this entry, counted from the first, if there are so many.
    Cancel(usize),
    /// Enters another that does nothing.
    Enter(u64, i32),
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    EnterIn(u64, i32, Does),
    EnterAt(u64, i32, Does),
    Cancel(usize),
    Run,
    TryRun,
    RunFor(u64),
    RunUntil(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let time = || 0..6_u64;
    let priority = || -1..3_i32;
    let does = || {
        prop_oneof![
            3 => Just(Does::Nothing),
            1 => Just(Does::Panic),
            2 => (0..20_usize).prop_map(Does::Cancel),
            2 => (time(), priority()).prop_map(|(time, priority)| Does::Enter(time, priority)),
        ]
    };
    let enter = || (time(), priority(), does());
    prop_oneof![
        4 => enter().prop_map(|(time, priority, does)| Operation::EnterIn(time, priority, does)),
        4 => enter().prop_map(|(time, priority, does)| Operation::EnterAt(time, priority, does)),
        2 => (0..20_usize).prop_map(Operation::Cancel),
        1 => Just(Operation::Run),
        1 => Just(Operation::TryRun),
        1 => time().prop_map(Operation::RunFor),
        1 => time().prop_map(Operation::RunUntil),
    ]
}

/// The model: a list of all that was ever entered, which is searched for the next to run.
#[derive(Default)]
struct List {
    now: u64,
    entered: Vec<(u64, i32, Does)>,
    /// Those that stand in the queue.
    queued: Vec<usize>,
    done: Vec<usize>,
}

impl List {
    fn enter(&mut self, time: u64, priority: i32, does: Does) {
        self.queued.push(self.entered.len());
        self.entered.push((time, priority, does));
    }

    fn cancel(&mut self, which: usize) -> bool {
        let place = self.queued.iter().position(|&queued| queued == which);
        place.map(|place| self.queued.swap_remove(place)).is_some()
    }

    fn queue(&self) -> Vec<usize> {
        let mut queue = self.queued.clone();
        queue.sort_by_key(|&which| (self.entered[which].0, self.entered[which].1, which));
        queue
    }

    /// Whether it came to its end, and if so how long it is until the next is due.
    fn run_until(&mut self, last: u64) -> Result<Option<u64>, ()> {
        loop {
            let Some(&first) = self.queue().first() else { return Ok(None) };
            let (time, _, does) = self.entered[first];
            if time > last {
                self.now = self.now.max(last);
                return Ok(Some(time.saturating_sub(self.now)));
            }
            self.now = self.now.max(time);
            self.cancel(first);
            self.done.push(first);
            match does {
                Does::Nothing => {}
                Does::Panic => return Err(()),
                Does::Cancel(which) => _ = self.cancel(which),
                Does::Enter(delay, priority) => {
                    self.enter(self.now + delay, priority, Does::Nothing);
                }
            }
        }
    }
}

/// The same with a real scheduler, by a clock that only a sleep moves.
struct Real {
    start: Instant,
    clock: Arc<AtomicU64>,
    scheduler: Scheduler<'static>,
    entries: Lock<Vec<Scheduled>>,
    done: Lock<Vec<usize>>,
}

impl Real {
    fn new() -> Arc<Self> {
        let (start, clock) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let (now, slept) = (clock.clone(), clock.clone());
        let scheduler = Scheduler::with_clock(
            move || start + Duration::from_secs(now.load(Relaxed)),
            move |time| _ = slept.fetch_add(time.as_secs(), Relaxed),
        );
        let (entries, done) = (Lock::default(), Lock::default());
        Arc::new(Self { start, clock, scheduler, entries, done })
    }

    fn enter(self: &Arc<Self>, at: Option<u64>, delay: u64, priority: i32, does: Does) {
        let mut entries = self.entries.lock();
        let (number, real) = (entries.len(), self.clone());
        let action = move || {
            real.done.lock().push(number);
            match does {
                Does::Nothing => {}
                Does::Panic => resume_unwind(Box::new("on purpose")),
                Does::Cancel(which) => _ = real.cancel(which),
                Does::Enter(delay, priority) => real.enter(None, delay, priority, Does::Nothing),
            }
        };
        entries.push(match at {
            Some(time) => {
                let time = self.start + Duration::from_secs(time);
                self.scheduler.enter_at(time, priority, action)
            }
            None => self.scheduler.enter_in(Duration::from_secs(delay), priority, action),
        });
    }

    fn cancel(&self, which: usize) -> bool {
        let entry = self.entries.lock().get(which).copied();
        entry.is_some_and(|entry| self.scheduler.cancel(entry) == Ok(()))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_list_that_is_searched(
        operations in prop::collection::vec(operation(), 0..40)
    ) {
        let (real, mut list) = (Real::new(), List::default());
        for operation in operations {
            let scheduler = &real.scheduler;
            let run = |run: &dyn Fn() -> Option<Duration>| {
                let left = catch_unwind(AssertUnwindSafe(run));
                left.map(|left| left.map(|time| time.as_secs())).map_err(|_| ())
            };
            let (now, seconds) = (list.now, Duration::from_secs);
            match operation {
                Operation::EnterIn(delay, priority, does) => {
                    real.enter(None, delay, priority, does);
                    list.enter(now + delay, priority, does);
                }
                Operation::EnterAt(time, priority, does) => {
                    real.enter(Some(time), 0, priority, does);
                    list.enter(time, priority, does);
                }
                Operation::Cancel(which) => {
                    prop_assert_eq!(real.cancel(which), list.cancel(which));
                }
                Operation::Run => {
                    let whole = || {
                        scheduler.run();
                        None
                    };
                    prop_assert_eq!(run(&whole), list.run_until(u64::MAX));
                }
                Operation::TryRun => {
                    prop_assert_eq!(run(&|| scheduler.try_run()), list.run_until(now));
                }
                Operation::RunFor(time) => {
                    let left = run(&|| scheduler.run_for(seconds(time)));
                    prop_assert_eq!(left, list.run_until(now + time));
                }
                Operation::RunUntil(time) => {
                    let left = run(&|| scheduler.run_until(real.start + seconds(time)));
                    prop_assert_eq!(left, list.run_until(time.max(now)));
                }
            }
            prop_assert_eq!(real.clock.load(Relaxed), list.now);
            prop_assert_eq!(&*real.done.lock(), &list.done);
            let entries = real.entries.lock().clone();
            let queue: Vec<_> = list.queue().into_iter().map(|which| entries[which]).collect();
            prop_assert_eq!(scheduler.queue(), queue);
            prop_assert_eq!(scheduler.is_empty(), list.queued.is_empty());
        }
    }
}

/// A clock that goes as far as it is let go, in seconds. A sleep waits for that, and moves it.
#[derive(Default)]
struct Stepped {
    now_and_limit: Mutex<(u64, u64)>,
    further: Condvar,
}

impl Stepped {
    fn now(&self) -> u64 {
        self.now_and_limit.lock().unwrap().0
    }

    fn sleep(&self, seconds: u64) {
        let mut times = self.now_and_limit.lock().unwrap();
        let end = times.0 + seconds;
        while times.1 < end {
            times.0 = times.1;
            times = self.further.wait(times).unwrap();
        }
        times.0 = end;
    }

    fn let_go(&self, seconds: u64) {
        self.now_and_limit.lock().unwrap().1 += seconds;
        self.further.notify_all();
    }
}

#[test]
fn what_is_entered_and_cancelled_while_a_thread_sleeps_by_the_users_clock_runs_in_order_or_not() {
    let (start, clock) = (Instant::now(), Stepped::default());
    let (sender, ran) = mpsc::channel();
    // What runs next, and whether it is the only one. Judged when all threads have ended.
    let next = || (ran.recv_timeout(Duration::from_secs(10)), ran.try_recv().is_err());
    let now = || start + Duration::from_secs(clock.now());
    let scheduler = Scheduler::with_clock(now, |time| clock.sleep(time.as_secs()));
    let enter = |second| {
        let sender = sender.clone();
        let due = start + Duration::from_secs(second);
        scheduler.enter_at(due, 1, move || sender.send(second).unwrap())
    };
    let [_, third, sixth] = [1, 3, 6].map(enter);
    let seen = thread::scope(|scope| {
        let runner = scope.spawn(|| scheduler.run());
        clock.let_go(1);
        let first = next();
        // The other thread sleeps, or is about to, until the third second.
        [4, 5, 2].into_iter().for_each(|second| _ = enter(second));
        let cancelled = [third, sixth].map(|entry| scheduler.cancel(entry));
        let later = [2, 1, 1].map(|seconds| {
            clock.let_go(seconds);
            next()
        });
        clock.let_go(1000);
        runner.join().unwrap();
        assert_eq!(cancelled, [Ok(()); 2]);
        (first, later)
    });
    assert_eq!(seen, ((Ok(1), true), [2, 4, 5].map(|second| (Ok(second), true))));
    // It goes no further than the last that ran.
    assert_eq!((clock.now(), ran.try_recv().is_err()), (5, true));
}

#[test]
fn nothing_runs_too_early() {
    let scheduler = Scheduler::new();
    for number in 0..200_u64 {
        let due = Instant::now() + Duration::from_micros(number * 7919 % 5000);
        scheduler.enter_at(due, 0, move || assert!(Instant::now() >= due));
    }
    scheduler.run();
    assert!(scheduler.is_empty());
}

#[test]
fn threads_that_enter_and_cancel_while_others_run_lose_nothing() {
    const EACH: usize = 5_000;
    let (ran, cancelled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let scheduler = Scheduler::new();
    let stays = scheduler.enter_in(HOUR, 0, || unreachable!());
    thread::scope(|scope| {
        let runners: Vec<_> = (0..2).map(|_| scope.spawn(|| scheduler.run())).collect();
        let users: Vec<_> = (1..=2_u64)
            .map(|seed| {
                let (scheduler, ran, cancelled) = (&scheduler, &ran, &cancelled);
                scope.spawn(move || {
                    let mut random = seed;
                    for _ in 0..EACH {
                        random = random
                            .wrapping_mul(6364136223846793005)
                            .wrapping_add(1442695040888963407);
                        let delay = Duration::from_nanos(random >> 48);
                        let entry = scheduler.enter_in(delay, (random >> 33) as i32 % 3, || {
                            ran.fetch_add(1, Relaxed);
                        });
                        if random >> 62 == 0 && scheduler.cancel(entry).is_ok() {
                            cancelled.fetch_add(1, Relaxed);
                        }
                    }
                })
            })
            .collect();
        users.into_iter().for_each(|user| user.join().unwrap());
        while scheduler.queue().len() > 1 {
            thread::yield_now();
        }
        assert_eq!(scheduler.cancel(stays), Ok(()));
        runners.into_iter().for_each(|runner| runner.join().unwrap());
    });
    assert_eq!(ran.load(Relaxed) + cancelled.load(Relaxed), 2 * EACH);
}

#[test]
fn thousands_that_are_due_at_once_run_by_priority_and_then_in_the_order_of_arrival() {
    let done = Lock::new(Vec::new());
    let scheduler = Scheduler::new();
    let due = Instant::now();
    for number in 0..5_000 {
        let (done, priority) = (&done, -(number % 3));
        scheduler.enter_at(due, priority, move || done.lock().push((priority, number)));
    }
    assert_eq!(scheduler.try_run(), None);
    let done = done.lock();
    assert!(done.len() == 5_000 && done.is_sorted());
}

#[test]
fn an_entry_says_when_it_is_due_and_with_which_priority() {
    let (scheduler, due) = (Scheduler::new(), Instant::now() + HOUR);
    let entry = scheduler.enter_at(due, -3, || ());
    let never = scheduler.enter_in(Duration::MAX, 7, || ());
    assert_eq!((entry.time(), entry.priority()), (Some(due), -3));
    assert_eq!((never.time(), never.priority()), (None, 7));
    assert_eq!(scheduler.queue(), [entry, never]);
    assert!(entry < never);
}

#[test]
fn what_is_never_due_can_be_cancelled_and_only_once() {
    let scheduler = Scheduler::new();
    let held = Arc::new(());
    let hold = held.clone();
    let entry = scheduler.enter_in(Duration::MAX, 0, move || drop(hold));
    assert_eq!(scheduler.try_run(), Some(Duration::MAX));
    assert_eq!(scheduler.run_for(Duration::from_millis(1)), Some(Duration::MAX));
    assert_eq!(scheduler.cancel(entry), Ok(()));
    assert_eq!(Arc::strong_count(&held), 1, "a cancel drops the action");
    assert_eq!(scheduler.cancel(entry), Err(NotScheduled));
    assert_eq!(
        NotScheduled.to_string(),
        "the entry is not there: it runs, has run, or was cancelled"
    );
    scheduler.run();
}

#[test]
fn an_entry_of_another_scheduler_cancels_nothing() {
    let (one, other) = (Scheduler::new(), Scheduler::new());
    let late = one.enter_in(Duration::MAX, 1, || ());
    let kept = other.enter_in(Duration::MAX, 2, || ());
    assert_eq!(other.cancel(late), Err(NotScheduled));
    assert_eq!(other.queue(), [kept]);
}

#[test]
fn an_entry_that_is_over_does_not_cancel_one_that_came_later() {
    let scheduler = Scheduler::new();
    let cancelled = scheduler.enter_in(Duration::MAX, 0, || ());
    scheduler.cancel(cancelled).unwrap();
    let ran = scheduler.enter_in(Duration::ZERO, 0, || ());
    assert_eq!(scheduler.try_run(), None);
    let later = scheduler.enter_in(Duration::MAX, 0, || ());
    assert_eq!(scheduler.cancel(cancelled), Err(NotScheduled));
    assert_eq!(scheduler.cancel(ran), Err(NotScheduled));
    assert_eq!(scheduler.cancel(later), Ok(()));
}

#[test]
fn an_action_that_enters_itself_again_does_not_keep_a_timed_run_from_its_end() {
    static SCHEDULER: Scheduler<'_> = Scheduler::new();
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    fn again() {
        RUNS.fetch_add(1, Relaxed);
        SCHEDULER.enter_in(Duration::ZERO, 0, again);
    }
    again();
    assert!(SCHEDULER.run_for(Duration::from_millis(2)).is_some());
    assert!(SCHEDULER.run_until(Instant::now()).is_some());
    assert!(RUNS.load(Relaxed) > 2);
    let [entry] = SCHEDULER.queue()[..] else { panic!("one is left") };
    SCHEDULER.cancel(entry).unwrap();
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        resume_unwind(Box::new("on purpose"));
    }
}

#[test]
fn an_action_that_panics_when_it_is_dropped_is_cancelled_all_the_same() {
    let scheduler = Scheduler::new();
    let held = PanicsOnDrop;
    let entry = scheduler.enter_in(HOUR, 0, move || drop(held));
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.cancel(entry))).is_err());
    assert!(scheduler.is_empty());
}

#[test]
fn a_clock_of_the_users_may_use_the_scheduler_and_may_panic() {
    let shared: Lock<Option<Arc<Scheduler<'static>>>> = Lock::new(None);
    let shared = Arc::new(shared);
    let look = shared.clone();
    let now = move || {
        let scheduler = look.lock().clone();
        assert!(
            scheduler.is_none_or(|scheduler| scheduler.queue().len() < 3),
            "three are too many"
        );
        Instant::now()
    };
    let scheduler = Arc::new(Scheduler::with_clock(now, thread::sleep));
    *shared.lock() = Some(scheduler.clone());
    for _ in 0..3 {
        scheduler.enter_in(Duration::ZERO, 0, || ());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.run())).is_err());
    scheduler.cancel(scheduler.queue()[0]).unwrap();
    scheduler.run();
    assert!(scheduler.is_empty());
    *shared.lock() = None;
}

#[test]
fn looking_at_it_does_not_wait() {
    let scheduler = Scheduler::default();
    scheduler.enter_in(HOUR, 0, || ());
    assert_eq!(format!("{scheduler:?}"), "Scheduler { queued: 1, .. }");
}
