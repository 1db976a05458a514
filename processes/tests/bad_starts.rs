//! What a process does that is started by another program than its own, or by one of another
//! version.

use crate::tests;
use processes::{MessageError, Process, ProcessOutcome, Start, StartError};
use rustix::process::{Pid, Signal, kill_process};
use std::env::current_exe;
use std::fs::{read_dir, read_to_string};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio, exit, id};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::Duration;

tests![
    a_process_says_which_function_it_has_not,
    a_process_refuses_a_start_of_another_version,
    a_process_refuses_a_start_that_is_cut_off_after_any_byte,
    a_process_refuses_arguments_that_are_not_its_functions,
    a_process_refuses_to_be_started_by_hand,
    a_process_whose_parent_has_ended_calls_nothing,
    a_process_that_is_killed_at_any_moment_of_its_start_is_an_error_or_has_ended,
];

fn greets(name: String) {
    print!("hello, {name}");
}
processes::register!(greets, takes, starts_and_kills);

/// The bytes of a start as the library makes them: strings have their lengths before them.
fn start_of(function: &str, arguments: &[u8]) -> Vec<u8> {
    let string = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let job = [&string("Ann")[..], &string(function), arguments].concat();
    let length = (job.len() as u64).to_le_bytes();
    [b"ILVM", &1_u32.to_le_bytes()[..], &length, &job].concat()
}

const GREETS: &str = "all::bad_starts::greets";

/// Exit code, output and errors of this program, if it is started with these bytes.
fn started_with(bytes: &[u8], parent: u32) -> (Option<i32>, String, String) {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let child = Command::new(current_exe().unwrap())
        .arg(format!("--process-of={parent}"))
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may refuse before all has been written.
    let _ = ours.write_all(bytes);
    drop(ours);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn refusal(bytes: &[u8]) -> String {
    let (code, output, errors) = started_with(bytes, id());
    assert_eq!((code, output.as_str()), (Some(2), ""), "{errors}");
    assert!(errors.starts_with("a process could not begin: "), "{errors}");
    errors
}

fn a_process_says_which_function_it_has_not() {
    // As it should be, and with one letter wrong.
    let good = started_with(&start_of(GREETS, b"\x03Ben"), id());
    assert_eq!(good, (Some(0), "hello, Ben".to_owned(), String::new()));
    let text = refusal(&start_of("all::bad_starts::greet", b"\x03Ben"));
    assert!(text.contains("the function `all::bad_starts::greet` is not registered"), "{text}");
}

fn a_process_refuses_a_start_of_another_version() {
    let mut bytes = start_of(GREETS, b"\x03Ben");
    bytes[4] = 7;
    let text = refusal(&bytes);
    assert!(text.contains("version 7, where this program has version 1"), "{text}");
}

fn a_process_refuses_a_start_that_is_cut_off_after_any_byte() {
    let bytes = start_of(GREETS, b"\x03Ben");
    for cut in 0..bytes.len() {
        let text = refusal(&bytes[..cut]);
        let error = match cut {
            0 => MessageError::Closed,
            got => MessageError::Truncated { got },
        };
        assert!(text.trim_end().ends_with(&error.to_string()), "after {cut}: {text}");
    }
}

fn a_process_refuses_arguments_that_are_not_its_functions() {
    let text = refusal(&start_of(GREETS, b"\x20Ben"));
    assert!(text.contains("the arguments do not travel: no bytes of such a value"), "{text}");
}

fn a_process_refuses_to_be_started_by_hand() {
    let mut command = Command::new(current_exe().unwrap());
    let output = command.arg(format!("--process-of={}", id())).stdin(Stdio::null()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("a process could not begin: "), "{errors}");
}

fn a_process_whose_parent_has_ended_calls_nothing() {
    // Number 1 is not our parent, nor is it the parent of what we start.
    let (code, output, _) = started_with(&start_of(GREETS, b"\x03Ben"), 1);
    assert_eq!((code, output.as_str()), (Some(2), ""));
}

fn takes(_text: String) {
    sleep(Duration::MAX);
}

/// All children of this process, whichever thread has started them.
fn children() -> Vec<Pid> {
    let threads = read_dir("/proc/self/task").unwrap();
    let of = |thread: std::fs::DirEntry| read_to_string(thread.path().join("children"));
    let texts: Vec<_> = threads.flatten().flat_map(of).collect();
    let numbers = texts.iter().flat_map(|text| text.split_whitespace());
    numbers.filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// Starts processes, and kills each of its children, the fork server too, some time after it began.
/// In a process of its own, which has no others.
fn starts_and_kills() {
    let mut gone = 0;
    for round in 0..60 {
        let start = Start::ALL[round % Start::ALL.len()];
        let has_ended = AtomicBool::new(false);
        scope(|scope| {
            scope.spawn(|| {
                while !has_ended.load(Relaxed) {
                    sleep(Duration::from_micros(97 * round as u64));
                    children().into_iter().for_each(|child| _ = kill_process(child, Signal::KILL));
                }
            });
            // More than the line holds: it can be killed in the middle of its arguments.
            let ended = Process::start(start, takes, ("x".repeat(1 << 20),)).map(|one| one.join());
            has_ended.store(true, Relaxed);
            match ended {
                Ok(ProcessOutcome::Killed(9)) => {}
                // Nobody is left to tell: its parent was the fork server.
                Ok(ProcessOutcome::Lost) if start == Start::ForkServer => {}
                Err(StartError::Gone(MessageError::Closed | MessageError::Truncated { .. })) => {
                    gone += 1;
                }
                other => panic!("{start:?}: {other:?}"),
            }
        });
    }
    exit(if gone > 0 { 0 } else { 1 });
}

fn a_process_that_is_killed_at_any_moment_of_its_start_is_an_error_or_has_ended() {
    let all = Process::start(Start::Spawn, starts_and_kills, ()).unwrap();
    assert_eq!(all.join(), ProcessOutcome::Exited(0));
}
