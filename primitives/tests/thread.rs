//! The thread on the real machine: agreement with a plain model and with std's, what Python's own
//! tests of `threading.Thread` demand, and the limits that the model checker cannot reach.

use primitives::ThreadError::{AlreadyRun, AlreadyStarted, JoinsItself, NotStarted};
use primitives::ThreadOutcome::{Panicked, Ran};
use primitives::{Event, Lock, Run, Thread, ThreadError, ThreadOutcome, ThreadState};
use proptest::prelude::*;
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);

/// A thread that is in its function until the event is set.
fn waiting() -> (Thread, Arc<Event>) {
    let end = Arc::new(Event::new());
    let waits = end.clone();
    (Thread::new(move || waits.wait()), end)
}

fn started(run: impl Run) -> Thread {
    let thread = Thread::new(run);
    thread.start().unwrap();
    thread
}

/// All four forms of a join, with a time that is short.
fn joins(thread: &Thread) -> [Result<Option<ThreadOutcome>, ThreadError>; 4] {
    [
        thread.join().map(Some),
        thread.try_join(),
        thread.join_for(SOON),
        thread.join_until(Instant::now() + SOON),
    ]
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Start,
    Run,
    Join,
    Finish,
    Daemon(bool),
    Rename,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = prop_oneof![
        Just(Call::Start),
        Just(Call::Run),
        Just(Call::Join),
        Just(Call::Finish),
        any::<bool>().prop_map(Call::Daemon),
        Just(Call::Rename),
    ];
    prop::collection::vec(call, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The plain model: whether it was run, started, and may end.
    #[test]
    fn any_sequence_of_calls_agrees_with_a_plain_model(calls in calls()) {
        Thread::run_main(|| {
            let (thread, end) = waiting();
            let (mut run, mut started, mut daemon, mut renamed) = (false, false, false, 0);
            for call in calls {
                let taken = match (started, run) {
                    (true, _) => Err(AlreadyStarted),
                    (_, true) => Err(AlreadyRun),
                    _ => Ok(()),
                };
                match call {
                    Call::Start => {
                        prop_assert_eq!(thread.start(), taken);
                        started |= taken.is_ok();
                    }
                    Call::Run => {
                        // Or it would wait here.
                        end.set();
                        prop_assert_eq!(thread.run(), taken);
                        run |= taken.is_ok();
                    }
                    Call::Join if end.is_set() || !started => {
                        let joined = if started { Ok(Some(Ran)) } else { Err(NotStarted) };
                        prop_assert_eq!(joins(&thread), [joined; 4]);
                    }
                    Call::Join => {
                        prop_assert_eq!(thread.try_join(), Ok(None));
                        prop_assert_eq!(thread.join_for(Duration::ZERO), Ok(None));
                        prop_assert_eq!(thread.join_until(Instant::now()), Ok(None));
                    }
                    Call::Finish => end.set(),
                    Call::Daemon(to) => {
                        let set = if started { Err(AlreadyStarted) } else { Ok(()) };
                        prop_assert_eq!(thread.set_daemon(to), set);
                        daemon = if started { daemon } else { to };
                    }
                    Call::Rename => {
                        renamed += 1;
                        thread.set_name(format!("name {renamed}"));
                    }
                }
                let name = if renamed == 0 { "Thread-1".into() } else { format!("name {renamed}") };
                prop_assert_eq!(thread.name(), name);
                prop_assert_eq!(thread.is_daemon(), daemon);
                let certain = !started || !end.is_set();
                if certain {
                    prop_assert_eq!(thread.is_alive(), started);
                    prop_assert_eq!(Thread::enumerate().contains(&thread), started);
                    prop_assert_eq!(Thread::active_count(), 1 + usize::from(started));
                    prop_assert_eq!(thread.state() == ThreadState::New, !started);
                }
            }
            end.set();
            if started {
                prop_assert_eq!(thread.join(), Ok(Ran));
                prop_assert!(!thread.is_alive());
                prop_assert_eq!(Thread::active_count(), 1);
                prop_assert_eq!(thread.state(), ThreadState::Dead);
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_thread_ends_as_one_of_std_does() {
    let functions: [fn(); 3] =
        [|| (), || resume_unwind(Box::new(7)), || resume_unwind(Box::new(()))];
    for function in functions {
        let theirs = std::thread::spawn(function).join();
        let ours = started(function).join().unwrap();
        assert_eq!(ours == Panicked, theirs.is_err());
    }
}

/// Ten threads, three of which may be inside at once, and each is asked what it is.
#[test]
fn threads_are_new_then_alive_then_not_and_ten_of_them_have_ten_numbers() {
    Thread::run_main(|| {
        let threads: Vec<_> = (0..10).map(|_| waiting()).collect();
        for (thread, _) in &threads {
            assert!(thread.ident().is_none() && !thread.is_alive());
            assert_eq!(thread.state(), ThreadState::New);
            let shown = format!("{thread:?}");
            assert!(shown.ends_with("state: New, daemon: false }"), "{shown}");
            thread.start().unwrap();
        }
        assert_eq!(Thread::active_count(), 11);
        let mut idents = BTreeSet::new();
        for (number, (thread, end)) in threads.iter().enumerate() {
            assert!(thread.is_alive());
            end.set();
            assert_eq!(thread.join(), Ok(Ran));
            assert!(!thread.is_alive());
            assert_eq!(thread.name(), format!("Thread-{}", number + 1));
            let name = format!("Thread {{ name: \"Thread-{}\", state: Dead", number + 1);
            assert!(format!("{thread:?}").starts_with(&name));
            idents.insert(thread.ident().expect("it has begun"));
        }
        idents.insert(Thread::current().ident().unwrap());
        assert_eq!((idents.len(), Thread::active_count()), (11, 1));
    });
}

#[test]
fn the_number_is_the_one_that_the_thread_itself_finds() {
    let found = Arc::new(Lock::new(None));
    let note = found.clone();
    let thread = started(move || *note.lock() = Thread::current().ident());
    thread.join().unwrap();
    assert!(thread.ident().is_some());
    assert_eq!(*found.lock(), thread.ident());
}

#[test]
fn the_main_thread_and_those_from_elsewhere_have_numbers_of_their_own() {
    Thread::run_main(|| {
        let main = Thread::main();
        assert_eq!(main.ident(), Thread::current().ident());
        let strangers = [(); 3].map(|()| {
            std::thread::spawn(|| (Thread::current().ident(), Thread::current().ident()))
        });
        let mut idents = BTreeSet::from([main.ident().unwrap()]);
        for stranger in strangers {
            let (first, again) = stranger.join().unwrap();
            assert_eq!(first, again);
            idents.insert(first.unwrap());
        }
        assert_eq!(idents.len(), 4);
    });
}

#[test]
fn a_thread_that_nobody_joins_is_seen_to_end_and_leaves_nothing_behind() {
    Thread::run_main(|| {
        let held = Arc::new(());
        let hold = held.clone();
        let thread = started(move || drop(hold));
        becomes(&thread, ThreadState::Dead);
        assert!(format!("{thread:?}").contains("state: Dead"));
        assert!(!thread.is_alive() && !Thread::enumerate().contains(&thread));
        assert_eq!((Arc::strong_count(&held), Thread::active_count()), (1, 1));
    });
}

/// Starts a thread when it is dropped, and notes how that has ended and whether it saw a panic.
struct StartsOnDrop(Arc<Lock<Option<(ThreadOutcome, bool)>>>);

impl Drop for StartsOnDrop {
    fn drop(&mut self) {
        let panicking = Arc::new(AtomicBool::new(true));
        let note = panicking.clone();
        let thread = started(move || note.store(std::thread::panicking(), Relaxed));
        let outcome = thread.join().unwrap();
        *self.0.lock() = Some((outcome, panicking.load(Relaxed)));
    }
}

#[test]
fn a_thread_that_is_started_in_the_middle_of_a_panic_knows_nothing_of_it() {
    let noted = Arc::new(Lock::new(None));
    let starts = StartsOnDrop(noted.clone());
    let panics = started(move || {
        let _starts = starts;
        resume_unwind(Box::new(()));
    });
    assert_eq!(panics.join(), Ok(Panicked));
    assert_eq!(*noted.lock(), Some((Ran, false)));
}

/// Notes, when it is dropped, whether the running thread is the main one and the only one.
struct AsksWhoIsMain(Arc<Lock<Vec<bool>>>);

impl Drop for AsksWhoIsMain {
    fn drop(&mut self) {
        let main = Thread::main();
        let is_main = Thread::current() == main && Thread::enumerate() == [main];
        self.0.lock().push(is_main && Thread::main().is_alive());
    }
}

#[test]
fn what_main_holds_is_dropped_while_main_is_still_the_running_thread() {
    let noted = Arc::new(Lock::new(Vec::new()));
    for panics in [false, true] {
        let asks = AsksWhoIsMain(noted.clone());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            Thread::run_main(move || {
                let _asks = &asks;
                if panics {
                    resume_unwind(Box::new(()));
                }
            })
        }));
    }
    assert_eq!(*noted.lock(), [true; 2]);
}

#[test]
fn a_thread_that_was_joined_is_never_in_the_list() {
    Thread::run_main(|| {
        for _ in 0..500 {
            let thread = started(|| ());
            thread.join().unwrap();
            assert!(!Thread::enumerate().contains(&thread));
        }
    });
}

#[test]
fn starting_twice_is_an_error_before_and_after_the_end() {
    let (thread, end) = waiting();
    thread.start().unwrap();
    assert_eq!(thread.start(), Err(AlreadyStarted));
    assert_eq!(thread.run(), Err(AlreadyStarted));
    end.set();
    assert_eq!(joins(&thread), [Ok(Some(Ran)); 4]);
    assert_eq!(thread.start(), Err(AlreadyStarted));
    assert_eq!(AlreadyStarted.to_string(), "the thread was started before");
}

#[test]
fn of_many_that_start_a_thread_at_once_one_does() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let thread = Thread::new(move || _ = count.fetch_add(1, Relaxed));
    let starts = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..8).map(|_| scope.spawn(|| thread.start())).collect();
        starters.into_iter().filter_map(|starter| starter.join().unwrap().ok()).count()
    });
    thread.join().unwrap();
    assert_eq!((starts, calls.load(Relaxed)), (1, 1));
}

