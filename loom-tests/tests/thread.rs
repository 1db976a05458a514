//! Every interleaving of the operations on threads.
//!
//! Every search here is exhaustive: `loom_tests` demands it. Each program makes its threads inside
//! of a `run_main`: what is outside of any is shared by all executions.

use loom_platform::UnsafeCell;
use loom_platform::thread as platform;
use loom_tests::{Operation, answers, check, check_without_spurious, every_pair};
use primitives::ThreadError::{self, AlreadyRun, AlreadyStarted, JoinsItself, NotStarted};
use primitives::ThreadOutcome::{self, Panicked, Ran};
use primitives::platform::time::{Duration, Instant};
use primitives::{Event, Thread, ThreadState};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// How often a function was called. Written by it, and read when that is known to be over.
struct Calls(UnsafeCell<u32>);

// SAFETY: the end of a thread keeps the write and the reads apart. That is the claim under check.
unsafe impl Sync for Calls {}

impl Calls {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    /// A function that counts its call. Call this before there is another thread.
    fn function(self: &Arc<Self>) -> impl FnOnce() + Send + 'static {
        let calls = self.clone();
        // SAFETY: only one thread calls the function, once.
        move || calls.0.with_mut(|calls| unsafe { *calls += 1 })
    }

    fn get(&self) -> u32 {
        // SAFETY: the function has ended.
        self.0.with(|calls| unsafe { *calls })
    }
}

/// A thread that was not started, whose program has no other any more.
fn new(function: impl FnOnce() + Send + 'static) -> Thread {
    Thread::run_main(|| Thread::new(function))
}

/// One that was.
fn started(function: impl FnOnce() + Send + 'static) -> Thread {
    let thread = new(function);
    thread.start().unwrap();
    thread
}

/// Runs `first` and `second` as two threads beside a new one.
fn two<A, B: Send + 'static>(
    thread: &Thread,
    first: impl FnOnce(&Thread) -> A,
    second: impl FnOnce(&Thread) -> B + Send + 'static,
) -> (A, B) {
    let other = {
        let thread = thread.clone();
        platform::spawn("second", move || second(&thread))
    };
    (first(thread), other.join().unwrap())
}

fn joined() {
    let calls = Calls::new();
    let thread = started(calls.function());
    assert_eq!(thread.join(), Ok(Ran));
    assert_eq!(calls.get(), 1);
    assert!(!thread.is_alive());
    assert_eq!((thread.join(), thread.state()), (Ok(Ran), ThreadState::Dead));
}

#[test]
fn a_thread_that_joins_another_goes_on_when_that_one_has_ended_and_sees_what_it_did() {
    check(joined);
}

fn polled() {
    let calls = Calls::new();
    let thread = started(calls.function());
    if !thread.is_alive() {
        assert_eq!(calls.get(), 1);
    }
}

#[test]
fn a_thread_that_only_looks_sees_what_the_other_did() {
    check(polled);
    check(|| {
        let calls = Calls::new();
        let thread = started(calls.function());
        if thread.state() == ThreadState::Dead {
            assert_eq!(calls.get(), 1);
        }
    });
}

/// A join that does not wait for ever.
type Join = fn(&Thread) -> Result<Option<ThreadOutcome>, ThreadError>;

/// Joins with a time limit, then without.
fn joined_in_time(join: Join) -> Option<ThreadOutcome> {
    let calls = Calls::new();
    let thread = started(calls.function());
    let in_time = join(&thread).unwrap();
    if in_time.is_none() {
        assert_eq!(thread.join(), Ok(Ran));
    }
    assert_eq!(calls.get(), 1);
    in_time
}

#[test]
fn a_timed_join_gives_up_or_says_how_the_thread_ended() {
    let forms: [Join; 3] = [
        |thread| thread.join_for(SOON),
        |thread| thread.join_until(Instant::now() + SOON),
        Thread::try_join,
    ];
    for join in forms {
        assert_eq!(answers(move || joined_in_time(join)), [None, Some(Ran)]);
        check(move || _ = joined_in_time(join));
    }
}

#[test]
fn all_threads_that_join_one_are_woken() {
    check_without_spurious(|| {
        let thread = started(|| ());
        let join = |thread: &Thread| assert_eq!(thread.join(), Ok(Ran));
        two(&thread, join, join);
    });
}

