//! Every interleaving of the interpreter lock's operations.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for one with three threads, whose name
//! says so.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{
    Operation, answers, check, check_bounded_to, check_without_spurious, every_pair, waits_of_ann,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{Event, Gil, GilGuard};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(20);

/// A lock, and what only the thread that has it may touch.
struct Interpreter {
    gil: Gil,
    ran: UnsafeCell<Vec<u32>>,
}

// SAFETY: the list is used only by the thread that holds the lock. That is the claim under check.
unsafe impl Sync for Interpreter {}

impl Interpreter {
    fn by_ticks() -> Self {
        Self::new(Gil::ticks(1))
    }

    fn by_interval() -> Self {
        Self::new(Gil::interval(SOON))
    }

    fn new(gil: Gil) -> Self {
        Self { gil, ran: UnsafeCell::new(Vec::new()) }
    }

    /// An instruction.
    fn run(&self, _: &mut GilGuard<'_>, who: u32) {
        // SAFETY: this thread has the lock.
        self.ran.with_mut(|ran| unsafe { (*ran).push(who) });
    }

    /// Two instructions, and a tick between them.
    fn run_two(&self, who: u32) {
        let mut gil = self.gil.acquire();
        self.run(&mut gil, who);
        gil.tick();
        self.run(&mut gil, who);
    }

    fn run_one(&self, who: u32) {
        self.run(&mut self.gil.acquire(), who);
    }
}

const KINDS: [fn() -> Interpreter; 2] = [Interpreter::by_ticks, Interpreter::by_interval];

/// Runs `first` and `second` as two threads, and returns who ran, in order.
fn two<A, B: Send + 'static>(
    interpreter: Interpreter,
    first: impl FnOnce(&Interpreter) -> A + Send + 'static,
    second: impl FnOnce(&Interpreter) -> B + Send + 'static,
) -> (A, B, Vec<u32>, Gil) {
    let interpreter = Arc::new(interpreter);
    let other = {
        let interpreter = interpreter.clone();
        thread::spawn("second", move || second(&interpreter))
    };
    let first = first(&interpreter);
    let second = other.join().unwrap();
    let Interpreter { gil, ran } = Arc::into_inner(interpreter).expect("all are done");
    (first, second, ran.into_inner(), gil)
}

/// The order in which they ran, how often it was switched, and how often taken back.
fn two_run_by(kind: fn() -> Interpreter) -> (Vec<u32>, usize, usize) {
    let ((), (), ran, gil) = two(kind(), |one| one.run_two(1), |other| other.run_one(2));
    (ran, gil.switches(), gil.taken_back())
}

fn each_in_turn(kind: fn() -> Interpreter) {
    let (ran, switches, _) = two_run_by(kind);
    assert_eq!(ran.windows(2).filter(|pair| pair[0] != pair[1]).count(), switches);
}

#[test]
fn one_thread_at_a_time_runs_and_sees_what_the_others_did() {
    for kind in KINDS {
        check(move || each_in_turn(kind));
    }
}

#[test]
fn by_ticks_a_thread_that_gave_it_up_may_take_it_back_though_another_waits() {
    let found = answers(|| two_run_by(Interpreter::by_ticks));
    let [ones_first, between, last] = [[1, 1, 2], [1, 2, 1], [2, 1, 1]].map(Vec::from);
    let expected = [(ones_first.clone(), 1, 0), (ones_first, 1, 1), (between, 2, 0), (last, 1, 0)];
    assert_eq!(found, expected);
}

#[test]
fn by_interval_a_thread_that_was_asked_sees_it_go_to_another_first() {
    let found = answers(|| two_run_by(Interpreter::by_interval));
    let [ones_first, between, last] = [[1, 1, 2], [1, 2, 1], [2, 1, 1]].map(Vec::from);
    assert_eq!(found, [(ones_first, 1, 0), (between, 2, 0), (last, 1, 0)]);
}

#[test]
fn an_interval_too_long_for_the_clock_never_asks() {
    let switches = answers(|| two_run_by(|| Interpreter::new(Gil::interval(Duration::MAX))).1);
    assert_eq!(switches, [1]);
}

#[test]
fn a_thread_that_has_not_ticked_often_enough_keeps_it() {
    let switches = answers(|| two_run_by(|| Interpreter::new(Gil::ticks(2))).1);
    assert_eq!(switches, [1]);
}

