//! Each story, as it is told and as it ends.

use libtest_mimic::{Arguments, Trial, run};
use machine_stories::STORIES;
use scenarios::{Expect, Search, Story, Variant};
use std::process::ExitCode;

fn main() -> ExitCode {
    processes::init();
    // The variants of a story one after another: they share its globals.
    let of = |story: &'static Story| {
        let name = format!("{}_is_told_as_it_declares", story.name.replace('-', "_"));
        Trial::test(name, || {
            story.variants.iter().for_each(|variant| is_told_as_it_declares(story, variant));
            Ok(())
        })
    };
    run(&Arguments::from_args(), STORIES.iter().map(of).collect()).exit_code()
}

const TASK: &str = "task #: from # to # tenths of a second";

/// What is said, with `#` for the numbers of processes and for times, and the outcome.
const TOLD: &[(&str, &[&str], &str)] = &[
    (
        "parent-and-child/called",
        &["MainProcess: I am process #", "MainProcess: I am process #, and my parent is #"],
        "one process",
    ),
    (
        "parent-and-child/not-joined",
        &["MainProcess: I am process #", "child: I am process #, and my parent is #"],
        "no exit code: the child has not ended",
    ),
    (
        "parent-and-child/started-and-joined",
        &[
            "MainProcess: I am process #",
            "child: I am process #, and my parent is #",
            "MainProcess: child ended with exit code 0",
        ],
        "exit code 0",
    ),
    (
        "three-ways-to-start/global",
        &[
            "Spawn: sees 0, its parent is this program",
            "Fork: sees 7, its parent is this program",
            "ForkServer: sees 0, its parent is the fork server",
        ],
        "Spawn 0, Fork 7, ForkServer 0",
    ),
    (
        "three-ways-to-start/argument",
        &[
            "Spawn: sees 7, its parent is this program",
            "Fork: sees 7, its parent is this program",
            "ForkServer: sees 7, its parent is the fork server",
        ],
        "Spawn 7, Fork 7, ForkServer 7",
    ),
    (
        "two-lists/a-copy-each",
        &[
            "Ann takes [5, 4, 3], and has [1, 2] left",
            "Ben takes [5, 4], and has [1, 2, 3] left",
            "the parent has [1, 2, 3, 4, 5] left",
        ],
        "[3, 4, 4, 5, 5] were taken",
    ),
    (
        "two-lists/a-fork-each",
        &[
            "Ann takes [5, 4, 3], and has [1, 2] left",
            "Ben takes [5, 4], and has [1, 2, 3] left",
            "the parent has [1, 2, 3, 4, 5] left",
        ],
        "[3, 4, 4, 5, 5] were taken",
    ),
    (
        "two-lists/handed-out",
        &["Ann takes [5, 3, 1]", "Ben takes [4, 2]", "the parent has [] left"],
        "[1, 2, 3, 4, 5] were taken",
    ),
    (
        "ping-pong-pipe/both-listen",
        &["the child waits for a message", "the parent waits for a message, 100ms in vain"],
        "nobody speaks",
    ),
    (
        "ping-pong-pipe/never-closed",
        &[
            "the parent says ping, and hears pong",
            "the parent waits for the child's end, 100ms in vain",
        ],
        "the child listens, and nobody will speak",
    ),
    (
        "ping-pong-pipe/closed",
        &[
            "the parent says ping, and hears pong",
            "the parent drops its end, and the child ended with exit code 0",
        ],
        "ping, pong, and the end",
    ),
    ("four-tasks-of-three/apply", &[TASK, TASK, TASK, TASK], "at most 1 at a time"),
    ("four-tasks-of-three/one-worker", &[TASK, TASK, TASK, TASK], "at most 1 at a time"),
    ("four-tasks-of-three/apply-async", &[TASK, TASK, TASK, TASK], "at most 4 at a time"),
    ("four-tasks-of-three/map", &[TASK, TASK, TASK, TASK], "at most 4 at a time"),
    (
        "fork-with-a-lock/held-by-another",
        &[
            "the other thread holds the lock",
            "it has released the lock: true",
            "the child waits for the lock in vain",
        ],
        "the child waits for the lock in vain",
    ),
    ("fork-with-a-lock/before-threads", &["the child has the lock"], "the child has the lock"),
    (
        "fork-with-a-lock/spawn",
        &[
            "the other thread holds the lock",
            "it has released the lock: true",
            "the child has the lock",
        ],
        "the child has the lock",
    ),
    (
        "fork-with-a-lock/fork-server",
        &[
            "the other thread holds the lock",
            "it has released the lock: true",
            "the child has the lock",
        ],
        "the child has the lock",
    ),
    (
        "lock-in-shared-memory/unlocked",
        &["Ann reads 0", "Ben reads 0 and writes 1", "Ann writes 1"],
        "two have added one each to 0, and it is 1",
    ),
    ("lock-in-shared-memory/locked", &["two processes add one, # times each"], "counted 2000"),
    (
        "lock-in-shared-memory/killed",
        &[
            "Ann is process #, has the lock, and has changed one half",
            "the next holder hears: process # has died",
            "it puts the value right: [1, 1]",
        ],
        "the next but one has nothing to hear",
    ),
    (
        "queue-of-three/nobody-takes",
        &["puts 1, 2 and 3", "put_for(4): the queue is full", "try_put(4): the queue is full"],
        "three are in it, and the fourth came back",
    ),
    (
        "queue-of-three/one-is-taken",
        &["puts 1, 2 and 3", "puts 4, when another process has taken 1"],
        "[2, 3, 4] are left",
    ),
    (
        "queue-of-three/taker-is-killed",
        &["puts 1, 2 and 3", "another process takes 1, and is killed", "gets 2", "gets 3"],
        "1 of 3 is gone, and the queue says so",
    ),
    ("three-downloads/in-turn", &["three downloads took # s"], "three files, 1 at a time"),
    ("three-downloads/threads", &["three downloads took # s"], "three files, 3 at a time"),
    ("three-downloads/loop", &["three downloads took # s"], "three files, 3 at a time"),
    (
        "blocking-in-the-loop/blocking-call",
        &["the device has said #, and meanwhile the heart beat 0 times"],
        "the heart stood still",
    ),
    (
        "blocking-in-the-loop/awaited",
        &["the device has said #, and meanwhile the heart beat 3 times"],
        "the heart beat on",
    ),
    (
        "blocking-in-the-loop/in-the-pool",
        &["the device has said #, and meanwhile the heart beat 3 times"],
        "the heart beat on",
    ),
    ("forgotten-await/forgotten", &["main has ended"], "nothing is saved"),
    ("forgotten-await/left-behind", &["main has ended"], "nothing is saved"),
    ("forgotten-await/awaited", &["main has ended"], "it is saved"),
    ("forgotten-await/task-awaited", &["does something else", "main has ended"], "it is saved"),
];

fn is_told_as_it_declares(story: &Story, variant: &Variant) {
    let name = format!("{}/{}", story.name, variant.name);
    let (_, lines, text) = TOLD.iter().find(|one| one.0 == name).expect("it is told here");
    let (said, outcome) = machine_stories::run(variant.run, false);
    // Times are the machine's, too.
    let digits = if lines.contains(&TASK) { 1 } else { 2 };
    let said: Vec<String> = said.iter().map(|line| without_numbers(line, digits)).collect();
    assert_eq!((&said[..], outcome.text.as_str()), (&owned(lines)[..], *text), "{name}");
    let does = if outcome.holds { Expect::Holds } else { Expect::Breaks };
    assert_eq!(does, variant.expect, "{name}");
    assert_eq!(variant.search, Search::WHOLE, "{name}: nothing is searched");
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// A line with `#` for numbers of so many digits and more. Those of processes have two at least.
fn without_numbers(line: &str, digits: usize) -> String {
    let of_a_process = |word: &str| {
        let number = word.trim_end_matches([',', ':']);
        number.len() >= digits && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let words = line.split(' ').map(|word| match of_a_process(word) {
        true => format!("#{}", word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')),
        false => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}