#[test]
fn running_a_thread_directly_runs_on_the_caller_and_starts_none() {
    struct Note(Arc<Lock<Option<Thread>>>);
    impl Run for Note {
        fn run(self) {
            *self.0.lock() = Some(Thread::current());
        }
    }
    Thread::run_main(|| {
        let ran_on = Arc::new(Lock::new(None));
        let thread = Thread::new(Note(ran_on.clone()));
        thread.run().unwrap();
        assert_eq!(*ran_on.lock(), Some(Thread::main()));
        assert_eq!((thread.run(), thread.start()), (Err(AlreadyRun), Err(AlreadyRun)));
        assert_eq!((thread.state(), Thread::active_count()), (ThreadState::New, 1));
        assert_eq!(joins(&thread), [Err(NotStarted); 4]);
    });
    let panics = Thread::new(|| resume_unwind(Box::new(())));
    assert!(catch_unwind(|| panics.run()).is_err());
    assert_eq!(panics.run(), Err(AlreadyRun));
}

#[test]
fn a_thread_cannot_join_itself_nor_one_that_was_not_started() {
    let answers = Arc::new(Lock::new(Vec::new()));
    let note = answers.clone();
    let thread = started(move || note.lock().extend(joins(&Thread::current())));
    thread.join().unwrap();
    assert_eq!(*answers.lock(), [Err(JoinsItself); 4]);
    assert_eq!(joins(&Thread::new(|| ())), [Err(NotStarted); 4]);
    assert_eq!(joins(&Thread::current()), [Err(JoinsItself); 4]);
}

