//! The timers on the real machine: agreement with a sorted list, and the limits that the model
//! checker cannot reach. No time is measured but that nothing runs too early.

use primitives::TimerOutcome::{self, Cancelled, Panicked, Ran};
use primitives::{DueTimer, Event, Lock, Queue, Timer, Timers};
use proptest::prelude::*;
use std::collections::HashSet;
use std::env;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Weak};
use std::thread;
use std::time::{Duration, Instant};

const NEVER: Duration = Duration::MAX;

/// Keeps the driver busy. Returns when it is, and what ends that.
fn busy(timers: &Timers) -> Arc<Event> {
    let (begun, end) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let both = (begun.clone(), end.clone());
    timers.after(Duration::ZERO, move || {
        both.0.set();
        both.1.wait();
    });
    begun.wait();
    end
}

/// What a timer's function does.
#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    Panic,
    /// Cancels this timer, counted from the first, if there are so many.
    Cancel(usize),
    /// Arms another, due then, that does nothing.
    Arm(Due),
}

/// Milliseconds from a common start. `None` means never.
type Due = Option<u64>;

#[derive(Clone, Copy, Debug)]
enum Operation {
    Arm(Due, Does),
    Cancel(usize),
    Join(usize),
}

fn due() -> impl Strategy<Value = Due> {
    prop_oneof![5 => (0..4_u64).prop_map(Some), 1 => Just(None)]
}

fn operation() -> impl Strategy<Value = Operation> {
    let does = prop_oneof![
        3 => Just(Does::Nothing),
        1 => Just(Does::Panic),
        2 => (0..20_usize).prop_map(Does::Cancel),
        2 => due().prop_map(Does::Arm),
    ];
    prop_oneof![
        4 => (due(), does).prop_map(|(due, does)| Operation::Arm(due, does)),
        1 => (0..20_usize).prop_map(Operation::Cancel),
        1 => (0..20_usize).prop_map(Operation::Join),
    ]
}

/// The model: a list of all timers, which is searched for the next to run.
#[derive(Default)]
struct List {
    timers: Vec<(Due, Does, Option<TimerOutcome>)>,
    done: Vec<usize>,
}

impl List {
    fn cancel(&mut self, which: usize) -> bool {
        match self.timers.get_mut(which) {
            Some((_, _, outcome @ None)) => {
                *outcome = Some(Cancelled);
                true
            }
            _ => false,
        }
    }

    fn run_all(&mut self) {
        let due = |timers: &[(Due, _, Option<_>)], which: usize| {
            timers[which].0.filter(|_| timers[which].2.is_none())
        };
        while let Some(next) = (0..self.timers.len())
            .filter(|&which| due(&self.timers, which).is_some())
            .min_by_key(|&which| (due(&self.timers, which), which))
        {
            self.done.push(next);
            let does = self.timers[next].1;
            self.timers[next].2 = Some(if matches!(does, Does::Panic) { Panicked } else { Ran });
            match does {
                Does::Cancel(which) => _ = self.cancel(which),
                Does::Arm(due) => self.timers.push((due, Does::Nothing, None)),
                Does::Nothing | Does::Panic => {}
            }
        }
    }
}

/// The same with real timers.
struct Real {
    start: Instant,
    timers: Timers,
    armed: Lock<Vec<Timer>>,
    done: Lock<Vec<usize>>,
}

impl Real {
    fn arm(self: &Arc<Self>, due: Due, does: Does) {
        let mut armed = self.armed.lock();
        let (number, real) = (armed.len(), Arc::downgrade(self));
        let run = move || Weak::upgrade(&real).expect("waited for").run(number, does);
        armed.push(match due {
            Some(due) => self.timers.at(self.start + Duration::from_millis(due), run),
            None => self.timers.after(NEVER, run),
        });
    }

    fn get(&self, which: usize) -> Option<Timer> {
        self.armed.lock().get(which).cloned()
    }