#[test]
fn a_thread_that_gives_up_does_not_keep_another_from_being_woken() {
    check_without_spurious(|| {
        let thread = started(|| ());
        two(
            &thread,
            |thread| assert_eq!(thread.join(), Ok(Ran)),
            |thread| assert_ne!(thread.join_for(SOON), Ok(Some(Panicked))),
        );
    });
}

#[test]
fn of_two_that_start_a_thread_or_call_its_function_one_does_and_the_other_is_told() {
    type Take = fn(&Thread) -> Result<(), ThreadError>;
    let takes: [(Take, Take); 3] =
        [(Thread::start, Thread::start), (Thread::start, Thread::run), (Thread::run, Thread::run)];
    for (first, second) in takes {
        check(move || {
            let calls = Calls::new();
            let thread = new(calls.function());
            let (first, second) = two(&thread, first, second);
            assert_ne!(first.is_ok(), second.is_ok());
            let told = first.and(second).unwrap_err();
            match thread.join() {
                Ok(ended) => assert_eq!((ended, told), (Ran, AlreadyStarted)),
                Err(error) => assert_eq!((error, told), (NotStarted, AlreadyRun)),
            }
            assert_eq!(calls.get(), 1);
        });
    }
}

#[test]
fn a_daemon_becomes_one_before_it_is_started_or_not_at_all() {
    let set = answers(|| {
        let thread = new(|| ());
        let (start, set) = two(&thread, Thread::start, |thread| thread.set_daemon(true));
        assert_eq!(start, Ok(()));
        assert_eq!(thread.is_daemon(), set.is_ok());
        assert_eq!(thread.join(), Ok(Ran));
        assert_eq!(thread.set_daemon(false), Err(AlreadyStarted));
        set.is_ok()
    });
    assert_eq!(set, [false, true]);
}

#[test]
fn a_join_finds_a_thread_that_is_not_started_or_waits_for_its_end() {
    let joined = answers(|| {
        let calls = Calls::new();
        let thread = new(calls.function());
        let joined = two(&thread, Thread::start, Thread::join).1;
        match joined {
            Ok(ended) => assert_eq!((ended, calls.get()), (Ran, 1)),
            Err(error) => assert_eq!(error, NotStarted),
        }
        joined.is_ok()
    });
    assert_eq!(joined, [false, true]);
}

#[test]
fn no_thread_joins_itself() {
    check(|| {
        let thread = started(|| {
            let me = Thread::current();
            assert_eq!(me.join(), Err(JoinsItself));
            assert_eq!(me.try_join(), Err(JoinsItself));
            assert_eq!(me.join_for(SOON), Err(JoinsItself));
            assert_eq!(me.join_until(Instant::now()), Err(JoinsItself));
        });
        assert_eq!(thread.join(), Ok(Ran));
    });
}

fn numbered() {
    let thread = started(|| assert_eq!(Thread::current().ident(), Some(platform::id())));
    let before = thread.ident();
    assert_eq!(thread.join(), Ok(Ran));
    assert!(thread.ident().is_some() && before.is_none_or(|before| thread.ident() == Some(before)));
}

#[test]
fn a_thread_has_a_number_once_it_has_begun_and_keeps_it() {
    check(numbered);
}

#[test]
fn the_states_come_in_their_order_and_none_is_left_out() {
    let seen = answers(|| {
        let thread = new(|| ());
        assert_eq!(thread.state(), ThreadState::New);
        thread.start().unwrap();
        let states = [thread.state(), thread.state()];
        assert!(states[0] <= states[1] && ThreadState::New < states[0]);
        assert_eq!(
            states[1] != ThreadState::Dead,
            thread.is_alive() || states[1] < ThreadState::Dead
        );
        states.map(|state| format!("{state:?}"))
    });
    let of = |state: &str| seen.iter().any(|states| states.contains(&state.to_owned()));
    assert_eq!(["Ready", "Running", "Dead"].map(of), [true; 3]);
    assert_eq!(seen.len(), 6);
}

fn waited_for() {
    let calls = Calls::new();
    let function = calls.function();
    Thread::run_main(|| Thread::new(function).start().unwrap());
    assert_eq!(calls.get(), 1);
}

#[test]
fn a_program_waits_for_its_thread_and_sees_what_it_did() {
    check(waited_for);
}