#[test]
fn a_daemon_is_one_before_it_starts_or_never_and_its_children_are() {
    Thread::run_main(|| {
        assert!(!Thread::main().is_daemon());
        assert_eq!(Thread::main().set_daemon(true), Err(AlreadyStarted));
        let child_is_one = Arc::new(AtomicBool::new(false));
        let note = child_is_one.clone();
        let daemon = Thread::named("daemon", move || {
            let child = Thread::new(|| ());
            note.store(child.is_daemon(), Relaxed);
            child.set_daemon(false).unwrap();
            assert!(!child.is_daemon());
        });
        daemon.set_daemon(true).unwrap();
        assert!(format!("{daemon:?}").ends_with("daemon: true }"));
        daemon.start().unwrap();
        assert_eq!(daemon.set_daemon(false), Err(AlreadyStarted));
        assert_eq!(daemon.join(), Ok(Ran));
        assert_eq!(daemon.set_daemon(false), Err(AlreadyStarted));
        assert!(daemon.is_daemon() && child_is_one.load(Relaxed));
        assert!(!Thread::new(|| ()).is_daemon());
    });
}

#[test]
fn a_program_waits_for_all_it_has_started_but_not_for_daemons() {
    let (daemon_ends, ended) = (Arc::new(Event::new()), Arc::new(AtomicUsize::new(0)));
    let (waits, count) = (daemon_ends.clone(), ended.clone());
    let daemon = Thread::run_main(move || {
        let daemon = Thread::new(move || waits.wait());
        daemon.set_daemon(true).unwrap();
        daemon.start().unwrap();
        started(move || {
            std::thread::sleep(SOON);
            let counted = count.clone();
            // By a thread that outlives the main thread.
            started(move || {
                std::thread::sleep(SOON);
                counted.fetch_add(1, Relaxed);
            });
            count.fetch_add(1, Relaxed);
        });
        daemon
    });
    assert_eq!(ended.load(Relaxed), 2);
    assert!(daemon.is_alive());
    daemon_ends.set();
    assert_eq!(daemon.join(), Ok(Ran));
}

