//! A pool whose workers are killed at any moment, or send what is no answer.

use crate::tests;
use processes::{PoolBuilder, ProcessOutcome, ProcessPool, Start, TaskError, register};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{OpenOptions, read_dir, read_link, read_to_string};
use std::io::Write;
use std::process::exit;
use std::thread::{scope, sleep};
use std::time::Duration;

tests![
    workers_that_are_killed_at_any_moment_fail_their_task_alone_and_no_result_is_wrong,
    a_worker_that_sends_what_is_no_answer_fails_its_task_and_is_replaced,
];

fn doubled(numbers: Vec<u32>) -> Vec<u32> {
    numbers.into_iter().map(|number| 2 * number).collect()
}

fn workers_that_are_killed_at_any_moment_fail_their_task_alone_and_no_result_is_wrong() {
    let pool = ProcessPool::new(2).unwrap();
    // So many numbers that a pipe does not hold them: a kill finds half a message, too.
    let task = |number| vec![number; 100_000];
    let failed = scope(|scope| {
        let kills = scope.spawn(|| {
            for moment in 0..60 {
                sleep(Duration::from_micros(211 * moment));
                if let Some(pid) = pool.worker_pids().first() {
                    let pid = Pid::from_raw(pid.cast_signed()).unwrap();
                    // It may have ended just now.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
        });
        let mut failed = 0;
        while !kills.is_finished() {
            let results =
                [1, 2, 3, 4].map(|number| pool.apply_async(doubled, (task(number),)).unwrap());
            for (number, result) in (1..).zip(results) {
                match result.get() {
                    Ok(numbers) => assert!(numbers == task(2 * number)),
                    Err(TaskError::WorkerEnded(ProcessOutcome::Killed(9))) => failed += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
        failed
    });
    assert!(failed > 0, "no task was killed");
    assert_eq!(pool.apply(doubled, (vec![4],)), Ok(vec![8]));
}

/// Writes into what this worker answers by, and ends with this code or not at all.
fn writes_into_its_line(bytes: Vec<u8>, code: Option<i32>) {
    let mut lines = 0;
    for file in read_dir("/proc/self/fd").unwrap() {
        let file = file.unwrap();
        let number = file.file_name().into_string().unwrap();
        let is_pipe =
            read_link(file.path()).is_ok_and(|to| to.to_string_lossy().starts_with("pipe:"));
        let info = read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.map_or(0, |flags| u32::from_str_radix(flags.trim(), 8).unwrap());
        // A sender: for writing alone, and never waits.
        if is_pipe && flags & 0o4003 == 0o4001 {
            OpenOptions::new().write(true).open(file.path()).unwrap().write_all(&bytes).unwrap();
            lines += 1;
        }
    }
    assert_eq!(lines, 1);
    if let Some(code) = code {
        exit(code);
    }
    sleep(Duration::MAX);
}
register!(doubled, writes_into_its_line);

fn a_worker_that_sends_what_is_no_answer_fails_its_task_and_is_replaced() {
    let header = |version: u32, length: u64| {
        [b"ILVM", &version.to_le_bytes()[..], &length.to_le_bytes()].concat()
    };
    for start in Start::ALL {
        let pool = PoolBuilder::new(1).start(*start).build().unwrap();
        let killed = ProcessOutcome::Killed(9);
        for (bytes, code, outcome) in [
            (b"GET / HTTP/1.1\r\n\r\n".to_vec(), None, killed),
            (header(9, 1), None, killed),
            // Cut off in the header, behind it, and far from the end.
            (header(1, 1)[..7].to_vec(), Some(3), ProcessOutcome::Exited(3)),
            (header(1, 1), Some(4), ProcessOutcome::Exited(4)),
            (header(1, u64::MAX), Some(5), ProcessOutcome::Exited(5)),
        ] {
            let before = pool.worker_pids();
            let failed = pool.apply(writes_into_its_line, (bytes, code));
            assert_eq!(failed, Err(TaskError::WorkerEnded(outcome)), "{start:?}");
            assert_eq!(pool.apply(doubled, (vec![4],)), Ok(vec![8]));
            assert_ne!(pool.worker_pids(), before);
        }
    }
}
