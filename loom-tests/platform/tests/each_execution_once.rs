//! The search of our own: as many executions as can be counted by hand, each of them once, and what
//! the literature says of each small program.

use loom_platform::atomic::{
    AtomicPtr, AtomicU32, Ordering, Ordering::*, awaited_in_one_step, fence, locked_in_one_step,
};
use loom_platform::time::{Duration, Instant};
use loom_platform::{Ending, Exploration, Explorer, Found, Outcome, UnsafeCell, futex, thread};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Searches a program to its end, and demands that no execution was met twice, and that those that
/// are shown can be run again.
fn explore<O: Outcome>(program: impl Fn() -> O + Send + Sync + 'static) -> Exploration<O> {
    explore_with(&Explorer::new(), program)
}

fn explore_with<O: Outcome>(
    explorer: &Explorer,
    program: impl Fn() -> O + Send + Sync + 'static,
) -> Exploration<O> {
    let program = Arc::new(program);
    let again = program.clone();
    let exploration = explorer.clone().count_different().explore(move || again());
    assert!(exploration.exhaustive);
    for found in &exploration.outcomes {
        let (code, again) = (found.code.as_ref().expect("our own has one"), program.clone());
        let replayed = explorer.replay(code, move || again()).unwrap();
        assert_eq!(replayed.ending, found.ending, "{code}");
        // Not the texts: a pointer may be another one.
        let moves = |found: &Found<O>| -> Vec<_> {
            found.trace.moves.iter().map(|one| (one.thread, one.at)).collect()
        };
        assert_eq!(moves(&replayed), moves(found), "{code}");
    }
    assert_eq!(exploration.different, Some(exploration.executions));
    exploration
}

type Words = [AtomicU32; 8];
type Body = fn(&Words) -> u32;

/// Runs the bodies as threads. Returns what they return.
fn together(bodies: &[Body]) -> Exploration<Vec<u32>> {
    together_by(&Explorer::new(), bodies)
}

