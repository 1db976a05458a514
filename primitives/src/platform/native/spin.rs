//! How long a thread looks again before it sleeps.

/// Looks after a yield: the holder may be off the processor and need ours. More of them are unfair:
/// with four threads on two cores, one thread was seen to keep a core and do nearly all the work.
const YIELDS: u32 = 4;

/// After so many exchanges lost in a row a thread lets another have its processor.
const LONGEST: u32 = 2;

/// How often the first in a queue lets others overtake it while it wakes up. Each overtaking costs
/// it a sleep. Without any, all others wait each time until it is awake.
pub const MOST_OVERTAKES: u32 = 16;

/// A few looks after pauses, then a few that let other threads run in between, then no more.
///
/// A sleep costs two system calls and a few microseconds. Most of what a thread waits for takes
/// less, so it looks again before it sleeps.
#[derive(Debug)]
pub struct Spin {
    /// The next pause is as many hints as this power of two. Where a hint takes some 30 ns, as on
    /// many x86 processors, a dozen of them outwait a section of a few hundred nanoseconds; where
    /// it takes less, the yields do.
    next: u32,
    /// The longest pause. Yields come after it.
    last: u32,
}

impl Default for Spin {
    fn default() -> Self {
        Self::new()
    }
}

impl Spin {
    /// Looks for the end of a critical section, after 4 hints and then 8: few looks and long
    /// pauses, since every look takes the word's cache line from the holder, which is faster the
    /// longer it may keep the line.
    #[inline]
    pub const fn new() -> Self {
        Self { next: 2, last: 3 }
    }

    /// Looks for what another thread has yet to do, soon at first and then ever later.
    #[inline]
    pub const fn ever_later() -> Self {
        Self { next: 0, last: 6 }
    }

    /// Looks for the end of a critical section that is only a few instructions long, from far away:
    /// the thread that is in gets several of them done on a cache line that it keeps.
    #[inline]
    pub const fn from_afar() -> Self {
        Self { next: 4, last: 5 }
    }

    /// Waits a moment. `false` means that the budget is used up: go to sleep.
    #[inline]
    pub fn spin(&mut self) -> bool {
        if self.next == self.last + 1 + YIELDS {
            return false;
        }
        if self.next <= self.last {
            for _ in 0..1 << self.next {
                std::hint::spin_loop();
            }
        } else {
            std::thread::yield_now();
        }
        self.next += 1;
        true
    }
}

/// What a thread does when another was quicker to change a word: it leaves the word alone for a
/// moment.
///
/// Two threads that try again at once slow each other down, since each try takes the word's cache
/// line from the other. One that stays away lets the other do several operations on a line that it
/// keeps.
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

    /// Waits a moment, longer after each exchange that was lost. `true`: what the exchange has
    /// found is old by now, so read the word again.
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
