//! Parents are killed at random moments, and what is left of their children is counted.

use crate::tests;
use processes::{Builder, Process, ProcessOutcome, Start, register};
use rustix::process::{WaitOptions, set_child_subreaper, wait};
use std::hash::{BuildHasher, RandomState};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

tests![when_a_parent_is_killed_at_any_moment_nothing_is_left_of_its_children];

const ROUNDS: u32 = 40;

/// Children that nobody kills end by this: the test fails, and leaves nothing behind.
const LONG: Duration = Duration::from_secs(60);

/// A child that has a child.
fn child(start: Start, generations: u32) {
    let grandchild = (generations > 0).then(|| started(start, generations - 1));
    sleep(LONG);
    drop(grandchild);
}

fn started(start: Start, generations: u32) -> Process {
    Builder::new().daemon(true).start(start, child, (start, generations)).unwrap()
}

/// Starts children without end, from several threads, and ends some.
fn parent() {
    let start_more = |start: Start| {
        let mut children = Vec::new();
        loop {
            children.push(started(start, 1));
            if children.len() == 3 {
                drop(children.remove(1));
                children.remove(0).terminate();
            }
        }
    };
    let threads = Start::ALL.iter().map(|start| spawn(move || start_more(*start)));
    threads.collect::<Vec<_>>().into_iter().for_each(|one| one.join().unwrap());
}

/// Has all orphans below it as its own children, and looks whether they end.
fn judge(rounds: u32) {
    // Until the test ends, or dies.
    set_child_subreaper(rustix::process::Pid::from_raw(1)).unwrap();
    for round in 0..rounds {
        let parent = Process::start(Start::Spawn, parent, ()).unwrap();
        sleep(Duration::from_micros(RandomState::new().hash_one(round) % 30_000));
        parent.kill();
        assert_eq!(parent.join(), ProcessOutcome::Killed(9));
        let killed_at = Instant::now();
        let mut left = 0;
        // An error means that there is no child: none lives, and none is a zombie.
        while let Ok(ended) = wait(WaitOptions::NOHANG) {
            match ended {
                Some(_) => left += 1,
                None => sleep(Duration::from_micros(200)),
            }
            assert!(killed_at.elapsed() < LONG / 4, "round {round}: a child goes on");
        }
        println!("round {round}: {left} children ended with their parent");
    }
}

register!(child, parent, judge);

fn when_a_parent_is_killed_at_any_moment_nothing_is_left_of_its_children() {
    let judge = Process::start(Start::Spawn, judge, (ROUNDS,)).unwrap();
    assert_eq!(judge.join(), ProcessOutcome::Exited(0));
}