fn together_by(explorer: &Explorer, bodies: &[Body]) -> Exploration<Vec<u32>> {
    let bodies = bodies.to_vec();
    explore_with(explorer, move || {
        let words = Arc::new(Words::default());
        let threads: Vec<_> = bodies
            .iter()
            .map(|&body| {
                let words = words.clone();
                thread::spawn("thread", move || body(&words))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Whether the threads can return this.
fn may_return(bodies: &[Body], outcome: &[u32]) -> bool {
    together(bodies).returned().any(|(found, _)| found == outcome)
}

// Families of which one can say by hand how many executions there are.

#[test]
fn writers_of_one_word_have_as_many_executions_as_orders() {
    let store: Body = |words| {
        words[0].store(1, Relaxed);
        0
    };
    let add: Body = |words| words[0].fetch_add(1, Relaxed);
    for (threads, orders) in [(1, 1), (2, 2), (3, 6), (4, 24), (5, 120), (6, 720)] {
        assert_eq!(together(&vec![store; threads]).executions, orders);
        assert_eq!(together(&vec![add; threads]).executions, orders);
    }
}

/// Takes a lock in one step, adds to another word under it, and returns what was there.
fn under_a_lock(words: &Words) -> u32 {
    assert!(locked_in_one_step(&words[0], 0, 1));
    let seen = words[1].fetch_add(1, Relaxed);
    words[0].swap(0, Release);
    seen
}

#[test]
fn sections_under_a_lock_taken_in_one_step_have_as_many_executions_as_orders() {
    for (threads, orders) in [(1, 1), (2, 2), (3, 6), (4, 24), (5, 120)] {
        let found =
            together_by(&Explorer::new().locks_in_one_step(), &vec![under_a_lock as Body; threads]);
        assert_eq!((found.executions, found.outcomes.len()), (orders, orders as usize));
    }
    // Each thread twice: the first of the two comes first.
    let twice: Body = |words| under_a_lock(words) + under_a_lock(words);
    for (threads, orders) in [(2, 6), (3, 90)] {
        let found = together_by(&Explorer::new().locks_in_one_step(), &vec![twice; threads]);
        assert_eq!(found.executions, orders);
    }
}

#[test]
fn threads_that_are_alike_have_as_many_executions_as_orders_in_which_none_is_told_from_another() {
    // Each twice: that many ways to put 2n rounds into pairs.
    let bodies: [(Body, [u64; 3]); 3] = [
        (|words| words[0].fetch_add(1, Relaxed), [1, 1, 1]),
        (under_a_lock, [1, 1, 1]),
        (|words| under_a_lock(words) + under_a_lock(words), [3, 15, 105]),
    ];
    for (body, executions) in bodies {
        for (threads, executions) in (2..=4).zip(executions) {
            let found = explore_with(&Explorer::new().locks_in_one_step(), move || {
                let words = Arc::new(Words::default());
                let own = words.clone();
                thread::spawn_alike(threads, "thread", move |_| body(&own)).join();
                words.each_ref().map(|word| word.load(Relaxed))
            });
            assert_eq!(found.executions, executions);
        }
    }
}

#[test]
fn of_threads_that_are_alike_the_one_that_comes_second_need_not_know_what_the_first_has_done() {
    let body = |words: &Words, number: usize| {
        let found = words[1].load(Relaxed);
        words[0].store(number as u32, Relaxed);
        words[1].store(1, Relaxed);
        found
    };
    let found = explore(move || {
        let words = Arc::new(Words::default());
        let own = words.clone();
        let found = thread::spawn_alike(2, "thread", move |number| body(&own, number)).join();
        // What each has found, the one whose number stands there at the end last.
        let last = words[0].load(Relaxed) as usize;
        [found[1 - last], found[last]]
    });
    let mut returned: Vec<_> = found.returned().map(|(found, _)| *found).collect();
    returned.sort_unstable();
    // [1, 0]: one has found what the other wrote last, and still what it wrote itself stands first.
    assert_eq!(returned, [[0, 0], [0, 1], [1, 0]]);
}

#[test]
fn threads_that_are_locked_out_for_ever_are_stuck_in_as_many_executions_as_one_may_keep_the_lock() {
    let keeps: Body = |words| {
        assert!(locked_in_one_step(&words[0], 0, 1));
        0
    };
    for threads in 2..=4 {
        let found = together_by(&Explorer::new().locks_in_one_step(), &vec![keeps; threads]);
        assert_eq!(found.executions, threads as u64);
        assert!(found.outcomes.iter().all(|one| matches!(one.ending, Ending::Stuck(_))));
    }
    // One that gives it back may come before or after the others, or not at all.
    let bodies: [Body; 3] = [keeps, keeps, under_a_lock];
    let found = together_by(&Explorer::new().locks_in_one_step(), &bodies);
    assert_eq!(found.executions, 4);
}

#[test]
fn a_wait_in_one_step_for_what_one_thread_writes_has_one_execution() {
    let asks: Body = |words| {
        words[0].store(1, Release);
        assert!(awaited_in_one_step(&words[1], 1));
        words[2].load(Relaxed)
    };
    let answers: Body = |words| {
        assert!(awaited_in_one_step(&words[0], 1));
        words[2].store(7, Relaxed);
        words[1].store(1, Release);
        0
    };
    let found = together_by(&Explorer::new().locks_in_one_step(), &[asks, answers]);
    assert_eq!((found.executions, found.blocked), (1, 0));
    assert!(matches!(&found.outcomes[0].ending, Ending::Returned(seen) if seen == &[7, 0]));
    // Nobody answers.
    let found = together_by(&Explorer::new().locks_in_one_step(), &[asks]);
    assert_eq!(found.executions, 1);
    assert!(matches!(found.outcomes[0].ending, Ending::Stuck(_)));
}

#[test]
fn a_wait_in_one_step_for_a_value_that_goes_by_comes_in_time_or_waits_for_ever() {
    let add: Body = |words| words[0].fetch_add(1, Release);
    let counts = |wait: Body| {
        let found = together_by(&Explorer::new().locks_in_one_step(), &[add, add, wait]);
        let stuck = found.failures().map(|one| one.executions).sum::<u64>();
        (found.executions, stuck)
    };
    // Two orders of the two that add. In each, the wait ends after the first, or it never does.
    assert_eq!(counts(|words| awaited_in_one_step(&words[0], 1).into()), (4, 2));
    assert_eq!(counts(|words| awaited_in_one_step(&words[0], 2).into()), (2, 0));
    assert_eq!(counts(|words| awaited_in_one_step(&words[0], 3).into()), (2, 2));
}

#[test]
fn a_lock_in_two_orders_is_stuck_in_one_execution_of_three() {
    fn both(words: &Words, [first, second]: [usize; 2]) -> u32 {
        assert!(locked_in_one_step(&words[first], 0, 1));
        assert!(locked_in_one_step(&words[second], 0, 1));
        words[second].swap(0, Release);
        words[first].swap(0, Release);
        0
    }
    let bodies: [Body; 2] = [|words| both(words, [0, 1]), |words| both(words, [1, 0])];
    let found = together_by(&Explorer::new().locks_in_one_step(), &bodies);
    let stuck = found.failures().map(|one| one.executions).sum::<u64>();
    assert_eq!((found.executions, stuck), (3, 1));
}

#[test]
fn readers_of_a_word_each_against_one_writer_of_all_double_the_executions_each() {
    let write: Body = |words| {
        words.iter().for_each(|word| word.store(1, Relaxed));
        0
    };
    let read: [Body; 6] = [
        |words| words[0].load(Relaxed),
        |words| words[1].load(Relaxed),
        |words| words[2].load(Relaxed),
        |words| words[3].load(Relaxed),
        |words| words[4].load(Relaxed),
        |words| words[5].load(Relaxed),
    ];
    for readers in 1..=read.len() {
        let bodies: Vec<Body> = [write].into_iter().chain(read[..readers].to_vec()).collect();
        assert_eq!(together(&bodies).executions, 1 << readers);
    }
}

#[test]
fn the_last_zero_has_n_and_3_times_2_to_the_n_less_2_executions() {
    // Each writer reads the word before its own and adds one. The reader looks for the last zero,
    // from the end. The program is of Abdulla and others, Optimal Dynamic Partial Order Reduction.
    fn last_zero(writers: usize) -> u64 {
        explore(move || {
            let words = Arc::new(Words::default());
            let threads: Vec<_> = (1..=writers)
                .map(|number| {
                    let words = words.clone();
                    thread::spawn("writer", move || {
                        let before = words[number - 1].load(SeqCst);
                        words[number].store(before + 1, SeqCst);
                    })
                })
                .collect();
            let looks = words.clone();
            let reader = thread::spawn("reader", move || {
                let mut place = writers;
                while looks[place].load(SeqCst) != 0 {
                    place -= 1;
                }
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            reader.join().unwrap();
        })
        .executions
    }
    for writers in 2..=6 {
        assert_eq!(last_zero(writers), (writers as u64 + 3) << (writers - 2), "{writers}");
    }
}

// Litmus tests.

/// The outcome of a program, and whether RC11 allows it with relaxed accesses, with releases and
/// acquires, and where all is sequentially consistent.
fn litmus(programs: [&[Body]; 3], outcome: &[u32], allowed: [bool; 3]) {
    let found = programs.map(|bodies| may_return(bodies, outcome));
    assert_eq!(found, allowed);
}

const RELAXED: [Ordering; 2] = [Relaxed, Relaxed];
const PAIRED: [Ordering; 2] = [Release, Acquire];
const SEQUENTIAL: [Ordering; 2] = [SeqCst, SeqCst];

/// The same bodies with each of three pairs of orderings, for stores and for loads.
macro_rules! programs {
    (|$words:ident, $store:ident, $load:ident| $($body:block),+) => {{
        fn with(number: usize) -> Vec<Body> {
            match number {
                0 => vec![$(|$words| {
                    let [$store, $load] = RELAXED;
                    let _ = ($store, $load);
                    $body
                }),+],
                1 => vec![$(|$words| {
                    let [$store, $load] = PAIRED;
                    let _ = ($store, $load);
                    $body
                }),+],
                _ => vec![$(|$words| {
                    let [$store, $load] = SEQUENTIAL;
                    let _ = ($store, $load);
                    $body
                }),+],
            }
        }
        [with(0), with(1), with(2)]
    }};
}

/// See [`litmus`].
fn judged(programs: &[Vec<Body>; 3], outcome: &[u32], allowed: [bool; 3]) {
    litmus(programs.each_ref().map(Vec::as_slice), outcome, allowed);
}

#[test]
fn store_buffering() {
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            w[1].load(load)
        },
        {
            w[1].store(1, store);
            w[0].load(load)
        }
    );
    judged(&programs, &[0, 0], [true, true, false]);
}

#[test]
fn store_buffering_with_fences() {
    let fenced: [Body; 2] = [
        |w| {
            w[0].store(1, Relaxed);
            fence(SeqCst);
            w[1].load(Relaxed)
        },
        |w| {
            w[1].store(1, Relaxed);
            fence(SeqCst);
            w[0].load(Relaxed)
        },
    ];
    assert!(!may_return(&fenced, &[0, 0]));
    let weaker: [Body; 2] = [
        |w| {
            w[0].store(1, Relaxed);
            fence(AcqRel);
            w[1].load(Relaxed)
        },
        fenced[1],
    ];
    assert!(may_return(&weaker, &[0, 0]));
}

#[test]
fn message_passing() {
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, Relaxed);
            w[1].store(1, store);
            0
        },
        { 10 * w[1].load(load) + w[0].load(Relaxed) }
    );
    judged(&programs, &[0, 10], [true, false, false]);
}

#[test]
fn message_passing_with_fences() {
    let bodies: [Body; 2] = [
        |w| {
            w[0].store(1, Relaxed);
            fence(Release);
            w[1].store(1, Relaxed);
            0
        },
        |w| {
            let flag = w[1].load(Relaxed);
            fence(Acquire);
            10 * flag + w[0].load(Relaxed)
        },
    ];
    assert!(!may_return(&bodies, &[0, 10]));
}

#[test]
fn load_buffering_is_left_out() {
    // The language allows it where all is relaxed. This model does not, and says so.
    let programs = programs!(
        |w, store, load| {
            let seen = w[0].load(load);
            w[1].store(1, store);
            seen
        },
        {
            let seen = w[1].load(load);
            w[0].store(1, store);
            seen
        }
    );
    judged(&programs, &[1, 1], [false, false, false]);
}

#[test]
fn independent_reads_of_independent_writes() {
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            0
        },
        {
            w[1].store(1, store);
            0
        },
        { 10 * w[0].load(load) + w[1].load(load) },
        { 10 * w[1].load(load) + w[0].load(load) }
    );
    judged(&programs, &[0, 0, 10, 10], [true, true, false]);
}

