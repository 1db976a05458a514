//! How long a thread looks again before it sleeps.
//!
//! A sleep and a wake cost two system calls and a few microseconds. Most of what a thread waits for
//! takes less, so it looks again for about that long. A hint to the processor takes 2 ns on one and
//! 40 ns on another. So the first thread that has to wait measures how many hints take 25 ns.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::{available_parallelism, yield_now};
use std::time::Instant;

/// How often the first in a queue lets others overtake it while it wakes up. Each overtaking costs
/// it a sleep. Without any, all others wait each time until it is awake.
pub const MOST_OVERTAKES: u32 = 16;

/// The unit of all pauses, in nanoseconds.
const LOOK: u32 = 25;

// ANCHOR: pauses
/// The pauses of a thread that waits for the end of a critical section. The first few are short:
/// threads that work as long outside as inside come again just before the lock is free. If it was
/// not, every look takes the line from the holder, which is faster the longer it may keep it. So
/// the pauses grow with the time that has passed, to 3 µs in all.
const FOR_LOCK: [u8; 8] = [1, 1, 1, 4, 8, 16, 32, 64];
// ANCHOR_END: pauses

/// The pauses of a thread that waits for the end of a section that is a few instructions long. It
/// stays away, and the thread that is in gets several of them done on a line that it keeps.
const FOR_SHORT_LOCK: [u8; 2] = [16, 32];

/// The pauses of a thread that waits for others to come to where it is. They may need its
/// processor, so it yields soon.
const FOR_TURN: [u8; 4] = [1, 2, 4, 8];

/// The pauses of a thread that waits for an item, which another core sends within a microsecond or
/// two if it sends one at all.
const FOR_ITEM: [u8; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Looks after the pauses, each after a yield: the other may be off the processor and need ours.
const YIELDS: u32 = 4;

/// After so many exchanges lost in a row a thread lets another have its processor.
const LONGEST: u32 = 2;

/// A few looks after pauses, then perhaps a few that let other threads run in between, then no
/// more.
#[derive(Debug)]
pub struct Spin {
    pauses: &'static [u8],
    yields: u32,
}

impl Spin {
    /// Looks for the end of a critical section. Whoever is in it is likely to run, so this never
    /// yields: if the holder is off its processor, only sleeping helps.
    pub const fn for_lock() -> Self {
        Self { pauses: &FOR_LOCK, yields: 0 }
    }

    /// Looks for the end of a critical section of a few instructions.
    pub const fn for_short_lock() -> Self {
        Self { pauses: &FOR_SHORT_LOCK, yields: YIELDS }
    }

    /// Looks for an item, or for room for one.
    pub const fn for_item() -> Self {
        Self { pauses: &FOR_ITEM, yields: YIELDS }
    }

    /// Looks for what another thread has yet to do.
    pub const fn for_turn() -> Self {
        Self { pauses: &FOR_TURN, yields: YIELDS }
    }

    /// Waits a moment. `false` means that the budget is used up: go to sleep.
    #[inline]
    pub fn spin(&mut self) -> bool {
        match self.pauses {
            [next, rest @ ..] if pause(u32::from(*next)) => self.pauses = rest,
            _ if self.yields > 0 => {
                self.yields -= 1;
                yield_now();
            }
            _ => return false,
        }
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
        if self.lost < LONGEST && pause(16 << self.lost) {
            self.lost += 1;
        } else {
            yield_now();
        }
        true
    }
}

/// Passes the time of so many looks. `false`: there is one core, so nothing changes while this
/// thread has it.
fn pause(looks: u32) -> bool {
    let pace = match PACE.load(Relaxed) {
        NOT_MEASURED => measure(),
        pace => pace,
    };
    if pace != ONE_CORE {
        pass(pace, looks);
    }
    pace != ONE_CORE
}

/// Hints in a [`LOOK`], or with the bit [`PLAIN`] steps without a hint.
static PACE: AtomicU32 = AtomicU32::new(NOT_MEASURED);
const NOT_MEASURED: u32 = 0;
const ONE_CORE: u32 = u32::MAX;
const PLAIN: u32 = 1 << 31;

// Not inlined: what is measured is what runs.
#[inline(never)]
fn pass(pace: u32, looks: u32) {
    let steps = (pace & !PLAIN) * looks;
    for step in 0..steps {
        if pace & PLAIN == 0 {
            spin_loop();
        } else {
            black_box(step);
        }
    }
}

// ANCHOR: measure
/// Takes some microseconds, once in a process.
#[cold]
fn measure() -> u32 {
    const LOOKS: u32 = 64;
    // The least of three: another thread may get the processor meanwhile.
    let time = |pace| {
        let once = || {
            let start = Instant::now();
            pass(pace, LOOKS);
            u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX)
        };
        once().min(once()).min(once()).max(1)
    };
    let in_a_look = |steps: u32, time: u32| (LOOKS * LOOK * steps / time).max(1);
    let hint = time(1);
    let pace = if available_parallelism().is_ok_and(|cores| cores.get() == 1) {
        ONE_CORE
    } else if hint <= 2 * LOOKS * LOOK {
        in_a_look(1, hint)
    } else {
        // One hint is longer than the shortest pause. So time passes without.
        PLAIN | in_a_look(64, time(PLAIN | 64))
    };
    PACE.store(pace, Relaxed);
    pace
}
// ANCHOR_END: measure
