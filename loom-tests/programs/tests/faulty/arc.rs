use super::yes;
use loom_platform::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};
use small_programs::subjects::arc::{Counts, Operation};
use small_programs::{Answer, Subject};

pub const FAULTS: [&str; 6] = [
    "a clone reads the count, and writes it in a second step",
    "a drop looks in a second step whether it was the last",
    "an upgrade does not ask whether there is an owner",
    "a change does not ask for weak ones",
    "a try to take the value drops its owner, though there is another",
    "of several threads that take the value none may get it",
];

/// The counts alone: nothing is owned, and nothing is freed too soon.
pub struct Faulty<const FAULT: u8> {
    /// Below the owners, above them the weak ones.
    counts: AtomicU32,
    dropped: AtomicU32,
}

/// How many a thread has.
pub struct Has {
    owners: u32,
    weak: u32,
}

impl Default for Has {
    fn default() -> Self {
        Self { owners: 1, weak: 0 }
    }
}

const WEAK: u32 = 1 << 16;

impl<const FAULT: u8> Faulty<FAULT> {
    fn owners(&self) -> u32 {
        self.counts.load(Acquire) % WEAK
    }

    /// Takes an owner away, if `may` says so of their number.
    fn let_go(&self, may: fn(u32) -> bool) -> Option<u32> {
        let mut now = self.counts.load(Acquire);
        while may(now % WEAK) {
            match self.counts.compare_exchange(now, now - 1, AcqRel, Acquire) {
                Ok(_) => return Some(now % WEAK),
                Err(other) => now = other,
            }
        }
        None
    }

    fn upgrade(&self) -> bool {
        let may_grow = |owners| owners > 0 || FAULT == 3;
        let mut now = self.counts.load(Acquire);
        while may_grow(now % WEAK) {
            match self.counts.compare_exchange(now, now + 1, AcqRel, Acquire) {
                Ok(_) => return true,
                Err(other) => now = other,
            }
        }
        false
    }

    fn take(&self) -> bool {
        if FAULT == 6 {
            let is_alone = self.owners() == 1;
            self.counts.fetch_sub(1, AcqRel);
            return is_alone;
        }
        self.let_go(|_| true) == Some(1)
    }

    fn drop_owner(&self) {
        let before = self.counts.fetch_sub(1, AcqRel) % WEAK;
        let is_last = if FAULT == 2 { self.owners() == 0 } else { before == 1 };
        if is_last {
            self.dropped.fetch_add(1, Release);
        }
    }
}

impl<const FAULT: u8> Subject for Faulty<FAULT> {
    type Specification = Counts;
    type Held<'a> = Has;

    fn new(threads: usize) -> Self {
        Self { counts: AtomicU32::new(threads as u32), dropped: AtomicU32::new(0) }
    }

    fn call(&self, _: usize, operation: Operation, has: &mut Has) -> Answer {
        match operation {
            Operation::Dropped => Answer::Number(self.dropped.load(Acquire)),
            Operation::Upgrade | Operation::DropWeak if has.weak == 0 => Answer::Over,
            Operation::Upgrade => {
                let upgraded = self.upgrade();
                has.owners += u32::from(upgraded);
                yes(upgraded)
            }
            Operation::DropWeak => {
                has.weak -= 1;
                self.counts.fetch_sub(WEAK, AcqRel);
                Answer::Done
            }
            _ if has.owners == 0 => Answer::Over,
            Operation::Clone => {
                has.owners += 1;
                if FAULT == 1 {
                    let now = self.counts.load(Acquire);
                    self.counts.store(now + 1, Release);
                } else {
                    self.counts.fetch_add(1, AcqRel);
                }
                Answer::Done
            }
            Operation::Downgrade => {
                has.weak += 1;
                self.counts.fetch_add(WEAK, AcqRel);
                Answer::Done
            }
            Operation::Drop => {
                has.owners -= 1;
                self.drop_owner();
                Answer::Done
            }
            Operation::IntoInner => {
                has.owners -= 1;
                yes(self.take())
            }
            Operation::TryUnwrap => {
                let taken = self.let_go(|owners| owners == 1).is_some();
                if !taken && FAULT == 5 {
                    self.counts.fetch_sub(1, AcqRel);
                }
                has.owners -= u32::from(taken || FAULT == 5);
                yes(taken)
            }
            Operation::GetMut => {
                let counts = self.counts.load(Acquire);
                yes(counts == 1 || FAULT == 4 && counts % WEAK == 1)
            }
            Operation::StrongCount => Answer::Number(self.owners()),
        }
    }
}