#[test]
fn write_to_read_causality() {
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            0
        },
        {
            let seen = w[0].load(load);
            w[1].store(1, store);
            seen
        },
        { 10 * w[1].load(load) + w[0].load(load) }
    );
    judged(&programs, &[0, 1, 10], [true, false, false]);
}

#[test]
fn isa2_passes_a_message_on_by_a_third_thread() {
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            w[1].store(1, store);
            0
        },
        {
            let seen = w[1].load(load);
            w[2].store(1, store);
            seen
        },
        { 10 * w[2].load(load) + w[0].load(load) }
    );
    judged(&programs, &[0, 1, 10], [true, false, false]);
}

#[test]
fn two_writers_of_two_words_may_each_be_overwritten_by_the_first_write_of_the_other() {
    // Each thread writes 1 to one word and then 2 to the other. Both words end as 1.
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            w[1].store(2, store);
            0
        },
        {
            w[1].store(1, store);
            w[0].store(2, store);
            0
        }
    );
    let ends = programs.map(|bodies| {
        let exploration = explore(move || {
            let words = Arc::new(Words::default());
            let threads = [0, 1].map(|number| {
                let (words, body): (_, Body) = (words.clone(), bodies[number]);
                thread::spawn("thread", move || body(&words))
            });
            threads.into_iter().for_each(|thread| {
                thread.join().unwrap();
            });
            [words[0].load(Relaxed), words[1].load(Relaxed)]
        });
        exploration.returned().any(|(ends, _)| *ends == [1, 1])
    });
    assert_eq!(ends, [true, true, false]);
}