#[test]
fn a_program_waits_for_a_thread_that_a_thread_has_started() {
    check_without_spurious(|| {
        let calls = Calls::new();
        let function = calls.function();
        Thread::run_main(|| {
            let outer = Thread::new(move || Thread::new(function).start().unwrap());
            outer.start().unwrap();
        });
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn a_program_does_not_wait_for_a_daemon() {
    check(|| {
        let end = Arc::new(Event::new());
        let waits = end.clone();
        let daemon = Thread::run_main(|| {
            let daemon = Thread::new(move || waits.wait());
            daemon.set_daemon(true).unwrap();
            daemon.start().unwrap();
            daemon
        });
        // If it had been waited for, this would never be reached.
        end.set();
        assert_eq!(daemon.join(), Ok(Ran));
    });
}

#[test]
fn a_program_whose_main_panics_waits_too_and_its_main_can_be_joined() {
    check(|| {
        let calls = Calls::new();
        let function = calls.function();
        let program = || {
            Thread::run_main(|| {
                let joiner = Thread::new(move || {
                    assert_eq!(Thread::main().join(), Ok(Panicked));
                    function();
                });
                joiner.start().unwrap();
                resume_unwind(Box::new("on purpose"));
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(program)).is_err());
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn a_panic_goes_to_the_hook_and_the_thread_has_ended_with_it() {
    check(|| {
        let calls = Calls::new();
        let reported = calls.clone();
        let thread = Thread::run_main(|| {
            Thread::set_panic_hook(move |thread: &Thread, payload: &(dyn Any + Send)| {
                assert_eq!(*thread, Thread::current());
                assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
                assert!(thread.is_alive());
                reported.function()();
                resume_unwind(Box::new("the hook's own"));
            });
            let thread = Thread::new(|| resume_unwind(Box::new("on purpose")));
            thread.start().unwrap();
            thread
        });
        assert_eq!(thread.join(), Ok(Panicked));
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn a_thread_is_in_the_list_from_its_start_until_before_a_join_returns() {
    let counts = answers(|| {
        Thread::run_main(|| {
            let thread = Thread::new(|| assert!(Thread::enumerate().contains(&Thread::current())));
            assert!(!Thread::enumerate().contains(&thread));
            thread.start().unwrap();
            let count = Thread::active_count();
            assert_eq!(thread.join(), Ok(Ran));
            assert_eq!(Thread::enumerate(), [Thread::main()]);
            count
        })
    });
    assert_eq!(counts, [1, 2]);
}

#[test]
fn two_that_make_threads_at_once_give_them_different_names() {
    let names = answers(|| {
        Thread::run_main(|| {
            let other = Thread::named("other", || {
                let name = Thread::new(|| ()).name();
                Thread::current().set_name(name);
            });
            other.start().unwrap();
            let mine = Thread::new(|| ()).name();
            assert_eq!(other.join(), Ok(Ran));
            [mine, other.name()]
        })
    });
    assert_eq!(names, [["Thread-1", "Thread-2"], ["Thread-2", "Thread-1"]]);
}

const OPERATIONS: [Operation<'_, Thread>; 12] = [
    ("start", |thread| _ = thread.start()),
    ("run", |thread| _ = thread.run()),
    ("set_daemon", |thread| _ = thread.set_daemon(true)),
    ("is_daemon", |thread| _ = thread.is_daemon()),
    ("name", |thread| _ = thread.name()),
    ("set_name", |thread| thread.set_name("renamed")),
    ("try_join", |thread| _ = thread.try_join()),
    ("is_alive", |thread| _ = thread.is_alive()),
    ("state", |thread| _ = thread.state()),
    ("ident", |thread| _ = thread.ident()),
    ("join", |thread| _ = thread.join()),
    ("join_for", |thread| _ = thread.join_for(SOON)),
];

/// Every operation against every other, on a thread that was not started.
fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    every_pair(
        || new(|| ()),
        &OPERATIONS,
        |thread| assert!(matches!(thread.join(), Ok(Ran) | Err(NotStarted))),
    )
}

#[test]
fn every_operation_against_every_other_comes_through() {
    for pair in pairs() {
        check(pair);
    }
}

#[test]
fn every_operation_against_every_other_comes_through_while_the_thread_runs_and_ends() {
    let while_it_runs = &OPERATIONS[8..];
    for pair in every_pair(
        || started(|| ()),
        while_it_runs,
        |thread| {
            assert_eq!(thread.join(), Ok(Ran));
        },
    ) {
        check_without_spurious(pair);
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 3] = [("join", joined), ("look", polled), ("number", numbered)];
    // Looking, beginning and ending.
    assert_eq!(loom_tests::every_ordering_is_needed("src/thread.rs", &programs), 3);
}
