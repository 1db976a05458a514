//! What a process does that is started by another program than its own, or by one of another
//! version.

use crate::tests;
use processes::MessageError;
use std::env::current_exe;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio, id};

tests![
    a_process_says_which_function_it_has_not,
    a_process_refuses_a_start_of_another_version,
    a_process_refuses_a_start_that_is_cut_off_after_any_byte,
    a_process_refuses_arguments_that_are_not_its_functions,
    a_process_refuses_to_be_started_by_hand,
    a_process_whose_parent_has_ended_calls_nothing,
];

fn greets(name: String) {
    print!("hello, {name}");
}
processes::register!(greets);

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