#[test]
fn r_and_s() {
    // R: the second word ends as 2, and the second thread reads 0.
    fn ends_with(bodies: &[Body], word: usize, value: u32, read: u32) -> bool {
        let bodies = bodies.to_vec();
        let exploration = explore(move || {
            let words = Arc::new(Words::default());
            let threads = [0, 1].map(|number| {
                let (words, body) = (words.clone(), bodies[number]);
                thread::spawn("thread", move || body(&words))
            });
            let [_, seen] = threads.map(|thread| thread.join().unwrap());
            (words[word].load(Relaxed), seen)
        });
        exploration.returned().any(|(found, _)| *found == (value, read))
    }
    let r = programs!(
        |w, store, load| {
            w[0].store(1, store);
            w[1].store(1, store);
            0
        },
        {
            w[1].store(2, store);
            w[0].load(load)
        }
    );
    assert_eq!(r.map(|bodies| ends_with(&bodies, 1, 2, 0)), [true, true, false]);
    // S: the second thread reads the second write of the first, and its own write comes before the
    // first's first.
    let s = programs!(
        |w, store, load| {
            w[0].store(2, store);
            w[1].store(1, store);
            0
        },
        {
            let seen = w[1].load(load);
            w[0].store(1, store);
            seen
        }
    );
    assert_eq!(s.map(|bodies| ends_with(&bodies, 0, 2, 1)), [true, false, false]);
}

