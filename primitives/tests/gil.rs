//! The interpreter lock on the real machine: agreement with a plain model, and the limits that the
//! model checker cannot reach.

use primitives::{Event, Gil};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(2);

fn both() -> [Gil; 2] {
    [Gil::ticks(100), Gil::interval(SOON)]
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Acquire,
    TryAcquire,
    AcquireFor,
    AcquireUntil,
    Release,
    Tick,
    AllowThreads,
    /// Another thread takes it if it is free, and releases it.
    Visit,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_one_thread_agrees_with_a_flag_and_a_count(
        by_ticks in any::<bool>(),
        operations in prop::collection::vec(
            prop::sample::select(vec![
                Operation::Acquire,
                Operation::TryAcquire,
                Operation::AcquireFor,
                Operation::AcquireUntil,
                Operation::Release,
                Operation::Tick,
                Operation::AllowThreads,
                Operation::Visit,
            ]),
            0..40,
        )
    ) {
        let gil = if by_ticks { Gil::ticks(2) } else { Gil::interval(SOON) };
        let visit = || thread::scope(|scope| {
            scope.spawn(|| gil.try_acquire().is_some()).join().unwrap()
        });
        // Which thread took it, in the order of the takes: this is 0, and each visitor is new.
        let (mut guard, mut takes, mut visitors) = (None, Vec::new(), 1..);
        for operation in operations {
            match operation {
                Operation::Acquire if guard.is_none() => {
                    guard = Some(gil.acquire());
                    takes.push(0);
                }
                Operation::TryAcquire | Operation::AcquireFor | Operation::AcquireUntil => {
                    let second = match operation {
                        Operation::TryAcquire => gil.try_acquire(),
                        Operation::AcquireFor => gil.acquire_for(Duration::ZERO),
                        _ => gil.acquire_until(Instant::now()),
                    };
                    prop_assert_eq!(second.is_some(), guard.is_none());
                    if second.is_some() {
                        guard = second;
                        takes.push(0);
                    }
                }
                Operation::Acquire => {}
                Operation::Release => guard = None,
                Operation::Tick => guard.iter_mut().for_each(|guard| guard.tick()),
                Operation::AllowThreads => {
                    if let Some(guard) = &mut guard {
                        prop_assert!(guard.allow_threads(visit));
                        takes.extend(visitors.next());
                        takes.push(0);
                    }
                }
                Operation::Visit => {
                    prop_assert_eq!(visit(), guard.is_none());
                    if guard.is_none() {
                        takes.extend(visitors.next());
                    }
                }
            }
            let switches = takes.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert_eq!((gil.switches(), gil.taken_back()), (switches, 0));
        }
    }
}

#[test]
fn one_thread_at_a_time_runs_between_two_ticks() {
    const EACH: u64 = 50_000;
    for gil in both() {
        let count = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut gil = gil.acquire();
                    for round in 0..EACH {
                        count.store(count.load(Relaxed) + 1, Relaxed);
                        gil.tick();
                        if round % 10_000 == 0 {
                            gil.allow_threads(thread::yield_now);
                        }
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 4 * EACH);
    }
}

#[test]
fn additions_in_several_instructions_are_lost_under_it() {
    let gil = Gil::interval(SOON);
    let (count, has_read) = (AtomicU64::new(0), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut gil = gil.acquire();
            let seen = count.load(Relaxed);
            has_read.wait();
            // However long the other takes to come: by interval a thread that waits gets it.
            while count.load(Relaxed) == seen {
                gil.tick();
            }
            count.store(seen + 1, Relaxed);
        });
        scope.spawn(|| {
            has_read.wait();
            let _gil = gil.acquire();
            count.store(count.load(Relaxed) + 1, Relaxed);
        });
    });
    assert_eq!(count.into_inner(), 1, "two added one each");
}

/// Lets a thread compute until `visit` has ended, also by a panic.
fn beside_one_that_computes(gil: &Gil, visit: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let (begun, stop) = (Event::new(), AtomicBool::new(false));
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            let mut gil = gil.acquire();
            begun.set();
            while !stop.load(Relaxed) {
                gil.tick();
            }
        });
        begun.wait();
        visit();
    });
}

#[test]
fn by_interval_a_thread_that_waits_gets_it_after_the_interval_and_it_is_never_taken_back() {
    let gil = Gil::interval(SOON);
    beside_one_that_computes(&gil, || {
        for visits in 1..=20 {
            let start = Instant::now();
            drop(gil.acquire());
            assert!(start.elapsed() >= SOON);
            // The other takes it again before the next visit.
            while gil.switches() < 2 * visits {
                thread::yield_now();
            }
        }
        assert_eq!(gil.taken_back(), 0);
    });
}

