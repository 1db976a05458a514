//! How long a thread looks again before it sleeps.

/// Looks after a pause: enough to outwait a section of a few hundred nanoseconds.
const PAUSES: u32 = 3;
/// Looks after a yield. The holder may be off the processor and need ours; but threads that only
/// yield never sleep, and a scheduler that sees no sleep hardly moves them to a less busy core.
const YIELDS: u32 = 4;

/// A few looks in quick succession, then a few that let other threads run in between, then no more.
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
            // Each pause is twice as long as the last: every look takes the word's cache line away
            // from the holder, who is faster the longer it may keep the line.
            for _ in 0..1 << self.looks {
                std::hint::spin_loop();
            }
        } else {
            std::thread::yield_now();
        }
        true
    }
}