#[test]
fn one_word_alone_is_coherent() {
    // No thread reads a newer value and then an older one, and none an older one than its own.
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            0
        },
        { 10 * w[0].load(load) + w[0].load(load) }
    );
    judged(&programs, &[0, 10], [false, false, false]);
    let programs = programs!(
        |w, store, load| {
            w[0].store(1, store);
            w[0].load(load)
        },
        {
            w[0].store(2, store);
            w[0].load(load)
        }
    );
    judged(&programs, &[0, 2], [false, false, false]);
    judged(&programs, &[2, 1], [false, false, false]);
    judged(&programs, &[1, 2], [true, true, true]);
}

#[test]
fn a_release_sequence_goes_on_through_an_exchange_and_not_through_a_store() {
    fn passes(between: Body) -> bool {
        let bodies: [Body; 3] = [
            |w| {
                w[0].store(1, Relaxed);
                w[1].store(1, Release);
                0
            },
            between,
            |w| 10 * w[1].load(Acquire) + w[0].load(Relaxed),
        ];
        !together(&bodies).returned().any(|(found, _)| found[1] == 1 && found[2] == 20)
    }
    assert!(passes(|w| w[1].fetch_add(1, Relaxed)));
    assert!(!passes(|w| {
        let seen = w[1].load(Relaxed);
        w[1].store(2, Relaxed);
        seen
    }));
}

// Beside memory.

#[test]
fn a_race_on_a_cell_is_found_and_an_ordered_use_is_none() {
    struct Shared(UnsafeCell<u32>, AtomicU32);
    // SAFETY: whether the uses of the cell have an order is the question.
    unsafe impl Sync for Shared {}
    fn races(store: Ordering, load: Ordering) -> bool {
        let exploration = explore(move || {
            let shared = Arc::new(Shared(UnsafeCell::new(0), AtomicU32::new(0)));
            let writer = {
                let shared = shared.clone();
                thread::spawn("writer", move || {
                    // SAFETY: the pointer is good for as long as the call. Races are looked for.
                    shared.0.with_mut(|value| unsafe { *value = 1 });
                    shared.1.store(1, store);
                })
            };
            if shared.1.load(load) == 1 {
                // SAFETY: as above.
                shared.0.with(|value| unsafe { *value });
            }
            writer.join().unwrap();
        });
        exploration.failures().count() > 0
    }
    assert!(!races(Release, Acquire));
    assert!(races(Relaxed, Acquire));
    assert!(races(Release, Relaxed));
}

