//! The exercises of the chapter on the lock: answers, wrong and right.

use crate::ch01_to_ch03::exercises::two;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::time::{Duration, Instant};
use primitives::platform::{futex, name, thread};
use std::sync::Arc;

const UNLOCKED: u32 = 0;
const LOCKED: u32 = 1;
const CONTENDED: u32 = 2;

/// The word of a lock, with the ways in and out that the exercises ask for.
#[derive(Default)]
pub struct Word(AtomicU32);

impl Word {
    fn lock(&self) {
        if self.0.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_err() {
            while self.0.swap(CONTENDED, Acquire) != UNLOCKED {
                futex::wait(&self.0, CONTENDED);
            }
        }
    }

    // ANCHOR: unlock
    /// Wakes whoever waits, then unlocks.
    pub fn wake_and_unlock(&self) {
        futex::wake_one(&self.0);
        self.0.store(UNLOCKED, Release);
    }

    /// Looks whether somebody waits, unlocks, then wakes.
    pub fn look_unlock_and_wake(&self) {
        let contended = self.0.load(Relaxed) == CONTENDED;
        self.0.store(UNLOCKED, Release);
        if contended {
            futex::wake_one(&self.0);
        }
    }
    // ANCHOR_END: unlock

    /// As the library does.
    pub fn swap_and_wake(&self) {
        if self.0.swap(UNLOCKED, Release) == CONTENDED {
            futex::wake_one(&self.0);
        }
    }

    // ANCHOR: look_and_set
    /// Takes the lock if it is free. Says whether it did.
    pub fn look_and_set(&self) -> bool {
        let free = self.0.load(Acquire) == UNLOCKED;
        if free {
            self.0.store(LOCKED, Relaxed);
        }
        free
    }
    // ANCHOR_END: look_and_set

    // ANCHOR: swap
    /// Takes the lock if it is free. Says whether it did.
    pub fn try_with_a_swap(&self) -> bool {
        self.0.swap(LOCKED, Acquire) == UNLOCKED
    }
    // ANCHOR_END: swap

    // ANCHOR: take
    /// Takes the lock if it is free, and else leaves the word as it is.
    pub fn take(&self) -> bool {
        self.0.compare_exchange(UNLOCKED, LOCKED, Acquire, Relaxed).is_ok()
    }
    // ANCHOR_END: take

    fn unlock_two_states(&self) {
        self.0.store(UNLOCKED, Release);
        futex::wake_one(&self.0);
    }

    // ANCHOR: timed
    /// Waits until the deadline at most. Says whether it has the lock.
    pub fn lock_after_one_wait(&self, deadline: Instant) -> bool {
        if self.take() {
            return true;
        }
        let woken = futex::wait_until(&self.0, LOCKED, Some(deadline)).is_ok();
        woken && self.take()
    }
    // ANCHOR_END: timed

    // ANCHOR: timed_right
    /// Waits until the deadline at most. Says whether it has the lock.
    pub fn lock_until(&self, deadline: Instant) -> bool {
        while !self.take() {
            if futex::wait_until(&self.0, LOCKED, Some(deadline)).is_err() {
                return false;
            }
        }
        true
    }
    // ANCHOR_END: timed_right
}

/// A number that the word keeps apart, in two accesses: what was not seen is lost.
#[derive(Default)]
struct Guarded {
    word: Word,
    number: AtomicU32,
}

impl Guarded {
    fn named() -> Arc<Self> {
        let guarded = Arc::new(Self::default());
        name(&guarded.word.0, "the lock");
        name(&guarded.number, "the number");
        guarded
    }

    fn add(&self) {
        self.number.store(self.number.load(Relaxed) + 1, Relaxed);
    }
}

/// Ann and Ben lock, add one, and unlock in the way that is given. Returns what they counted.
pub fn locked_and_unlocked(unlock: fn(&Word)) -> u32 {
    let guarded = Guarded::named();
    let add = move |guarded: &Guarded| {
        guarded.word.lock();
        guarded.add();
        unlock(&guarded.word);
    };
    two(&guarded, add, add);
    guarded.number.load(Relaxed)
}

/// Ann adds one under the lock, twice. Ben adds one if he has the lock in time. Returns how it went
/// with Ben, and what they counted.
pub fn in_time(lock_until: fn(&Word, Instant) -> bool) -> (&'static str, u32) {
    let guarded = Guarded::named();
    let ann = |guarded: &Guarded| {
        for _ in 0..2 {
            while !guarded.word.take() {
                futex::wait(&guarded.word.0, LOCKED);
            }
            guarded.add();
            guarded.word.unlock_two_states();
        }
    };
    let ben = move |guarded: &Guarded| {
        let deadline = Instant::now() + Duration::from_millis(10);
        if lock_until(&guarded.word, deadline) {
            guarded.add();
            guarded.word.unlock_two_states();
            "in time"
        } else if Instant::now() >= deadline {
            "time over"
        } else {
            "gave up too early"
        }
    };
    let ((), how) = two(&guarded, ann, ben);
    (how, guarded.number.load(Relaxed))
}

/// Ann and Ben add one if they find the lock free. Whether each did, and what they counted.
pub fn tried(take: fn(&Word) -> bool) -> (bool, bool, u32) {
    let guarded = Guarded::named();
    let add = move |guarded: &Guarded| {
        let mine = take(&guarded.word);
        if mine {
            guarded.add();
        }
        mine
    };
    // Nobody unlocks: only one of the two can have found it free.
    let (ann, ben) = two(&guarded, add, add);
    (ann, ben, guarded.number.load(Relaxed))
}

/// Ann and Ben add one under the lock. Main adds one if it finds the lock free. Whether all that
/// was added was counted.
pub fn tried_beside_two(take: fn(&Word) -> bool) -> bool {
    let guarded = Guarded::named();
    let add = |guarded: &Guarded| {
        guarded.word.lock();
        guarded.add();
        guarded.word.swap_and_wake();
    };
    let threads = ["Ann", "Ben"].map(|name| {
        let guarded = guarded.clone();
        thread::spawn(name, move || add(&guarded))
    });
    let mine = take(&guarded.word);
    if mine {
        guarded.add();
        guarded.word.swap_and_wake();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    guarded.number.load(Relaxed) == 2 + u32::from(mine)
}
