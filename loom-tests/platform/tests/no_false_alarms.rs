//! The platform reports what happens and nothing else.

use crate::support::Lock;
use loom_platform::atomic::{AtomicU32, Ordering::*};
use loom_platform::time::{Duration, Instant};
use loom_platform::{Ending, Explorer, Judge, check, explore, futex, step, thread};
use std::cell::Cell;
use std::sync::{Arc, Mutex};

#[test]
fn a_correct_program_with_time_outs_is_never_stuck() {
    let program = || {
        let lock = Arc::new(Lock::new());
        let other = {
            let lock = lock.clone();
            thread::spawn("timed", move || {
                let deadline = Instant::now() + Duration::from_millis(5);
                let taken = lock.lock_until(Some(deadline)).is_some();
                (taken, Instant::now() >= deadline)
            })
        };
        drop(lock.lock());
        let answer = other.join().unwrap();
        drop(lock.lock());
        answer
    };
    for explorer in [Explorer::new(), Explorer::new().spurious_wakeups(1)] {
        let exploration = explorer.explore(program);
        assert_eq!(exploration.failures().count(), 0, "{exploration}");
        assert!(exploration.exhaustive);
        let mut answers: Vec<_> = exploration.returned().map(|(answer, _)| *answer).collect();
        answers.sort_unstable();
        // Taken in time, or given up when the clock had reached the deadline; never given up early.
        assert_eq!(answers, [(false, true), (true, false)]);
    }
}

#[test]
fn a_lock_of_two_threads_with_two_rounds_each_holds_in_every_execution() {
    let rounds = |lock: &Lock, inside: &AtomicU32| {
        for _ in 0..2 {
            let _guard = lock.lock();
            assert_eq!(inside.swap(1, Relaxed), 0, "two threads inside");
            inside.store(0, Relaxed);
        }
    };
    let exploration = check(move || {
        let shared = Arc::new((Lock::new(), AtomicU32::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn("other", move || rounds(&shared.0, &shared.1))
        };
        rounds(&shared.0, &shared.1);
        other.join().unwrap();
    });
    assert!(exploration.exhaustive);
    println!("{exploration} in {:?}", exploration.elapsed);
}

#[test]
fn a_panic_is_an_outcome_with_its_message_and_the_search_goes_on() {
    let exploration = explore(|| {
        let word = Arc::new(AtomicU32::new(0));
        let other = {
            let word = word.clone();
            thread::spawn("other", move || word.store(1, Relaxed))
        };
        assert_eq!(word.load(Relaxed), 0, "too late");
        other.join().unwrap();
    });
    let failure = exploration.failures().next().expect("the panic");
    let Ending::Panicked(panic) = &failure.ending else { panic!("{failure}") };
    assert_eq!(panic.thread, "main");
    assert!(panic.message.contains("too late"), "{}", panic.message);
    assert!(panic.message.contains("no_false_alarms.rs"), "{}", panic.message);
    assert_eq!(exploration.returned().count(), 1);
}

#[test]
fn a_guard_that_a_panic_drops_releases_and_wakes() {
    let exploration = check(|| {
        let lock = Arc::new(Lock::new());
        let other = {
            let lock = lock.clone();
            thread::spawn("panics", move || {
                let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    let _guard = lock.lock();
                    panic!("with the lock held");
                }));
                assert!(caught.is_err());
                assert!(!thread::panicking());
            })
        };
        drop(lock.lock());
        other.join().unwrap();
    });
    assert!(exploration.exhaustive);
}