#[test]
fn a_word_that_is_used_before_it_is_known_to_be_made_is_a_race() {
    fn races(store: Ordering) -> bool {
        let exploration = explore(move || {
            let place = Arc::new(AtomicPtr::new(std::ptr::null_mut::<AtomicU32>()));
            let maker = {
                let place = place.clone();
                thread::spawn("maker", move || {
                    place.store(Box::leak(Box::new(AtomicU32::new(1))), store);
                })
            };
            let word = place.load(Acquire);
            if !word.is_null() {
                // SAFETY: it was leaked.
                assert_eq!(unsafe { &*word }.load(Relaxed), 1);
            }
            maker.join().unwrap();
        });
        exploration.failures().count() > 0
    }
    assert!(!races(Release));
    assert!(races(Relaxed));
}

#[test]
fn a_wait_times_out_or_is_woken_and_passes_on_no_memory() {
    let exploration = explore(|| {
        let words = Arc::new(Words::default());
        let sleeper = {
            let words = words.clone();
            thread::spawn("sleeper", move || {
                let deadline = Some(Instant::now() + Duration::from_secs(1));
                let woken = futex::wait_until(&words[0], 0, deadline).is_ok();
                (woken, words[1].load(Relaxed))
            })
        };
        words[1].store(1, Relaxed);
        futex::wake_one(&words[0]);
        sleeper.join().unwrap()
    });
    let mut found: Vec<(bool, u32)> = exploration.returned().map(|(found, _)| *found).collect();
    found.sort_unstable();
    assert_eq!(found, [(false, 0), (false, 1), (true, 0), (true, 1)]);
}

#[test]
fn a_waker_that_changes_the_word_first_is_never_missed() {
    let exploration = explore(|| {
        let words = Arc::new(Words::default());
        let sleeper = {
            let words = words.clone();
            thread::spawn("sleeper", move || futex::wait(&words[0], 0))
        };
        words[0].store(1, Relaxed);
        futex::wake_one(&words[0]);
        sleeper.join().unwrap();
    });
    assert_eq!(exploration.failures().count(), 0);
}

#[test]
fn a_wake_without_a_change_may_come_too_early_and_then_the_program_is_stuck() {
    let exploration = explore(|| {
        let words = Arc::new(Words::default());
        let sleeper = {
            let words = words.clone();
            thread::spawn("sleeper", move || futex::wait(&words[0], 0))
        };
        futex::wake_one(&words[0]);
        sleeper.join().unwrap();
    });
    assert_eq!(exploration.executions, 2);
    assert!(exploration.outcomes.iter().any(|found| matches!(found.ending, Ending::Stuck(_))));
}

/// Threads that lock, change a number and unlock, so many times. Drepper's third mutex.
fn lockers(explorer: &Explorer, threads: usize, rounds: usize) -> Exploration<u32> {
    fn rounds_of(words: &Words, rounds: usize) {
        let [lock, number, ..] = words;
        for _ in 0..rounds {
            if lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
                while lock.swap(2, Acquire) != 0 {
                    futex::wait(lock, 2);
                }
            }
            number.store(number.load(Relaxed) + 1, Relaxed);
            if lock.swap(0, Release) == 2 {
                futex::wake_one(lock);
            }
        }
    }
    explore_with(explorer, move || {
        let words = Arc::new(Words::default());
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let words = words.clone();
                thread::spawn("locks", move || rounds_of(&words, rounds))
            })
            .collect();
        rounds_of(&words, rounds);
        others.into_iter().for_each(|other| other.join().unwrap());
        words[1].load(Relaxed)
    })
}

