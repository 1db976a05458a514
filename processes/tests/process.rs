//! Processes: their ways to start and to end.

use crate::tests;
use processes::{
    Builder, MessageError, Process, ProcessOutcome, Receiver, Sender, Start, StartError,
    current_name, pipe, register,
};
use std::path::Path;
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

tests![
    a_process_ends_with_the_code_of_its_function,
    a_panic_is_exit_code_101,
    a_process_has_its_name_and_its_number,
    a_spawned_process_has_fresh_globals_and_a_fork_has_copies,
    a_timed_join_gives_up_and_a_later_one_hears_of_the_end,
    terminate_and_kill_end_a_process_by_their_signals,
    a_process_that_has_ended_is_gone_without_a_join,
    signals_to_a_process_that_has_ended_do_nothing,
    a_daemon_is_killed_when_its_handle_is_dropped,
    the_drop_of_another_waits_for_its_end,
    a_function_that_is_not_registered_starts_nothing,
    an_argument_that_cannot_be_sent_starts_nothing,
    arguments_of_a_megabyte_arrive,
    a_function_may_have_up_to_six_arguments,
    a_fork_cannot_wait_for_processes_of_its_parent,
    the_fork_server_is_spawned_anew_when_it_was_killed,
    many_processes_at_once,
];

/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_secs(100);

fn ends_with(code: i32) {
    if code != 0 {
        exit(code);
    }
}

fn panics(message: String) {
    std::panic::resume_unwind(Box::new(message));
}

fn sleeps() {
    sleep(LONG);
}

fn never_registered() {}

register!(ends_with, panics, sleeps);

fn a_process_ends_with_the_code_of_its_function() {
    for start in Start::ALL {
        for code in [0, 3] {
            let process = Process::start(*start, ends_with, (code,)).unwrap();
            assert_eq!(process.join(), ProcessOutcome::Exited(code), "{start:?}");
            assert_eq!(process.join_for(Duration::ZERO), Some(ProcessOutcome::Exited(code)));
            assert_eq!(process.exit_code(), Some(code));
            assert!(!process.is_alive());
        }
    }
}

fn a_panic_is_exit_code_101() {
    for start in Start::ALL {
        let process = Process::start(*start, panics, ("on purpose".to_owned(),)).unwrap();
        assert_eq!(process.join(), ProcessOutcome::Exited(101), "{start:?}");
    }
}

fn tells_of_itself(mut sender: Sender) {
    sender.send(&(current_name(), std::process::id())).unwrap();
}

fn a_process_has_its_name_and_its_number() {
    assert_eq!(current_name(), "MainProcess");
    for start in Start::ALL {
        let (mut receiver, sender) = pipe().unwrap();
        let named = Builder::new().name("Ann").start(*start, tells_of_itself, (sender,)).unwrap();
        let told = receiver.recv::<(String, u32)>().unwrap();
        assert_eq!(told, (named.name().to_owned(), named.pid()), "{start:?}");
        assert_eq!(told.0, "Ann");
    }
    let unnamed = Process::start(Start::Spawn, ends_with, (0,)).unwrap();
    assert!(unnamed.name().starts_with("Process-"));
}

static GLOBAL: AtomicU32 = AtomicU32::new(1);

fn tells_the_global(mut sender: Sender) {
    sender.send(&GLOBAL.load(Relaxed)).unwrap();
}

fn a_spawned_process_has_fresh_globals_and_a_fork_has_copies() {
    GLOBAL.store(2, Relaxed);
    for (start, sees) in [(Start::Spawn, 1), (Start::Fork, 2), (Start::ForkServer, 1)] {
        let (mut receiver, sender) = pipe().unwrap();
        let process = Process::start(start, tells_the_global, (sender,)).unwrap();
        assert_eq!(receiver.recv::<u32>().unwrap(), sees, "{start:?}");
        process.join();
    }
}

fn a_timed_join_gives_up_and_a_later_one_hears_of_the_end() {
    for start in Start::ALL {
        let process = Process::start(*start, sleeps, ()).unwrap();
        assert_eq!(process.try_join(), None);
        assert_eq!(process.exit_code(), None);
        let before = Instant::now();
        assert_eq!(process.join_for(Duration::from_millis(5)), None);
        assert_eq!(process.join_until(before + Duration::from_millis(10)), None);
        assert!(before.elapsed() >= Duration::from_millis(10));
        assert!(process.is_alive());
        process.kill();
        assert_eq!(process.join_for(Duration::MAX), Some(ProcessOutcome::Killed(9)), "{start:?}");
        assert_eq!(process.join_until(before), Some(ProcessOutcome::Killed(9)));
    }
}

fn terminate_and_kill_end_a_process_by_their_signals() {
    type End = fn(&Process);
    for start in Start::ALL {
        for (end, signal) in [(Process::terminate as End, 15), (Process::kill as End, 9)] {
            let process = Process::start(*start, sleeps, ()).unwrap();
            end(&process);
            assert_eq!(process.join(), ProcessOutcome::Killed(signal), "{start:?}");
            assert_eq!(process.exit_code(), Some(-signal));
        }
    }
}