#[test]
fn others_run_while_a_thread_does_what_it_needs_no_interpreter_for() {
    for kind in KINDS {
        check_without_spurious(move || {
            let sent = Arc::new(Event::new());
            let send = sent.clone();
            let waits = move |interpreter: &Interpreter| {
                let mut gil = interpreter.gil.acquire();
                gil.allow_threads(|| sent.wait());
                interpreter.run(&mut gil, 1);
            };
            let sends = move |interpreter: &Interpreter| {
                interpreter.run_one(2);
                send.set();
            };
            assert_eq!(two(kind(), waits, sends).2, [2, 1]);
        });
    }
}

#[test]
fn it_is_taken_again_when_the_work_without_it_panics() {
    for kind in KINDS {
        check(move || {
            let panics = |interpreter: &Interpreter| {
                let mut gil = interpreter.gil.acquire();
                let panic = || gil.allow_threads(|| resume_unwind(Box::new("on purpose")));
                assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
                interpreter.run(&mut gil, 1);
            };
            two(kind(), panics, |interpreter| {
                let gil = interpreter.gil.try_acquire();
                gil.into_iter().for_each(|mut gil| interpreter.run(&mut gil, 2));
            });
        });
    }
}

#[test]
fn a_panic_that_drops_the_guard_releases_it() {
    for kind in KINDS {
        check(move || {
            let panics = |interpreter: &Interpreter| {
                let panic = || {
                    let _gil = interpreter.gil.acquire();
                    resume_unwind(Box::new("on purpose"))
                };
                assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
            };
            two(kind(), panics, |interpreter| interpreter.run_one(2));
        });
    }
}

#[test]
fn each_timed_form_takes_it_or_gives_up_and_the_holder_goes_on() {
    let forms: [fn(&Gil) -> Option<GilGuard<'_>>; 3] = [
        |gil| gil.acquire_for(LATER),
        |gil| gil.acquire_until(Instant::now() + LATER),
        Gil::try_acquire,
    ];
    for kind in KINDS {
        for form in forms {
            let program = move || {
                let takes = move |interpreter: &Interpreter| match form(&interpreter.gil) {
                    Some(mut gil) => {
                        interpreter.run(&mut gil, 2);
                        true
                    }
                    None => false,
                };
                let (_, taken, ran, gil) = two(kind(), |interpreter| interpreter.run_two(1), takes);
                assert_eq!(ran.len(), 2 + usize::from(taken));
                assert!(gil.try_acquire().is_some());
                taken
            };
            assert_eq!(answers(program), [false, true]);
        }
    }
}

/// Smaller: `one_thread_at_a_time_runs_and_sees_what_the_others_did`.
#[test]
fn three_threads_that_ask_all_get_their_turn_bounded() {
    check_bounded_to([2, 2], || {
        let interpreter = Arc::new(Interpreter::by_interval());
        let mut gil = interpreter.gil.acquire();
        let others = {
            let interpreter = interpreter.clone();
            thread::spawn_alike(2, "other", move |_| interpreter.run_one(1))
        };
        gil.tick();
        interpreter.run(&mut gil, 2);
        drop(gil);
        others.join();
        assert_eq!(interpreter.gil.taken_back(), 0);
    });
}

/// Every operation against every other. At the end it is free.
fn pairs(kind: fn() -> Gil) -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: [Operation<'_, Gil>; 7] = [
        ("acquire", |gil| drop(gil.acquire())),
        ("try_acquire", |gil| drop(gil.try_acquire())),
        ("acquire_for", |gil| drop(gil.acquire_for(SOON))),
        ("acquire_until", |gil| drop(gil.acquire_until(Instant::now()))),
        ("tick", |gil| _ = gil.try_acquire().map(|mut guard| guard.tick())),
        ("allow_threads", |gil| {
            let _ = gil.try_acquire().map(|mut guard| guard.allow_threads(|| ()));
        }),
        ("switches", |gil| assert!(gil.switches() + gil.taken_back() <= 3)),
    ];
    every_pair(kind, &OPERATIONS, |gil| assert!(gil.try_acquire().is_some()))
}

#[test]
fn every_operation_against_every_other_comes_through() {
    for kind in [|| Gil::ticks(1), || Gil::interval(SOON)] {
        for pair in pairs(kind) {
            check_without_spurious(pair);
        }
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [
        ("by ticks", || each_in_turn(Interpreter::by_ticks)),
        ("by interval", || each_in_turn(Interpreter::by_interval)),
    ];
    // Taking it, releasing it, and giving it up on request.
    assert_eq!(loom_tests::every_ordering_is_needed("src/gil.rs", &programs), 3);
}

#[test]
fn where_nobody_can_go_on_the_holder_is_named() {
    let waits = waits_of_ann(
        "the lock",
        || Gil::ticks(1),
        |gil| {
            let _once = gil.acquire();
            drop(gil.acquire());
        },
    );
    assert_eq!(waits, ["Ann holds the lock and waits for it"]);
}