#[test]
fn threads_that_lock_lose_no_count_and_no_execution_is_run_twice() {
    // 298 is what brute force without any reduction found for two threads and two rounds.
    for (threads, rounds, executions) in [(2, 1, 8), (2, 2, 298), (3, 1, 1296)] {
        let exploration = lockers(&Explorer::new(), threads, rounds);
        assert_eq!(exploration.executions, executions);
        assert_eq!(exploration.blocked, 0);
        let counts: Vec<u32> = exploration.returned().map(|(count, _)| *count).collect();
        assert_eq!(counts, [(threads * rounds) as u32]);
        assert_eq!(exploration.failures().count(), 0);
    }
}

#[test]
fn a_code_that_does_not_fit_is_refused_with_the_reason() {
    let program = || {
        let word = Arc::new(AtomicU32::new(0));
        let other = word.clone();
        let thread = thread::spawn("stores", move || other.store(1, Relaxed));
        let seen = word.load(Relaxed);
        thread.join().unwrap();
        seen
    };
    let why = |code| Explorer::new().replay(code, program).unwrap_err();
    assert_eq!(why("here"), "`here` is no code of an execution");
    for code in ["", "a1", "b1", "a2o7b2a1", "a2w1b2a1", "a9b2"] {
        assert!(why(code).starts_with(&format!("`{code}` cannot be run: ")), "{}", why(code));
    }
    assert_eq!(Explorer::new().replay("a1b2a2", program).unwrap().ending, Ending::Returned(1));
    assert_eq!(Explorer::new().replay("a1b2a1o1a1", program).unwrap().ending, Ending::Returned(0));
}

#[test]
fn a_weak_exchange_may_fail_once_where_waits_may_return_for_no_reason() {
    let program = || {
        let words = Arc::new(Words::default());
        let other = words.clone();
        let weakly = |word: &AtomicU32| {
            let first = word.compare_exchange_weak(0, 1, Relaxed, Relaxed);
            first.or_else(|_| word.compare_exchange_weak(0, 1, Relaxed, Relaxed))
        };
        let thread = thread::spawn("exchanges", move || weakly(&other[0]));
        let mine = weakly(&words[1]);
        // Each may fail once, and then does not.
        assert_eq!([mine, thread.join().unwrap()], [Ok(0), Ok(0)]);
        words.each_ref().map(|word| word.load(Relaxed))
    };
    assert_eq!(explore(program).executions, 1);
    let fails = explore_with(&Explorer::new().spurious_wakeups(1), program);
    assert_eq!((fails.executions, fails.failures().count()), (4, 0));
}

#[test]
fn a_trace_puts_a_read_before_the_write_that_it_does_not_see_if_an_order_allows_it() {
    // An exchange that fails reads, too.
    let fails = |word: &AtomicU32| word.compare_exchange(9, 9, Relaxed, Relaxed).unwrap_err();
    let reads: [fn(&AtomicU32) -> u32; 2] = [|word| word.load(Relaxed), fails];
    for read in reads {
        let exploration = explore(move || {
            let words = Arc::new(Words::default());
            let other = words.clone();
            let thread = thread::spawn("stores", move || {
                other[0].store(1, Relaxed);
                other[1].store(1, Relaxed);
            });
            // By a thread that would come later if nothing were asked of the order.
            let looks = move || [read(&words[1]), read(&words[0])];
            let seen = thread::spawn("looks", looks).join().unwrap();
            thread.join().unwrap();
            seen
        });
        for found in &exploration.outcomes {
            // The second store seen and the first one not: no order has that.
            let impossible = found.ending == Ending::Returned([1, 0]);
            assert_eq!(found.trace.operations().contains("(old)"), impossible, "{found}");
        }
        assert_eq!(exploration.executions, 4);
    }
}

