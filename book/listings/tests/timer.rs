//! What each step of the timer does, and what the step before lacks.

use listings::ch12_timer::exercises::Watchdog;
use listings::ch12_timer::s1_thread_each::ThreadTimer;
use listings::ch12_timer::s2_deaf::{DeafTimer, DeafTimers};
use listings::ch12_timer::s3_slow::{soup, timers_in};
use listings::{every_order, few_preemptions, page, returned, stuck, table, told};
use loom_platform::atomic::{AtomicU32, Ordering::Relaxed};
use loom_platform::time::{Duration, Instant};
use loom_platform::{Ending, Exploration, Explorer, Outcome, explore, step};
use primitives::{Lock, ThreadPool, Timer, Timers};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

type Function = Box<dyn FnOnce() + Send>;

/// A way to have functions run later.
struct Kind<S, T> {
    name: &'static str,
    new: fn() -> S,
    at: fn(&S, Option<Instant>, Function) -> T,
    cancel: fn(&T) -> bool,
    join: fn(T),
}

const A_THREAD_EACH: Kind<(), ThreadTimer> = Kind {
    name: "a thread each",
    new: || (),
    at: |(), deadline, f| ThreadTimer::at(deadline, f),
    cancel: ThreadTimer::cancel,
    join: ThreadTimer::join,
};

const DEAF: Kind<DeafTimers, DeafTimer> = Kind {
    name: "one driver, deaf",
    new: DeafTimers::new,
    at: DeafTimers::at,
    cancel: DeafTimer::cancel,
    join: |timer| timer.join(),
};

/// The answer to an exercise.
const HEARING: Kind<DeafTimers, DeafTimer> =
    Kind { name: "one driver, mended", at: DeafTimers::at_and_heard, ..DEAF };

const LIBRARY: Kind<Timers, Timer> = Kind {
    name: "`Timers`",
    new: Timers::new,
    at: |timers, deadline, f| match deadline {
        Some(deadline) => timers.at(deadline, f),
        None => timers.after(Duration::MAX, f),
    },
    cancel: Timer::cancel,
    join: |timer| _ = timer.join(),
};

fn in_10_ms() -> Option<Instant> {
    Instant::now().checked_add(SOON)
}

/// A timer is cancelled just as it runs. Says whether it ran, and whether the cancel came in time.
fn cancel_as_it_runs<S, T>(kind: &Kind<S, T>) -> (bool, bool) {
    let timers = (kind.new)();
    let runs = Arc::new(AtomicU32::new(0));
    let run = {
        let runs = runs.clone();
        move || runs.store(1, Relaxed)
    };
    let timer = (kind.at)(&timers, in_10_ms(), Box::new(run));
    let in_time = (kind.cancel)(&timer);
    (kind.join)(timer);
    (runs.load(Relaxed) == 1, in_time)
}

/// Two timers with the same deadline. Says in which order they ran.
fn two_at_once<S, T>(kind: &Kind<S, T>) -> Vec<u32> {
    let timers = (kind.new)();
    let (deadline, ran) = (in_10_ms(), Arc::new(Lock::new(vec![])));
    let armed = [1, 2].map(|number| {
        let ran = ran.clone();
        (kind.at)(&timers, deadline, Box::new(move || ran.lock().push(number)))
    });
    armed.into_iter().for_each(kind.join);
    let ran = ran.lock();
    ran.clone()
}

/// A timer that never runs, and then one for the tea.
fn tea<S, T>(kind: &Kind<S, T>) {
    let timers = (kind.new)();
    let never = (kind.at)(&timers, None, Box::new(|| unreachable!()));
    step("has armed a timer that never runs");
    let tea = (kind.at)(&timers, in_10_ms(), Box::new(|| step("says that the tea is ready")));
    step("has armed one for the tea, asks for its end");
    (kind.join)(tea);
    assert!((kind.cancel)(&never));
}

/// All orders, or those in which threads are interrupted so many times at most.
fn searched<O: Outcome>(
    most: Option<usize>,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    let explorer = most.map_or(Explorer::new(), |most| Explorer::new().preemptions(most));
    let exploration = explorer.explore(program);
    assert!(exploration.finished);
    exploration
}

/// How the three programs come out, and the rows of the table on them.
struct Found {
    as_it_runs: Vec<(bool, bool)>,
    at_once: Vec<Vec<u32>>,
    /// How many threads there are at once, main not counted.
    threads: usize,
    rows: [[String; 4]; 3],
}

