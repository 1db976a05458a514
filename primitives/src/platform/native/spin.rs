//! How long a thread looks again before it sleeps.

/// Looks after a pause. Where a hint takes some 30 ns, as on many x86 processors, they outwait a
/// section of a few hundred nanoseconds; where it takes less, the yields do.
const PAUSES: u32 = 2;
/// Looks after a yield: the holder may be off the processor and need ours. With more of them, of four
/// threads on two cores, one was seen to have a core, and nearly all the operations, to itself.
const YIELDS: u32 = 4;

/// After so many exchanges lost in a row a thread lets another have its processor.
const LONGEST: u32 = 2;

/// How often the first in a line lets others overtake it while it wakes up. Each time costs it a sleep; each
/// time that it does not, all others wait for it to wake up.
pub const PATIENCE: u32 = 16;

/// A few looks after short pauses, then a few that let other threads run in between, then no more.
///
/// A sleep costs two system calls and a few microseconds. Most critical sections are shorter, so a
/// thread that finds a lock taken looks again before it sleeps.
#[derive(Debug, Default)]
pub struct Spin {
    looks: u32,
}

impl Spin {
    /// A fresh budget of looks.
    #[inline]
    pub const fn new() -> Self {
        Self { looks: 0 }
    }

    /// Waits a moment. `false` means that the budget is used up: go to sleep.
    #[inline]
    pub fn spin(&mut self) -> bool {
        if self.looks == PAUSES + YIELDS {
            return false;
        }
        self.looks += 1;
        if self.looks <= PAUSES {
            // Few looks and long pauses, 4 hints and then 8: every look takes the word's cache line
            // from the holder, who is faster the longer it may keep the line.
            for _ in 0..2 << self.looks {
                std::hint::spin_loop();
            }
        } else {
            std::thread::yield_now();
        }
        true
    }
}

/// What a thread does when another was quicker to change a word: it leaves the word alone for a moment.
///
/// Two threads that try again at once slow each other down, since each try takes the word's cache line
/// from the other. One that stays away lets the other do several operations on a line that it keeps.
#[derive(Debug, Default)]
pub struct Backoff {
    lost: u32,
}

impl Backoff {
    /// No exchange lost so far.
    #[inline]
    pub const fn new() -> Self {
        Self { lost: 0 }
    }

    /// Waits a moment, longer after each exchange that was lost. `true`: what the exchange has found is old
    /// by now, so read the word again.
    #[cold]
    pub fn lost(&mut self) -> bool {
        if self.lost < LONGEST {
            for _ in 0..16 << self.lost {
                std::hint::spin_loop();
            }
            self.lost += 1;
        } else {
            std::thread::yield_now();
        }
        true
    }
}