#[test]
fn several_workers_find_what_one_finds_and_no_execution_twice() {
    let alone = lockers(&Explorer::new(), 3, 1);
    for workers in [2, 3, 8] {
        let together = lockers(&Explorer::new().workers(workers), 3, 1);
        assert_eq!(together.executions, alone.executions);
        let told = |exploration: &Exploration<u32>| exploration.outcomes[0].to_string();
        assert_eq!(told(&together), told(&alone));
    }
}

#[test]
fn a_search_that_ends_lies_behind_wholly_and_one_that_is_stopped_in_part() {
    let is_whole = |explored: Option<f64>| (explored.unwrap() - 1.).abs() < 1e-9;
    for workers in [1, 2] {
        let whole = lockers(&Explorer::new().workers(workers), 2, 2);
        assert!(whole.exhaustive && is_whole(whole.explored), "{:?}", whole.explored);
    }
    let stop = Arc::new(AtomicBool::new(true));
    let cut = Explorer::new().workers(2).stop_when(stop).explore(|| {
        let word = Arc::new(AtomicU32::new(0));
        let other = word.clone();
        let thread = thread::spawn("adds", move || other.fetch_add(1, Relaxed));
        word.fetch_add(1, Relaxed);
        thread.join().unwrap();
    });
    assert!(!cut.exhaustive && !cut.finished && cut.executions < 2);
    assert!(!is_whole(cut.explored));
}

#[test]
fn what_becomes_of_a_queue_after_a_sleeper_was_woken_makes_no_other_execution() {
    let exploration = explore(|| {
        let words = Arc::new(Words::default());
        let sleeper = {
            let words = words.clone();
            thread::spawn("sleeper", move || futex::wait(&words[0], 0))
        };
        futex::wake_one(&words[0]);
        let deadline = Some(Instant::now() + Duration::from_secs(1));
        futex::wait_until(&words[0], 0, deadline).unwrap_err();
        sleeper.join().unwrap();
    });
    // The wake finds the sleeper. Or it comes too early, and then the sleeper joins the queue
    // before main does, while main sleeps, or after main has left.
    assert_eq!(exploration.executions, 4);
}

#[test]
fn a_panic_hides_no_execution() {
    // The first thread panics if it finds what the second stores. Both outcomes are there, also
    // though the panic comes before the store is made.
    let exploration = explore(|| {
        let words = Arc::new(Words::default());
        let looks = {
            let words = words.clone();
            thread::spawn("looks", move || assert_eq!(words[0].load(Relaxed), 1, "too early"))
        };
        words[0].store(1, Relaxed);
        looks.join().unwrap();
    });
    assert_eq!(exploration.executions, 2);
    assert_eq!(exploration.failures().count(), 1);
}

#[test]
fn a_loop_that_waits_for_a_change_ends_and_one_that_waits_for_nothing_is_found() {
    fn waits(changes: bool) -> Exploration<()> {
        explore(move || {
            let words = Arc::new(Words::default());
            let looks = {
                let words = words.clone();
                thread::spawn("looks", move || {
                    while words[0].load(Relaxed) == 0 {
                        thread::yield_now();
                    }
                })
            };
            if changes {
                words[0].store(1, Relaxed);
            }
            looks.join().unwrap();
        })
    }
    let exploration = waits(true);
    assert_eq!((exploration.executions, exploration.failures().count()), (2, 0));
    assert_eq!(waits(false).failures().count(), 1);
}

#[test]
fn a_program_that_does_not_do_the_same_again_is_named() {
    use std::sync::atomic::AtomicU32 as Plain;
    static RUNS: Plain = Plain::new(0);
    let exploration = Explorer::new().explore(|| {
        let words = Arc::new(Words::default());
        let adds = {
            let words = words.clone();
            thread::spawn("adds", move || words[0].fetch_add(1, Relaxed))
        };
        // Another word in every second run.
        let run = RUNS.fetch_add(1, Relaxed) as usize % 2;
        words[run].fetch_add(1, Relaxed);
        adds.join().unwrap();
    });
    let named = exploration.failures().any(|found| {
        matches!(&found.ending, Ending::Panicked(panic) if panic.message.contains("the same again"))
    });
    assert!(named, "{:?}", exploration.outcomes);
}