/// Also a zombie has a folder there.
fn is_known_to_the_system(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn comes_true(what: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !what() {
        if start.elapsed() > LONG {
            return false;
        }
        sleep(Duration::from_millis(1));
    }
    true
}

fn a_process_that_has_ended_is_gone_without_a_join() {
    for start in Start::ALL {
        let process = Process::start(*start, ends_with, (0,)).unwrap();
        assert!(comes_true(|| !is_known_to_the_system(process.pid())), "{start:?}");
    }
}

fn signals_to_a_process_that_has_ended_do_nothing() {
    for start in Start::ALL {
        let process = Process::start(*start, ends_with, (0,)).unwrap();
        process.join();
        process.terminate();
        process.kill();
        assert_eq!(process.join(), ProcessOutcome::Exited(0), "{start:?}");
    }
}

fn a_daemon_is_killed_when_its_handle_is_dropped() {
    for start in Start::ALL {
        let daemon = Builder::new().daemon(true).start(*start, sleeps, ()).unwrap();
        assert!(daemon.is_daemon());
        let pid = daemon.pid();
        assert!(is_known_to_the_system(pid));
        drop(daemon);
        // The fork server sweeps up a little later.
        assert!(comes_true(|| !is_known_to_the_system(pid)), "{start:?}");
    }
}

fn sends_late(mut sender: Sender) {
    sleep(Duration::from_millis(20));
    sender.send("done").unwrap();
}

fn the_drop_of_another_waits_for_its_end() {
    for start in Start::ALL {
        let (mut receiver, sender) = pipe().unwrap();
        drop(Process::start(*start, sends_late, (sender,)).unwrap());
        assert!(receiver.poll(Duration::ZERO).unwrap(), "{start:?}");
        assert_eq!(receiver.recv::<String>().unwrap(), "done");
    }
}

fn a_function_that_is_not_registered_starts_nothing() {
    for start in [Start::Spawn, Start::ForkServer] {
        let error = Process::start(start, never_registered, ()).unwrap_err();
        assert!(matches!(error, StartError::NotRegistered(_)));
        let text = error.to_string();
        assert!(text.contains("never_registered") && text.contains("register!"), "{text}");
    }
    // A copy has the function itself, and needs no name.
    let copy = Process::start(Start::Fork, never_registered, ()).unwrap();
    assert_eq!(copy.join(), ProcessOutcome::Exited(0));
}

/// Cannot be made into bytes.
#[derive(serde::Deserialize)]
struct Unsendable;

impl serde::Serialize for Unsendable {
    fn serialize<S: serde::Serializer>(&self, _to: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

fn takes_it(_one: Unsendable) {}

fn an_argument_that_cannot_be_sent_starts_nothing() {
    for start in Start::ALL {
        let error = Process::start(*start, takes_it, (Unsendable,)).unwrap_err();
        assert!(matches!(error, StartError::Arguments(MessageError::Value(_))), "{error:?}");
    }
}

fn checks_length(text: String, length: usize) {
    assert_eq!(text.len(), length);
}

fn arguments_of_a_megabyte_arrive() {
    for start in Start::ALL {
        let text = "x".repeat(1 << 20);
        let length = text.len();
        let process = Process::start(*start, checks_length, (text, length)).unwrap();
        assert_eq!(process.join(), ProcessOutcome::Exited(0), "{start:?}");
    }
}

fn six(a: u8, b: u16, c: u32, d: u64, e: char, f: Option<String>) {
    assert_eq!((a, b, c, d, e, f.as_deref()), (1, 2, 3, 4, '5', Some("6")));
}

fn a_function_may_have_up_to_six_arguments() {
    for start in Start::ALL {
        let arguments = (1, 2, 3, 4, '5', Some("6".to_owned()));
        let process = Process::start(*start, six, arguments).unwrap();
        assert_eq!(process.join(), ProcessOutcome::Exited(0), "{start:?}");
    }
}

static OF_PARENT: primitives::Lock<Option<Process>> = primitives::Lock::new(None);

fn joins_another() {
    let process = OF_PARENT.lock();
    let joined = std::panic::catch_unwind(|| process.as_ref().unwrap().join());
    let message = *joined.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("only the process that has started"), "{message}");
}

fn a_fork_cannot_wait_for_processes_of_its_parent() {
    *OF_PARENT.lock() = Some(Process::start(Start::Spawn, sleeps, ()).unwrap());
    let fork = Process::start(Start::Fork, joins_another, ()).unwrap();
    assert_eq!(fork.join(), ProcessOutcome::Exited(0));
    OF_PARENT.lock().as_ref().unwrap().kill();
    *OF_PARENT.lock() = None;
}

fn kills_its_parent(mut told_to: Receiver) {
    told_to.recv::<()>().unwrap();
    let parent = rustix::process::getppid().unwrap();
    rustix::process::kill_process(parent, rustix::process::Signal::KILL).unwrap();
    sleep(LONG);
}

/// In a process of its own: others have a server of their own.
fn kills_its_server() {
    for _ in 0..2 {
        let (receiver, mut tell) = pipe().unwrap();
        let victim = Process::start(Start::ForkServer, kills_its_parent, (receiver,)).unwrap();
        tell.send(&()).unwrap();
        assert_eq!(victim.join(), ProcessOutcome::Lost);
    }
    let last = Process::start(Start::ForkServer, ends_with, (4,)).unwrap();
    assert_eq!(last.join(), ProcessOutcome::Exited(4));
}

fn the_fork_server_is_spawned_anew_when_it_was_killed() {
    let program = Process::start(Start::Spawn, kills_its_server, ()).unwrap();
    assert_eq!(program.join(), ProcessOutcome::Exited(0));
}

fn many_processes_at_once() {
    for start in Start::ALL {
        let start = |code| Process::start(*start, ends_with, (code,)).unwrap();
        let all: Vec<Process> = (0..30).map(start).collect();
        for (code, process) in (0..).zip(&all) {
            assert_eq!(process.join(), ProcessOutcome::Exited(code));
        }
    }
}

register!(
    tells_of_itself,
    tells_the_global,
    sends_late,
    takes_it,
    checks_length,
    six,
    kills_its_parent,
    kills_its_server,
);
