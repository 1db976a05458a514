//! What the book's exercises on processes claim.

use crate::tests;
use processes::{
    Connection, Function, Process, ProcessOutcome, Sender, Start, duplex_pipe, pipe, register,
};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, test_kill_process, waitid};
use std::process::{Command, exit};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

tests![
    each_process_adds_to_a_global_of_its_own,
    two_that_send_first_wait_for_each_other_if_the_pipe_cannot_hold_it,
    a_zombie_keeps_its_number_until_its_parent_has_asked,
];

// ANCHOR: adds
static COUNT: AtomicU32 = AtomicU32::new(0);

fn adds(mut tell: Sender) {
    for _ in 0..1000 {
        COUNT.fetch_add(1, Relaxed);
    }
    tell.send(&COUNT.load(Relaxed)).unwrap();
}
// ANCHOR_END: adds

// ANCHOR: each_its_own
fn each_process_adds_to_a_global_of_its_own() {
    for start in Start::ALL {
        let children = [(), ()].map(|()| {
            let (heard, tell) = pipe().unwrap();
            (heard, Process::start(*start, adds, (tell,)).unwrap())
        });
        for (mut heard, child) in children {
            assert_eq!(heard.recv::<u32>().unwrap(), 1000, "{start:?}");
            child.join();
        }
    }
    assert_eq!(COUNT.load(Relaxed), 0);
}
// ANCHOR_END: each_its_own

// ANCHOR: sends_first
fn sends_first(mut line: Connection, length: usize) {
    if line.send_bytes(&vec![7; length]).is_err() || line.recv_bytes().is_err() {
        exit(1);
    }
}
// ANCHOR_END: sends_first

fn receives_first(mut line: Connection, length: usize) {
    if line.recv_bytes().is_err() || line.send_bytes(&vec![7; length]).is_err() {
        exit(1);
    }
}

register!(adds, sends_first, receives_first);

/// Two processes, one at each end of a pipe. The first sends first.
fn talk(
    other: impl Function<(Connection, usize), Output = ()>,
    length: usize,
) -> (Process, Process) {
    let (one_end, other_end) = duplex_pipe().unwrap();
    let one = Process::start(Start::Spawn, sends_first, (one_end, length)).unwrap();
    (one, Process::start(Start::Spawn, other, (other_end, length)).unwrap())
}

// ANCHOR: both_send
fn two_that_send_first_wait_for_each_other_if_the_pipe_cannot_hold_it() {
    const MEGABYTE: usize = 1 << 20;
    let in_vain = Duration::from_millis(100);

    for (one, other) in [talk(sends_first, 1000), talk(receives_first, MEGABYTE)] {
        assert_eq!(one.join(), ProcessOutcome::Exited(0));
        assert_eq!(other.join(), ProcessOutcome::Exited(0));
    }
    let (one, other) = talk(sends_first, MEGABYTE);
    assert_eq!(one.join_for(in_vain), None);
    assert_eq!(other.join_for(in_vain), None);
    // Only the death of one ends the wait of the other.
    one.kill();
    assert_eq!(other.join(), ProcessOutcome::Exited(1));
}
// ANCHOR_END: both_send

// ANCHOR: zombie
fn a_zombie_keeps_its_number_until_its_parent_has_asked() {
    let mut child = Command::new("true").spawn().unwrap();
    let number = Pid::from_child(&child);
    // Waits for the end, and leaves the zombie: the number is taken.
    waitid(WaitId::Pid(number), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
    assert_eq!(test_kill_process(number), Ok(()));
    // Waits, and removes the zombie: the number is free, and may be given to another process.
    child.wait().unwrap();
    assert_eq!(test_kill_process(number), Err(Errno::SRCH));
}
// ANCHOR_END: zombie