#[test]
fn a_program_whose_main_panics_waits_too_and_passes_the_panic_on() {
    let done = Arc::new(AtomicBool::new(false));
    let note = done.clone();
    let caught = catch_unwind(|| {
        Thread::run_main(move || {
            started(move || {
                std::thread::sleep(SOON);
                note.store(true, Relaxed);
            });
            resume_unwind(Box::new("main's"));
        })
    });
    assert!(done.load(Relaxed));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"main's"));
}

#[test]
fn the_main_thread_can_be_joined_and_ends_before_the_program_waits_for_the_others() {
    let outcomes = Arc::new(Lock::new(Vec::new()));
    for panics in [false, true] {
        let note = outcomes.clone();
        let _ = catch_unwind(|| {
            Thread::run_main(move || {
                let main = Thread::main();
                assert_eq!((Thread::current(), main.name()), (main, "MainThread".into()));
                started(move || {
                    let main = Thread::main();
                    note.lock().push(main.join());
                    assert!(!Thread::enumerate().contains(&main));
                });
                if panics {
                    resume_unwind(Box::new(()));
                }
            })
        });
    }
    assert_eq!(*outcomes.lock(), [Ok(Ran), Ok(Panicked)]);
}

#[test]
fn a_program_inside_a_program_has_threads_of_its_own_and_gives_the_outer_one_back() {
    Thread::run_main(|| {
        let outer = Thread::main();
        outer.set_name("outer");
        Thread::run_main(|| {
            assert_ne!(Thread::main(), outer);
            assert_eq!((Thread::main().name(), Thread::active_count()), ("MainThread".into(), 1));
            assert_eq!(Thread::new(|| ()).name(), "Thread-1");
        });
        assert_eq!((Thread::current(), Thread::main()), (outer.clone(), outer));
        assert_eq!(Thread::new(|| ()).name(), "Thread-1");
        assert_eq!(Thread::named("x", || ()).name(), "x");
        assert_eq!(Thread::new(|| ()).name(), "Thread-2");
    });
}

#[test]
fn a_thread_from_elsewhere_is_a_daemon_with_a_name_until_it_ends() {
    // If nobody has been the main thread outside of any program, this one is.
    let main = Thread::main();
    assert_eq!(main.name(), "MainThread");
    let stranger = std::thread::spawn(|| {
        let me = Thread::current();
        assert_eq!(me, Thread::current());
        assert!(me.name().starts_with("Dummy-"), "{me:?}");
        assert!(me.is_daemon() && me.is_alive() && Thread::enumerate().contains(&me));
        assert_eq!(me.set_daemon(false), Err(AlreadyStarted));
        assert_eq!(me.start(), Err(AlreadyStarted));
        assert!(Thread::new(|| ()).is_daemon());
        me
    });
    let stranger = stranger.join().unwrap();
    assert_eq!(stranger.join(), Ok(Ran));
    assert!(!Thread::enumerate().contains(&stranger));
}

#[test]
fn the_name_is_the_one_that_std_knows_at_the_start_and_can_change_later() {
    let seen = Arc::new(Lock::new(None));
    let note = seen.clone();
    let thread = Thread::named("before", move || {
        *note.lock() = std::thread::current().name().map(str::to_owned);
        Thread::current().set_name("after");
    });
    thread.start().unwrap();
    thread.join().unwrap();
    assert_eq!((seen.lock().as_deref(), thread.name()), (Some("before"), "after".to_owned()));
}