    fn run(self: Arc<Self>, number: usize, does: Does) {
        self.done.lock().push(number);
        match does {
            Does::Nothing => {}
            Does::Panic => resume_unwind(Box::new("on purpose")),
            Does::Cancel(which) => _ = self.get(which).map(|timer| timer.cancel()),
            Does::Arm(due) => self.arm(due, Does::Nothing),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_runs_and_ends_as_a_sorted_list_says(
        operations in prop::collection::vec(operation(), 0..40)
    ) {
        let mut list = List::default();
        let real = Arc::new(Real {
            start: Instant::now(),
            timers: Timers::new(),
            armed: Lock::default(),
            done: Lock::default(),
        });
        // While the driver is busy nothing runs: what follows does not depend on how long it takes.
        let end = busy(&real.timers);
        for operation in operations {
            match operation {
                Operation::Arm(due, does) => {
                    list.timers.push((due, does, None));
                    real.arm(due, does);
                }
                Operation::Cancel(which) => {
                    let cancelled = real.get(which).is_some_and(|timer| timer.cancel());
                    prop_assert_eq!(cancelled, list.cancel(which));
                }
                Operation::Join(which) => {
                    let Some(timer) = real.get(which) else { continue };
                    let outcome = list.timers[which].2;
                    prop_assert_eq!(timer.try_join(), outcome);
                    prop_assert_eq!(timer.join_for(Duration::ZERO), outcome);
                    prop_assert_eq!(timer.join_until(real.start), outcome);
                    prop_assert_eq!(timer.is_finished(), outcome.is_some());
                }
            }
        }
        list.run_all();
        end.set();
        for (which, &(_, _, outcome)) in list.timers.iter().enumerate() {
            let timer = real.get(which).expect("armed, or armed by one that has been joined");
            match outcome {
                Some(outcome) => prop_assert_eq!(timer.join(), outcome),
                None => prop_assert_eq!(timer.join_for(Duration::ZERO), None),
            }
        }
        prop_assert_eq!(&*real.done.lock(), &list.done);

        let armed = real.armed.lock().clone();
        drop(real);
        for (timer, (_, _, outcome)) in armed.iter().zip(&list.timers) {
            prop_assert_eq!(timer.join(), outcome.unwrap_or(Cancelled));
        }
    }
}

#[test]
fn threads_that_arm_and_cancel_while_the_driver_runs_lose_nothing() {
    const EACH: usize = 20_000;
    let timers = Timers::new();
    let ran = Arc::new(AtomicUsize::new(0));
    let cancelled: usize = thread::scope(|scope| {
        let arm_and_cancel = |seed: u64| {
            let (timers, ran) = (&timers, ran.clone());
            move || {
                let mut random = seed;
                let mut cancelled = 0;
                let mut armed = Vec::new();
                for _ in 0..EACH {
                    random =
                        random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    let ran = ran.clone();
                    let delay = Duration::from_nanos(random >> 47);
                    armed.push(timers.after(delay, move || _ = ran.fetch_add(1, Relaxed)));
                    if armed.len() > 20 {
                        let timer = armed.swap_remove((random >> 33) as usize % armed.len());
                        let in_time = timer.cancel();
                        assert_eq!(timer.join(), if in_time { Cancelled } else { Ran });
                        cancelled += usize::from(in_time);
                    }
                }
                armed.iter().for_each(|timer| assert_eq!(timer.join(), Ran));
                cancelled
            }
        };
        let threads: Vec<_> = (1..=4).map(|seed| scope.spawn(arm_and_cancel(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(ran.load(Relaxed) + cancelled, 4 * EACH);
    assert_eq!(Arc::strong_count(&ran), 1, "each function was dropped");
}

#[test]
fn nothing_runs_too_early() {
    let timers = Timers::new();
    let armed: Vec<_> = (0..200_u64)
        .map(|number| {
            let deadline = Instant::now() + Duration::from_micros(number * 7919 % 5000);
            timers.at(deadline, move || assert!(Instant::now() >= deadline))
        })
        .collect();
    assert!(armed.iter().all(|timer| timer.join() == Ran));
}

#[test]
fn a_million_timers_wait_and_are_cancelled() {
    const MILLION: usize = 1_000_000;
    let timers = Timers::new();
    let held = Arc::new(());
    let armed: Vec<_> = (0..MILLION as u64)
        .map(|number| {
            let held = held.clone();
            let delay = Duration::from_secs(3600 + number * 7919 % 1000);
            timers.after(delay, move || drop(held))
        })
        .collect();
    assert_eq!(Arc::strong_count(&held), MILLION + 1);
    // The others stand in nobody's way.
    assert_eq!(timers.after(Duration::ZERO, || ()).join(), Ran);
    let (first, second) = armed.split_at(MILLION / 2);
    assert!(first.iter().all(Timer::cancel));
    assert_eq!(Arc::strong_count(&held), MILLION / 2 + 1, "a cancel drops the function");
    drop(timers);
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(second.iter().all(|timer| timer.join() == Cancelled));
}

#[test]
fn cancelled_timers_do_not_pile_up() {
    let timers = Timers::new();
    // A driver that is awake would lock the heap, and then its length is not shown.
    let end = busy(&timers);
    let queued = || -> usize {
        let shown = format!("{timers:?}");
        let number: String = shown.chars().filter(char::is_ascii_digit).collect();
        number.parse().unwrap_or_else(|_| panic!("{shown}"))
    };
    for _ in 0..10_000 {
        assert!(timers.after(NEVER, || ()).cancel());
        assert!(queued() <= 64);
    }
    let armed: Vec<_> = (0..1_000).map(|_| timers.after(NEVER, || ())).collect();
    for _ in 0..10_000 {
        assert!(timers.after(NEVER, || ()).cancel());
        assert!(queued() <= 2_000);
    }
    assert!(armed.iter().all(Timer::cancel));
    end.set();
}

#[test]
fn thousands_with_one_deadline_run_in_the_order_in_which_they_were_armed() {
    let (timers, done) = (Timers::new(), Arc::new(Lock::new(Vec::new())));
    let end = busy(&timers);
    let deadline = Instant::now();
    let armed: Vec<_> = (0..5_000)
        .map(|number| {
            let done = done.clone();
            timers.at(deadline, move || done.lock().push(number))
        })
        .collect();
    end.set();
    assert!(armed.iter().all(|timer| timer.join() == Ran));
    assert!(done.lock().iter().copied().eq(0..5_000));
}

#[test]
fn the_timers_of_the_process_are_driven_by_one_thread() {
    let ids = Arc::new(Lock::new(HashSet::new()));
    let arm = |_| {
        let ids = ids.clone();
        Timer::after(Duration::from_micros(10), move || {
            _ = ids.lock().insert(thread::current().id())
        })
    };
    let armed: Vec<_> = (0..100).map(arm).collect();
    assert!(armed.iter().all(|timer| timer.join() == Ran));
    assert_eq!(ids.lock().len(), 1);
    assert!(!ids.lock().contains(&thread::current().id()));
}

#[test]
fn ten_that_arm_one_another_from_the_driver_all_run() {
    fn again(left: u32, ended: Arc<Event>) {
        match left {
            0 => ended.set(),
            _ => _ = Timer::after(Duration::from_micros(50), move || again(left - 1, ended)),
        }
    }
    let ended = Arc::new(Event::new());
    again(10, ended.clone());
    ended.wait();
}

#[test]
fn no_delay_and_a_deadline_in_the_past_mean_now_and_too_long_a_delay_means_never() {
    let start = Instant::now();
    assert_eq!(Timer::after(Duration::ZERO, || ()).join(), Ran);
    assert_eq!(Timer::at(start, || ()).join(), Ran);
    let never = Timer::after(NEVER, || unreachable!());
    assert_eq!(Timer::at(start, || ()).join_for(NEVER), Some(Ran));
    assert_eq!(never.join_for(Duration::from_millis(1)), None);
    assert_eq!(never.join_until(start), None);
    assert!(!never.is_finished() && never.cancel() && never.is_finished());
    assert_eq!(never.join_for(Duration::ZERO), Some(Cancelled));
}

#[test]
fn a_handle_that_is_dropped_or_forgotten_cancels_nothing() {
    let (first, second) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let set = |event: &Arc<Event>| {
        let event = event.clone();
        move || event.set()
    };
    drop(Timer::after(Duration::from_millis(1), set(&first)));
    forget(Timer::after(Duration::from_millis(1), set(&second)));
    first.wait();
    second.wait();
}

/// Panics when it is dropped, with another of the kind, `.0` times.
struct PanicsOnDrop(u32);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        if self.0 > 0 {
            resume_unwind(Box::new(PanicsOnDrop(self.0 - 1)));
        }
    }
}

#[test]
fn a_panic_of_a_function_or_of_what_it_throws_harms_no_other() {
    for panics in 0..5 {
        let payload = PanicsOnDrop(panics);
        let timer = Timer::after(Duration::ZERO, move || resume_unwind(Box::new(payload)));
        let next = Timer::after(Duration::ZERO, || ());
        assert_eq!((timer.join(), next.join()), (Panicked, Ran));
    }
}

#[test]
fn a_function_that_panics_when_it_is_dropped_is_cancelled_and_so_are_the_others() {
    let timers = Timers::new();
    let arm = |panics: u32| {
        let held = PanicsOnDrop(panics);
        timers.after(NEVER, move || drop(held))
    };
    let armed: Vec<_> = (0..8).map(|number| arm(number % 4)).collect();
    assert!(catch_unwind(AssertUnwindSafe(|| armed[1].cancel())).is_err());
    assert_eq!(armed[1].try_join(), Some(Cancelled));
    drop(timers);
    assert!(armed.iter().all(|timer| timer.join() == Cancelled));
}

#[test]
fn a_function_that_joins_panics_where_it_would_wait_for_itself() {
    let never = Timer::after(NEVER, || ());
    let (behind, own) = (never.clone(), Arc::new(Lock::new(None::<Timer>)));
    let mut slot = own.lock();
    let timer = {
        let own = own.clone();
        Timer::after(Duration::ZERO, move || {
            let own = own.lock().take().unwrap();
            assert_eq!(own.join_for(Duration::ZERO), None);
            assert_eq!(behind.join_for(Duration::from_millis(1)), None);
            assert!(catch_unwind(AssertUnwindSafe(|| behind.join())).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| behind.join_for(NEVER))).is_err());
            own.join();
        })
    };
    *slot = Some(timer.clone());
    drop(slot);
    assert_eq!(timer.join(), Panicked);
    assert!(never.cancel());
    // Another thread may wait for anything, also one that a function has started.
    let joins = Timer::after(Duration::ZERO, move || {
        assert_eq!(thread::spawn(move || never.join()).join().unwrap(), Cancelled);
    });
    assert_eq!(joins.join(), Ran);
}

#[test]
fn a_function_joins_a_timer_of_another_driver_and_timers_that_have_ended() {
    let (timers, others) = (Arc::new(Timers::new()), Timers::new());
    let hold = timers.clone();
    let joins = timers.after(Duration::ZERO, move || {
        assert_eq!(others.after(Duration::ZERO, || ()).join(), Ran);
        let never = hold.after(NEVER, || ());
        assert!(catch_unwind(AssertUnwindSafe(|| never.join())).is_err());
        assert!(never.cancel());
        assert_eq!(never.join(), Cancelled);
    });
    assert_eq!(joins.join(), Ran);
}

/// Timers whose functions run on a thread each.
fn a_thread_each() -> Timers {
    Timers::running_with(|due| _ = thread::spawn(move || due.run()))
}

#[test]
fn a_function_that_is_handed_over_delays_no_other() {
    let timers = a_thread_each();
    let (begun, end) = (Arc::new(Barrier::new(2)), Arc::new(Event::new()));
    let both = (begun.clone(), end.clone());
    let slow = timers.after(Duration::ZERO, move || {
        both.0.wait();
        both.1.wait();
    });
    begun.wait();
    assert_eq!(timers.after(Duration::ZERO, || ()).join(), Ran);
    assert_eq!(timers.after(Duration::ZERO, || panic!("on purpose")).join(), Panicked);
    assert_eq!(slow.try_join(), None);
    assert!(!slow.cancel());
    end.set();
    assert_eq!(slow.join(), Ran);
}

#[test]
fn a_function_that_is_handed_over_joins_a_later_one_of_the_same_timers() {
    let timers = a_thread_each();
    let later = timers.after(Duration::from_millis(20), || ());
    let joins = timers.after(Duration::ZERO, move || assert_eq!(later.join(), Ran));
    assert_eq!(joins.join(), Ran);
}

#[test]
fn a_timer_that_nobody_runs_is_cancelled() {
    for drops in [drop, |_| panic!("on purpose")] as [fn(DueTimer); 2] {
        let timers = Timers::running_with(drops);
        let timer = timers.after(Duration::ZERO, || unreachable!());
        assert_eq!(timer.join(), Cancelled);
        // The driver goes on.
        assert_eq!(timers.after(Duration::ZERO, || unreachable!()).join(), Cancelled);
    }
}

#[test]
fn a_timer_that_was_handed_over_can_be_cancelled_until_it_runs_also_without_its_timers() {
    let line = Arc::new(Queue::unbounded());
    let put = line.clone();
    let timers = Timers::running_with(move |due| assert!(put.put(due).is_ok()));
    let [first, second, third] = [0, 1, 2].map(|_| timers.after(Duration::ZERO, || ()));
    // The driver hands over none that was cancelled before.
    let due: Vec<DueTimer> = (0..3).map(|_| line.get().unwrap()).collect();
    drop(timers);
    assert_eq!([&first, &second, &third].map(Timer::try_join), [None; 3]);
    assert!(second.cancel());
    due.into_iter().take(2).for_each(DueTimer::run);
    assert_eq!([first, second, third].map(|timer| timer.join()), [Ran, Cancelled, Cancelled]);
}

#[test]
fn a_timer_that_is_cancelled_before_its_time_is_handed_to_nobody() {
    let line = Arc::new(Queue::unbounded());
    let put = line.clone();
    let timers = Timers::running_with(move |due| assert!(put.put(due).is_ok()));
    let soon = Duration::from_millis(20);
    let cancelled = timers.after(soon, || unreachable!());
    assert!(cancelled.cancel());
    let second = timers.after(soon, || ());
    line.get().unwrap().run();
    assert_eq!(second.join_for(Duration::from_secs(20)), Some(Ran));
    assert!(line.is_empty());
}

#[test]
fn a_function_that_is_handed_over_may_join_any_timer_but_its_own() {
    let timers = Arc::new(a_thread_each());
    let (own, hold) = (Arc::new(Lock::new(None::<Timer>)), timers.clone());
    let mut slot = own.lock();
    let get = own.clone();
    let timer = timers.after(Duration::ZERO, move || {
        let own = get.lock().take().unwrap();
        assert_eq!(hold.after(Duration::ZERO, || ()).join(), Ran);
        assert_eq!(own.join_for(Duration::ZERO), None);
        own.join();
    });
    *slot = Some(timer.clone());
    drop(slot);
    assert_eq!(timer.join(), Panicked);
}

/// Where this is set, threads that do not say how large their stack is are refused.
const NO_THREADS: &str = "RUST_MIN_STACK";

#[test]
fn where_the_driver_is_refused_no_timer_is_armed_that_never_runs() {
    if env::var_os(NO_THREADS).is_none() {
        // The limit is read once, so it takes a process of its own.
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["where_the_driver_is_refused", "--test-threads", "1"]);
        let output = child.env(NO_THREADS, (usize::MAX / 4).to_string()).output().unwrap();
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let arm = |timers: &Timers| catch_unwind(AssertUnwindSafe(|| timers.after(NEVER, || ())));
    let timers = Timers::new();
    assert!(arm(&timers).is_err() && arm(&timers).is_err(), "the second call asks once more");
    for _ in 0..200 {
        let (timers, start) = (Timers::new(), Barrier::new(3));
        thread::scope(|scope| {
            for _ in 0..3 {
                let small = thread::Builder::new().stack_size(1 << 16);
                let body = || {
                    start.wait();
                    assert!(arm(&timers).is_err(), "it counts on a driver that is not there");
                };
                small.spawn_scoped(scope, body).unwrap();
            }
        });
    }
}

#[test]
fn dropping_the_timers_does_not_wait_for_the_one_that_runs() {
    let timers = Timers::new();
    let end = busy(&timers);
    let (pending, never) = (timers.after(Duration::ZERO, || ()), timers.after(NEVER, || ()));
    drop(timers);
    assert_eq!((pending.join(), never.join()), (Cancelled, Cancelled));
    end.set();
}

#[test]
fn looking_at_a_timer_does_not_wait() {
    let timers = Timers::new();
    let end = busy(&timers);
    let timer = timers.after(Duration::ZERO, || ());
    assert_eq!(format!("{timer:?} {timers:?}"), "Timer { outcome: None } Timers { queued: 1, .. }");
    end.set();
    timer.join();
    assert_eq!(format!("{timer:?}"), "Timer { outcome: Some(Ran) }");
}

#[test]
fn a_program_that_ends_does_not_wait_for_its_timers() {
    // If it did, the process of this test would not end.
    Timer::after(Duration::from_secs(3600), || ());
}
