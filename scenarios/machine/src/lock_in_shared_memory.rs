//! Two processes add to one counter in memory that both have.
//!
//! Memory that processes share brings back what they had got rid of: between the read and the write
//! of one comes the other. A lock in the same memory puts it right. But a process can be killed
//! while it holds the lock, and a thread cannot. So the next holder has to be told.

use crate::say;
use processes::{Process, SharedEvent, SharedLock, SharedMemory, Start, register, shareable};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) const STORY: Story = Story {
    name: "lock-in-shared-memory",
    about: "two processes add to one counter in memory that both have",
    seed: "000",
    variants: &[
        Variant {
            name: "unlocked",
            about: "between the read and the write of Ann comes Ben",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: unlocked,
        },
        Variant {
            name: "locked",
            about: "each holds a lock that is in the same memory, a thousand times",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: locked,
        },
        Variant {
            name: "killed",
            about: "Ann is killed with the lock in her hands, and the next is told",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: killed,
        },
    ],
};

// ANCHOR: board
shareable! {
    /// What the processes share.
    struct Board {
        count: AtomicU64,
        ann_has_read: SharedEvent,
        ben_has_written: SharedEvent,
    }
}
// ANCHOR_END: board

// ANCHOR: unlocked
fn ann(board: SharedMemory<Board>) {
    let seen = board.count.load(Relaxed);
    board.ann_has_read.set();
    board.ben_has_written.wait();
    board.count.store(seen + 1, Relaxed);
}

fn ben(board: SharedMemory<Board>) {
    board.ann_has_read.wait();
    let seen = board.count.load(Relaxed);
    board.count.store(seen + 1, Relaxed);
    board.ben_has_written.set();
}
// ANCHOR_END: unlocked

fn board() -> Board {
    Board {
        count: AtomicU64::new(0),
        ann_has_read: SharedEvent::new(),
        ben_has_written: SharedEvent::new(),
    }
}

fn unlocked() -> Outcome {
    let board = SharedMemory::new(board()).unwrap();
    let processes = [
        Process::start(Start::Spawn, ann, (board.try_clone().unwrap(),)).unwrap(),
        Process::start(Start::Spawn, ben, (board.try_clone().unwrap(),)).unwrap(),
    ];
    board.ann_has_read.wait();
    say!("Ann reads 0");
    board.ben_has_written.wait();
    say!("Ben reads 0 and writes 1");
    processes.into_iter().for_each(|process| _ = process.join());
    let count = board.count.load(Relaxed);
    say!("Ann writes {count}");
    Outcome::new(count == 2, format!("two have added one each to 0, and it is {count}"))
}

const ROUNDS: u64 = 1000;

// ANCHOR: locked
fn add(count: SharedMemory<SharedLock<u64>>) {
    for _ in 0..ROUNDS {
        *count.lock().unwrap() += 1;
    }
}

fn locked() -> Outcome {
    let count = SharedMemory::new(SharedLock::new(0)).unwrap();
    let processes =
        [(); 2].map(|()| Process::start(Start::Spawn, add, (count.try_clone().unwrap(),)).unwrap());
    processes.into_iter().for_each(|process| _ = process.join());
    let count = *count.lock().unwrap();
    // ANCHOR_END: locked
    say!("two processes add one, {ROUNDS} times each");
    Outcome::new(count == 2 * ROUNDS, format!("counted {count}"))
}

shareable! {
    /// Two numbers that are to be the same.
    struct Halves {
        halves: SharedLock<[u64; 2]>,
        halfway: SharedEvent,
    }
}

// ANCHOR: killed
fn halfway(shared: SharedMemory<Halves>) {
    let mut halves = shared.halves.lock().unwrap();
    halves[0] += 1;
    shared.halfway.set();
    std::thread::sleep(std::time::Duration::MAX);
    halves[1] += 1;
}

fn killed() -> Outcome {
    let halves = Halves { halves: SharedLock::new([0, 0]), halfway: SharedEvent::new() };
    let shared = SharedMemory::new(halves).unwrap();
    let ann = Process::start(Start::Spawn, halfway, (shared.try_clone().unwrap(),)).unwrap();
    shared.halfway.wait();
    say!("Ann is process {}, has the lock, and has changed one half", ann.pid());
    ann.kill();
    let died = shared.halves.lock().expect_err("it was held");
    say!("the next holder hears: process {} has died", died.process());
    let right = died.process() == ann.pid();
    let halves = *died.repair(|halves| halves[1] = halves[0]);
    say!("it puts the value right: {halves:?}");
    let again = shared.halves.lock().is_ok();
    // ANCHOR_END: killed
    Outcome::new(right && again, "the next but one has nothing to hear")
}
register!(ann, ben, add, halfway);
