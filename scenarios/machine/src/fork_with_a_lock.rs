//! A process forks while one of its threads holds a lock.
//!
//! The copy has the lock as it is, held, and one thread, which is not the one that holds it. So
//! nobody will ever release it there, whatever the parent does with its own.

use crate::say;
use primitives::Lock;
use processes::{Process, Sender, Start, pipe, register};
use scenarios::{Expect, Outcome, Search, Story, Variant};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

pub(crate) const STORY: Story = Story {
    name: "fork-with-a-lock",
    about: "a process forks while another of its threads holds a lock, which the child needs",
    seed: "–",
    variants: &[
        Variant {
            name: "held-by-another",
            about: "forks while the other thread holds the lock",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: || while_held(Start::Fork),
        },
        Variant {
            name: "before-threads",
            about: "forks first, and then starts the other thread",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: before_threads,
        },
        Variant {
            name: "spawn",
            about: "spawns while the other thread holds the lock: the child has a lock of its own",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || while_held(Start::Spawn),
        },
        Variant {
            name: "fork-server",
            about: "asks the fork server, which has no other threads",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || while_held(Start::ForkServer),
        },
    ],
};

/// How long the child waits for the lock. Without a limit it would be for ever.
const IN_VAIN: Duration = Duration::from_millis(200);

// ANCHOR: lock
static LOCK: Lock<()> = Lock::new(());

/// Sends whether it got the lock in time.
fn needs_the_lock(mut tell: Sender) {
    tell.send(&LOCK.try_lock_for(IN_VAIN).is_some()).unwrap();
}
register!(needs_the_lock);
// ANCHOR_END: lock

// ANCHOR: held
fn while_held(start: Start) -> Outcome {
    let (holds, held) = channel();
    let (release, released) = channel();
    let other = thread::spawn(move || {
        let lock = LOCK.lock();
        holds.send(()).unwrap();
        released.recv().unwrap();
        drop(lock);
    });
    held.recv().unwrap();
    say!("the other thread holds the lock");
    let (mut heard, tell) = pipe().unwrap();
    let child = Process::start(start, needs_the_lock, (tell,)).unwrap();
    // The child has what it has. That the lock is released here changes nothing there.
    release.send(()).unwrap();
    other.join().unwrap();
    say!("it has released the lock: {}", LOCK.try_lock().is_some());
    let got = heard.recv().unwrap();
    child.join();
    outcome(got)
}
// ANCHOR_END: held

// ANCHOR: before
fn before_threads() -> Outcome {
    let (mut heard, tell) = pipe().unwrap();
    let child = Process::start(Start::Fork, needs_the_lock, (tell,)).unwrap();
    let other = thread::spawn(|| drop(LOCK.lock()));
    let got = heard.recv().unwrap();
    child.join();
    other.join().unwrap();
    outcome(got)
}
// ANCHOR_END: before

fn outcome(got: bool) -> Outcome {
    let text = if got { "has the lock" } else { "waits for the lock in vain" };
    say!("the child {text}");
    Outcome::new(got, format!("the child {text}"))
}
