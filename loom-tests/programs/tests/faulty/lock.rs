use super::SOON;
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use loom_platform::futex;
use primitives::platform::time::{Duration, Instant};
use small_programs::subjects::lock::{Holder, Operation};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "an unlock wakes nobody",
    "a lock looks, and takes in a second step",
    "a time-out unlocks",
    "a try waits",
    "a call that timed out has taken the lock",
    "a thread that was woken believes that the lock is its own",
];

/// A word: 0 or 1.
pub struct Faulty<const FAULT: u8>(AtomicU32);

impl<const FAULT: u8> Faulty<FAULT> {
    fn take(&self) -> bool {
        if FAULT == 2 {
            let is_free = self.0.load(Acquire) == 0;
            if is_free {
                self.0.store(1, Relaxed);
            }
            return is_free;
        }
        self.0.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
    }

    fn lock(&self, limit: Option<Duration>) -> bool {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let mut woken = false;
        loop {
            if self.take() || FAULT == 6 && woken {
                return true;
            }
            let timed_out = match deadline {
                None => {
                    futex::wait(&self.0, 1);
                    false
                }
                Some(deadline) => futex::wait_until(&self.0, 1, Some(deadline)).is_err(),
            };
            woken = !timed_out;
            if timed_out {
                if FAULT == 3 {
                    self.unlock();
                }
                let taken = self.take();
                return taken && FAULT != 5;
            }
        }
    }

    fn unlock(&self) {
        self.0.store(0, Release);
        if FAULT != 1 {
            futex::wake_one(&self.0);
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Holder;
    type Held<'a> = bool;

    fn new(_: usize) -> Self {
        Self(AtomicU32::new(0))
    }

    fn call(&self, _: usize, operation: Operation, held: &mut bool) -> Answer {
        let got = match operation {
            Operation::Lock => {
                self.lock(None);
                *held = true;
                return Answer::Done;
            }
            Operation::TryLock if FAULT == 4 => self.lock(None),
            Operation::TryLock => self.0.compare_exchange(0, 1, AcqRel, Relaxed).is_ok(),
            Operation::TryLockFor => self.lock(Some(SOON)),
            Operation::Unlock => {
                let had = std::mem::take(held);
                if had {
                    self.unlock();
                }
                return if had { Answer::Yes } else { Answer::No };
            }
        };
        *held |= got;
        if got { Answer::Yes } else { Answer::No }
    }
}