#[test]
fn guards_may_be_dropped_while_a_stuck_execution_unwinds() {
    struct WaitsInDrop(Arc<AtomicU32>);
    impl Drop for WaitsInDrop {
        fn drop(&mut self) {
            // Must come back although nobody will ever wake it.
            futex::wait(&self.0, 0);
            self.0.store(1, Release);
        }
    }
    let exploration = explore(|| {
        let lock = Arc::new(Lock::new());
        let word = Arc::new(AtomicU32::new(0));
        let threads = ["first", "second"].map(|name| {
            let (lock, word) = (lock.clone(), word.clone());
            thread::spawn(name, move || {
                let _guard = lock.lock();
                let _waits = WaitsInDrop(word.clone());
                futex::wait(&word, 0);
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert!(exploration.exhaustive);
    assert_eq!(exploration.returned().count(), 0);
    assert_eq!(exploration.failures().count(), 2, "either may be the one that has the lock");
}

#[test]
fn a_thread_that_nobody_joins_still_has_to_end() {
    let ends = explore(|| drop(thread::spawn("alone", || step("works"))));
    assert_eq!(ends.failures().count(), 0);
    let waits = explore(|| {
        let word = AtomicU32::new(0);
        drop(thread::spawn("alone", move || futex::wait(&word, 0)));
    });
    let failure = waits.failures().next().expect("a thread that waits for ever");
    assert!(matches!(&failure.ending, Ending::Stuck(waiting) if waiting[0].thread == "alone"));
}

#[test]
fn a_joined_thread_has_done_all_it_does_and_says_what_it_returns() {
    let exploration = explore(|| {
        let word = Arc::new(AtomicU32::new(0));
        let threads = [1, 2].map(|number| {
            let word = word.clone();
            thread::spawn(&format!("thread {number}"), move || {
                word.fetch_add(number, Relaxed);
                number
            })
        });
        let sum: u32 = threads.map(|thread| thread.join().unwrap()).iter().sum();
        (sum, word.load(Relaxed))
    });
    assert_eq!(exploration.returned().map(|(sums, _)| *sums).collect::<Vec<_>>(), [(3, 3)]);
}

#[test]
fn a_loop_without_an_end_is_reported_and_not_waited_for() {
    let exploration = explore(|| {
        let word = AtomicU32::new(0);
        while word.load(Relaxed) == 0 {}
    });
    let failure = exploration.failures().next().expect("the loop");
    assert!(matches!(&failure.ending, Ending::Panicked(panic) if panic.message.contains("no end")));
}

#[test]
fn every_order_of_steps_is_tried_when_asked_for() {
    let program = || {
        let threads = ["first", "second"].map(|name| {
            thread::spawn(name, || {
                step("one");
                step("two");
            })
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    };
    // Nothing that the threads do makes a difference to the other: one order stands for all.
    assert_eq!(explore(program).executions, 1);
    // Two steps of one thread and two of the other: 4! / (2! 2!) orders.
    assert_eq!(Explorer::new().every_order().explore(program).orders.len(), 6);
}

#[test]
fn a_bounded_search_and_one_that_is_stopped_do_not_call_themselves_exhaustive() {
    let program = || {
        let lock = Arc::new(Lock::new());
        let threads = ["first", "second", "third"].map(|name| {
            let lock = lock.clone();
            thread::spawn(name, move || drop(lock.lock()))
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    };
    let bounded = Explorer::new().preemptions(1).check(program);
    assert!(bounded.finished && !bounded.exhaustive);
    assert_eq!(bounded.preemption_bound, Some(1));
    let stopped = Explorer::new().max_duration(Duration::ZERO).check(program);
    assert!(!stopped.finished && !stopped.exhaustive);
    assert_eq!(stopped.executions, 1);
}

#[test]
fn what_is_demanded_of_each_execution_is_asked_once_of_each_stuck_or_not() {
    std::thread_local!(static SEEN: Cell<u32> = const { Cell::new(0) });
    let program = || {
        let word = Arc::new(AtomicU32::new(0));
        let other = {
            let word = word.clone();
            thread::spawn("other", move || word.store(1, Relaxed))
        };
        SEEN.set(word.load(Relaxed));
        if SEEN.get() == 0 {
            futex::wait(&AtomicU32::new(0), 0);
        }
        other.join().unwrap();
    };
    for judge in [Judge::Own, Judge::Loom] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers = asked.clone();
        let explorer = Explorer::new().judge(judge).demand(move |stuck| {
            answers.lock().unwrap().push((SEEN.get(), stuck));
            if stuck { Err("somebody is left".to_owned()) } else { Ok(()) }
        });
        let exploration = explorer.explore(program);
        let mut asked = asked.lock().unwrap().clone();
        assert_eq!(asked.len() as u64, exploration.executions);
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked, [(0, true), (1, false)]);
        let failures: Vec<_> = exploration.failures().collect();
        let [failure] = failures[..] else { panic!("{failures:?}") };
        let Ending::Panicked(panic) = &failure.ending else { panic!("{failure}") };
        assert_eq!(panic.message, "somebody is left");
    }
}

#[test]
fn a_threads_own_values_are_its_own_and_drop_when_it_ends() {
    std::thread_local!(static DROPS: Cell<u32> = const { Cell::new(0) });
    struct Counted(Cell<u32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    loom_platform::thread_local!(static OWN: Counted = Counted(Cell::new(0)));
    DROPS.set(0);
    let exploration = check(|| {
        let other = thread::spawn("other", || OWN.with(|own| own.0.replace(2)));
        assert_eq!(OWN.with(|own| own.0.replace(1)), 0);
        assert_eq!(other.join().unwrap(), 0);
        assert_eq!(OWN.with(|own| own.0.get()), 1);
    });
    // Loom runs all on this thread of the system, so it sees the drops of both modelled threads.
    assert_eq!(u64::from(DROPS.get()), 2 * exploration.executions);
}

#[test]
fn the_trace_of_an_outcome_is_its_shortest_and_names_threads_and_places() {
    let exploration = explore(|| {
        let word = Arc::new(AtomicU32::new(0));
        let writer = {
            let word = word.clone();
            thread::spawn("writer", move || {
                step("writes 1");
                word.store(1, Relaxed);
            })
        };
        let seen = word.load(Relaxed);
        step(format!("sees {seen}"));
        writer.join().unwrap();
        seen
    });
    assert_eq!(exploration.outcomes.len(), 2);
    let late = exploration.outcomes.iter().find(|found| found.ending == Ending::Returned(1));
    let trace = &late.expect("the write was seen").trace;
    let steps: Vec<_> =
        trace.steps().map(|step| (trace.threads[step.thread].as_str(), &*step.text)).collect();
    assert_eq!(steps, [("writer", "writes 1"), ("main", "sees 1")]);
    assert!(trace.steps().all(|step| step.at.file().ends_with("no_false_alarms.rs")));
    assert_eq!(
        trace.columns(),
        "     main    writer\n     ──────  ────────\n  1          writes 1\n  2  sees 1\n"
    );
}

#[test]
fn a_spin_lock_that_swaps_has_an_end_and_holds_with_two_threads_and_with_three() {
    for others in [1, 2] {
        let exploration = check(move || {
            let shared = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
            let add = |(lock, count): &(AtomicU32, AtomicU32)| {
                while lock.swap(1, Acquire) == 1 {
                    thread::yield_now();
                }
                count.store(count.load(Relaxed) + 1, Relaxed);
                lock.store(0, Release);
            };
            let threads: Vec<_> = (0..others)
                .map(|_| {
                    let shared = shared.clone();
                    thread::spawn("other", move || add(&shared))
                })
                .collect();
            add(&shared);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(shared.1.load(Relaxed), others + 1);
        });
        assert!(exploration.exhaustive, "{exploration}");
    }
}

#[test]
fn a_loop_that_counts_while_it_lets_others_go_first_comes_to_its_end_alone() {
    check(|| {
        let count = AtomicU32::new(0);
        while count.fetch_add(1, Relaxed) < 3 {
            thread::yield_now();
        }
    });
}