#[test]
fn a_thread_that_the_system_refuses_was_not_started_and_can_be_later() {
    Thread::run_main(|| {
        let ran = Arc::new(AtomicBool::new(false));
        let note = ran.clone();
        let thread = Thread::named("a zero byte: \0", move || note.store(true, Relaxed));
        assert!(catch_unwind(AssertUnwindSafe(|| thread.start())).is_err());
        assert_eq!((thread.state(), Thread::active_count()), (ThreadState::New, 1));
        assert_eq!(joins(&thread), [Err(NotStarted); 4]);
        thread.set_name("without");
        thread.start().unwrap();
        assert_eq!(thread.join(), Ok(Ran));
        assert!(ran.load(Relaxed));
    });
}

#[test]
fn a_thread_that_joins_one_that_the_system_refuses_is_not_left_to_wait() {
    let thread = Thread::named("a zero byte: \0", || ());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                assert_eq!(thread.join_for(Duration::from_secs(30)), Err(NotStarted));
            }
        });
        for _ in 0..300 {
            assert!(catch_unwind(AssertUnwindSafe(|| thread.start())).is_err());
        }
        over.store(true, SeqCst);
    });
    assert_eq!(thread.state(), ThreadState::New);
}

#[test]
fn what_the_function_holds_is_dropped_before_a_join_returns_though_it_panics() {
    let held = Arc::new(());
    for panics in [false, true] {
        let hold = held.clone();
        let thread = started(move || {
            let _hold = hold;
            if panics {
                resume_unwind(Box::new(()));
            }
        });
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&held), 1);
    }
    // Also if it is never started.
    let hold = held.clone();
    drop(Thread::new(move || drop(hold)));
    assert_eq!(Arc::strong_count(&held), 1);
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        resume_unwind(Box::new(()));
    }
}

#[test]
fn a_panic_goes_to_the_hook_while_the_thread_is_alive_and_no_further() {
    Thread::run_main(|| {
        let seen = Arc::new(Lock::new(Vec::new()));
        let note = seen.clone();
        let report = move |thread: &Thread, payload: &(dyn Any + Send)| {
            assert_eq!((&Thread::current(), thread.is_alive()), (thread, true));
            let text = payload.downcast_ref::<&str>().copied().unwrap_or("another type");
            note.lock().push(format!("{}: {text}", thread.name()));
            resume_unwind(Box::new("the hook's own"));
        };
        Thread::set_panic_hook(report);
        let panics = started(|| resume_unwind(Box::new("first")));
        assert_eq!((panics.join(), panics.try_join()), (Ok(Panicked), Ok(Some(Panicked))));
        let throws_a_bomb = started(|| resume_unwind(Box::new(PanicsOnDrop)));
        assert_eq!(throws_a_bomb.join(), Ok(Panicked));
        assert_eq!(*seen.lock(), ["Thread-1: first", "Thread-2: another type"]);
        // Replaced by one that does nothing. A thread that does not panic is not reported.
        Thread::set_panic_hook(|_, _| ());
        assert_eq!(started(|| resume_unwind(Box::new(()))).join(), Ok(Panicked));
        assert_eq!(started(|| ()).join(), Ok(Ran));
        assert_eq!((seen.lock().len(), Thread::active_count()), (2, 1));
    });
}

#[test]
fn a_timed_join_takes_at_least_its_time_and_no_deadline_is_early() {
    let (thread, end) = waiting();
    thread.start().unwrap();
    let start = Instant::now();
    assert_eq!(thread.join_for(SOON), Ok(None));
    assert!(start.elapsed() >= SOON);
    let deadline = Instant::now() + SOON;
    assert_eq!(thread.join_until(deadline), Ok(None));
    assert!(Instant::now() >= deadline);
    end.set();
    assert_eq!(thread.join_for(Duration::from_secs(1 << 40)), Ok(Some(Ran)));
}