fn all_of<S, T>(kind: &'static Kind<S, T>, most: Option<usize>) -> Found {
    let row = |program: &str, search: String, outcomes: Vec<String>| {
        [kind.name.to_owned(), program.to_owned(), search, outcomes.join("; ")]
    };
    let one = searched(most, || cancel_as_it_runs(kind));
    let as_it_runs = returned(&one);
    let words = as_it_runs.iter().map(|(ran, in_time)| {
        let ran = if *ran { "runs" } else { "does not run" };
        let when = if *in_time { "in time" } else { "too late" };
        format!("{ran}, cancelled {when}")
    });
    let one_row = row("cancelled as it runs", one.to_string(), words.collect());

    let two = searched(most, || two_at_once(kind));
    let at_once = returned(&two);
    let words = at_once.iter().map(|order| order.iter().map(u32::to_string).collect::<Vec<_>>());
    let words = words.map(|order| order.join(" before "));
    let two_row = row("two at the same time", two.to_string(), words.collect());
    let threads = two.outcomes[0].trace.threads.len() - 1;

    let tea = searched(most, || tea(kind));
    let stuck: u64 = tea.failures().map(|found| found.executions).sum();
    let words = ["the tea is ready".to_owned(), format!("stuck in {stuck}")];
    let words = words.into_iter().take(if stuck == 0 { 1 } else { 2 });
    let tea_row = row("never, and then the tea", tea.to_string(), words.collect());
    Found { as_it_runs, at_once, threads, rows: [one_row, two_row, tea_row] }
}

#[test]
fn one_driver_keeps_the_order_that_a_thread_each_does_not_and_the_library_is_not_deaf_bounded() {
    let [each, deaf, library] =
        [all_of(&A_THREAD_EACH, None), all_of(&DEAF, Some(2)), all_of(&LIBRARY, Some(4))];
    for found in [&each, &deaf, &library] {
        assert_eq!(found.as_it_runs, [(false, true), (true, false)]);
    }
    assert_eq!((each.threads, &each.at_once[..]), (2, &[vec![1, 2], vec![2, 1]][..]));
    for found in [&deaf, &library] {
        assert_eq!((found.threads, &found.at_once[..]), (1, &[vec![1, 2]][..]));
    }
    let rows = [each.rows, deaf.rows, library.rows].concat();
    let gets_stuck: Vec<bool> = rows.iter().map(|row| row[3].contains("stuck")).collect();
    assert_eq!(gets_stuck, [[false; 3], [false, false, true], [false; 3]].concat());
    page("timer-steps.md", &table(["timers", "program", "search", "what comes out"], rows));
}

#[test]
fn a_deaf_driver_sleeps_on_when_an_earlier_timer_comes() {
    let exploration = searched(Some(2), || tea(&DEAF));
    let found = exploration.failures().next().expect("tea that is never ready");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    let waits = |name: &str| waiting.iter().any(|one| one.thread == name);
    assert!(waits("main") && waits("driver"), "{found}");
    page("timer-deaf.txt", &told(found));
}

#[test]
fn a_driver_that_hears_of_a_new_first_one_makes_the_tea_bounded() {
    assert_eq!(searched(Some(4), || tea(&HEARING)).failures().count(), 0);
}

/// A dog that is fed just as it loses patience. How often it barks, and whether it was fed in time.
fn barks(feed: fn(&mut Watchdog) -> bool) -> Vec<(u32, bool)> {
    let exploration = explore(move || {
        let barks = Arc::new(AtomicU32::new(0));
        let bark = {
            let barks = barks.clone();
            move || _ = barks.fetch_add(1, Relaxed)
        };
        let mut dog = Watchdog::new(SOON, bark);
        let fed = feed(&mut dog);
        dog.wait();
        (barks.load(Relaxed), fed)
    });
    assert!(exploration.exhaustive);
    returned(&exploration)
}

#[test]
fn a_dog_that_is_fed_in_any_case_barks_twice_and_one_that_is_fed_in_time_once() {
    let in_any_case = |dog: &mut Watchdog| {
        dog.feed_in_any_case();
        true
    };
    assert_eq!(barks(in_any_case), [(1, true), (2, true)]);
    assert_eq!(barks(Watchdog::feed), [(1, false), (1, true)]);
}

#[test]
fn a_slow_function_keeps_the_driver_from_what_it_waits_for_and_a_pool_of_two_does_not_bounded() {
    let on_the_driver = every_order(|| soup(&Timers::new()));
    assert_eq!(stuck(&on_the_driver), on_the_driver.executions);
    let in_a_pool = few_preemptions(1, || soup(&timers_in(ThreadPool::new(2))));
    assert_eq!(stuck(&in_a_pool), 0);
    let row = |timers: &str, found: Exploration<()>| {
        [timers.to_owned(), found.to_string(), stuck(&found).to_string()]
    };
    let rows = [row("`Timers::new()`", on_the_driver), row("in a pool of two", in_a_pool)];
    let head = ["timers", "search", "executions in which the soup is never done"];
    page("timer-slow.md", &table(head, rows));
}