/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn by_interval_threads_that_compute_take_turns_each_for_an_interval() {
    const TURNS: usize = 10;
    let (gil, start) = (Gil::interval(SOON), Instant::now());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut guard = gil.acquire();
                while gil.switches() < TURNS {
                    guard.tick();
                    assert!(start.elapsed() < PATIENCE, "nobody asks: {gil:?}");
                }
            });
        }
    });
    assert!(start.elapsed() >= SOON * (TURNS as u32 - 1));
}

#[test]
fn by_interval_all_that_have_asked_measure_a_new_interval_when_another_takes_it() {
    let (gil, start, had_it) = (Gil::interval(SOON), Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        let guard = gil.acquire();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut guard = gil.acquire();
                had_it.fetch_add(1, Relaxed);
                while had_it.load(Relaxed) < 2 {
                    guard.tick();
                    assert!(start.elapsed() < PATIENCE, "nobody asks: {gil:?}");
                }
            });
        }
        while !format!("{gil:?}").contains("asked: true, waiting: 2") {
            thread::yield_now();
        }
        // The second sees the request of the first as it goes to sleep.
        thread::sleep(5 * SOON);
        drop(guard);
    });
}

#[test]
fn by_interval_a_thread_that_gives_up_sooner_asks_for_nothing() {
    for (interval, asked) in [(Duration::from_secs(3600), false), (Duration::ZERO, true)] {
        let gil = Gil::interval(interval);
        let _held = gil.acquire();
        thread::scope(|scope| {
            scope.spawn(|| assert!(gil.acquire_for(SOON).is_none()));
        });
        assert!(format!("{gil:?}").contains(&format!("asked: {asked}")), "{gil:?}");
    }
}

#[test]
fn a_thread_that_asked_and_gave_up_does_not_hold_up_the_one_that_was_asked() {
    let gil = Gil::interval(SOON);
    beside_one_that_computes(&gil, || {
        for micros in 1_900..2_200 {
            let _ = gil.acquire_for(Duration::from_micros(micros));
        }
    });
    // The thread that computes has seen the end, so it went on each time.
    assert!(gil.try_acquire().is_some());
}

#[test]
fn a_timed_acquire_takes_at_least_its_time_and_no_deadline_is_early() {
    for gil in both() {
        let _held = gil.acquire();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (start, timeout) = (Instant::now(), Duration::from_millis(20));
                assert!(gil.acquire_for(timeout).is_none());
                assert!(start.elapsed() >= timeout);
                let deadline = Instant::now() + timeout;
                assert!(gil.acquire_until(deadline).is_none());
                assert!(Instant::now() >= deadline);
            });
        });
    }
}

#[test]
fn a_time_out_or_an_interval_too_long_for_the_clock_waits_until_it_is_free() {
    for gil in [Gil::ticks(100), Gil::interval(SOON), Gil::interval(Duration::MAX)] {
        let guard = gil.acquire();
        thread::scope(|scope| {
            let waits = scope.spawn(|| gil.acquire_for(Duration::MAX).is_some());
            while !format!("{gil:?}").contains("waiting: 1") {
                thread::yield_now();
            }
            drop(guard);
            assert!(waits.join().unwrap());
        });
    }
}

#[test]
fn a_panic_releases_it_and_leaves_it_taken_where_it_was_given_up_for_a_while() {
    for gil in both() {
        let mut guard = gil.acquire();
        let panic = || guard.allow_threads(|| resume_unwind(Box::new("on purpose")));
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
        assert!(gil.try_acquire().is_none());
        let panic = move || {
            let _guard = guard;
            resume_unwind(Box::new("on purpose"));
        };
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
        assert!(gil.try_acquire().is_some());
    }
}

#[test]
fn it_can_be_a_static_and_shared_and_looking_at_it_does_not_wait() {
    static TICKS: Gil = Gil::ticks(0);
    static INTERVAL: Gil = Gil::interval(Duration::from_millis(5));
    TICKS.acquire().tick();
    let shared = Arc::new(&INTERVAL);
    let guard = shared.acquire();
    let shown = "Gil { switching: Interval(5ms), taken: true, asked: false, waiting: 0, .. }";
    assert_eq!(format!("{INTERVAL:?}"), shown);
    assert!(format!("{guard:?}").starts_with("GilGuard { gil: Gil { switching: Interval(5ms)"));
}