#[test]
fn all_that_join_a_thread_go_on_when_it_ends() {
    let (thread, end) = waiting();
    thread.start().unwrap();
    let joiners: Vec<_> = (0..8)
        .map(|number| {
            let thread = thread.clone();
            let limit = if number % 2 == 0 { Duration::MAX } else { Duration::from_secs(60) };
            std::thread::spawn(move || thread.join_for(limit))
        })
        .collect();
    std::thread::sleep(SOON);
    assert_eq!(thread.try_join(), Ok(None));
    end.set();
    for joiner in joiners {
        assert_eq!(joiner.join().unwrap(), Ok(Some(Ran)));
    }
}

/// Asks until it is so.
fn becomes(thread: &Thread, state: ThreadState) {
    let patience = Instant::now() + Duration::from_secs(30);
    while thread.state() != state {
        assert!(Instant::now() < patience, "{thread:?} does not become {state:?}");
        std::thread::yield_now();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn linux_says_which_threads_are_blocked() {
    let go_on = Arc::new(Event::new());
    let stop = Arc::new(AtomicBool::new(false));
    let (waits, stopped) = (go_on.clone(), stop.clone());
    // A name that looks as if the state came next.
    let thread = Thread::named("x) R (", move || {
        waits.wait();
        while !stopped.load(Relaxed) {
            std::hint::spin_loop();
        }
    });
    assert_eq!(thread.state(), ThreadState::New);
    thread.start().unwrap();
    becomes(&thread, ThreadState::Blocked);
    assert!(format!("{thread:?}").contains("state: Running"));
    go_on.set();
    becomes(&thread, ThreadState::Running);
    stop.store(true, Relaxed);
    thread.join().unwrap();
    assert_eq!(thread.state(), ThreadState::Dead);
    assert_eq!(Thread::current().state(), ThreadState::Running);
}

#[test]
fn many_threads_that_start_others_are_all_waited_for() {
    fn branch(depth: u32, count: &Arc<AtomicUsize>) {
        count.fetch_add(1, SeqCst);
        for _ in 0..if depth == 0 { 0 } else { 3 } {
            let count = count.clone();
            started(move || branch(depth - 1, &count));
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    Thread::run_main(|| branch(4, &count));
    assert_eq!(count.load(SeqCst), 1 + 3 + 9 + 27 + 81);
}

#[test]
fn a_handle_is_two_words_and_a_program_that_has_ended_is_freed() {
    assert_eq!(size_of::<Thread>(), 2 * size_of::<usize>());
    let held = Arc::new(());
    let hold = held.clone();
    Thread::run_main(|| {
        // A hook is gone with its program, and the threads are.
        Thread::set_panic_hook(move |_, _| _ = &hold);
        started(|| ());
    });
    // The thread has ended, and may still be about to let go of it.
    let patience = Instant::now() + Duration::from_secs(30);
    while Arc::strong_count(&held) > 1 {
        assert!(Instant::now() < patience, "the program is still there");
        std::thread::yield_now();
    }
}

/// Runs this very test in a process of its own, in which `ROLE` is set, to its good end.
fn in_a_process(test: &str, role: &str, stderr: Stdio) -> Output {
    let (_, module) = module_path!().split_once("::").unwrap();
    let path = format!("{module}::{test}");
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&path, "--exact", "--nocapture", "--test-threads=1"])
        .env("ROLE", role)
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .and_then(Child::wait_with_output)
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// What such a process prints. It may not complain.
fn printed(test: &str, role: &str) -> String {
    let output = in_a_process(test, role, Stdio::piped());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_process_ends_when_only_daemons_are_left_and_they_are_left_in_the_middle() {
    // What the process of the test does, as a program whose `main` is this.
    let Ok(role) = std::env::var("ROLE") else {
        const TEST: &str =
            "a_process_ends_when_only_daemons_are_left_and_they_are_left_in_the_middle";
        let left_behind = printed(TEST, "daemon");
        assert!(left_behind.contains("begins") && left_behind.contains("main ends"));
        assert!(!left_behind.contains("writes"), "{left_behind}");
        let waited_for = printed(TEST, "thread");
        assert!(waited_for.contains("main ends") && waited_for.contains("writes"), "{waited_for}");
        return;
    };
    Thread::run_main(|| {
        let begun = Arc::new(Event::new());
        let begins = begun.clone();
        let writer = Thread::new(move || {
            println!("begins");
            begins.set();
            // For the daemon this is longer than the process lives.
            let daemon = Thread::current().is_daemon();
            std::thread::sleep(if daemon { Duration::from_secs(600) } else { SOON });
            println!("writes");
        });
        writer.set_daemon(role == "daemon").unwrap();
        writer.start().unwrap();
        begun.wait();
        println!("main ends");
    });
    std::process::exit(0);
}

#[test]
fn a_process_ends_well_though_many_daemons_are_at_work() {
    let Ok(_) = std::env::var("ROLE") else {
        const TEST: &str = "a_process_ends_well_though_many_daemons_are_at_work";
        let left_behind = printed(TEST, "works");
        assert!(left_behind.contains("main ends"));
        assert!(!left_behind.contains("tired"), "{left_behind}");
        return;
    };
    Thread::run_main(|| {
        let begun = Arc::new(AtomicUsize::new(0));
        for _ in 0..40 {
            let begins = begun.clone();
            let works = move || {
                let program = std::env::current_exe().unwrap();
                let begin = Instant::now();
                for round in 0.. {
                    // Longer than the process lives.
                    if begin.elapsed() > Duration::from_secs(10) {
                        return println!("tired");
                    }
                    // Files, memory, and threads: what a process takes down at its end.
                    assert!(std::fs::metadata(&program).unwrap().len() > 0);
                    started(|| std::thread::sleep(Duration::from_micros(100))).join().unwrap();
                    begins.fetch_add(usize::from(round == 0), SeqCst);
                }
            };
            let daemon = Thread::new(works);
            daemon.set_daemon(true).unwrap();
            daemon.start().unwrap();
        }
        while begun.load(SeqCst) < 40 {
            std::thread::yield_now();
        }
        println!("main ends");
    });
    std::process::exit(0);
}

#[test]
fn a_panic_is_printed_with_the_name_of_its_thread_and_is_none_of_the_programs() {
    let Ok(role) = std::env::var("ROLE") else {
        const TEST: &str =
            "a_panic_is_printed_with_the_name_of_its_thread_and_is_none_of_the_programs";
        let output = in_a_process(TEST, "panics", Stdio::piped());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("thread 'a worker'") && told.contains("on purpose"), "{told}");
        let output = in_a_process(TEST, "panics in the hook too", Stdio::piped());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("on purpose") && told.contains("the hook's own"), "{told}");
        // Nobody reads it. That is no reason for another end.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        in_a_process(TEST, "panics", writer.into());
        return;
    };
    Thread::run_main(|| {
        if role == "panics in the hook too" {
            Thread::set_panic_hook(|_, _| panic!("the hook's own"));
        }
        let worker = Thread::named("a worker", || panic!("on purpose"));
        worker.start().unwrap();
        assert_eq!(worker.join(), Ok(Panicked));
    });
    std::process::exit(0);
}

#[test]
fn the_first_thread_outside_of_any_program_is_its_main_thread_whichever_that_is() {
    let Ok(_) = std::env::var("ROLE") else {
        const TEST: &str =
            "the_first_thread_outside_of_any_program_is_its_main_thread_whichever_that_is";
        assert!(printed(TEST, "first").contains("main ends"));
        return;
    };
    let first = std::thread::spawn(|| {
        assert_eq!(Thread::current(), Thread::main());
        (Thread::main(), Thread::main().name())
    });
    let (first, name) = first.join().unwrap();
    assert_eq!(name, "MainThread");
    assert!(!first.is_alive());
    assert_eq!(Thread::main(), first);
    assert!(Thread::current() != first && Thread::current().is_daemon());
    println!("main ends");
    std::process::exit(0);
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Asks, when its thread drops its thread-locals, what can be asked then.
struct Last(Thread, Arc<Lock<Option<ThreadState>>>);

impl Drop for Last {
    fn drop(&mut self) {
        // Whether this comes before the end or after is for the system to say. It is no panic.
        let _ = (self.0.try_join(), self.0.is_alive());
        *self.1.lock() = Some(self.0.state());
    }
}

#[test]
fn a_thread_can_be_asked_about_by_what_is_dropped_with_its_thread_locals() {
    let noted = Arc::new(Lock::new(None));
    let note = noted.clone();
    let stranger = std::thread::spawn(move || {
        let me = Thread::current();
        LAST.set(Some(Last(me.clone(), note)));
        me
    });
    let stranger = stranger.join().unwrap();
    assert_eq!(stranger.join(), Ok(Ran));
    assert!(noted.lock().is_some());
}
