//! The futex for words in shared memory: the kernel finds sleepers by the memory, not the address.
//!
//! A process can be killed between a change and the wake that belongs to it, and nobody wakes then.
//! So no sleep is longer than a nap. To the sleeper its end is a wake for no reason, which every
//! primitive has to stand anyway.

use primitives::platform::time::{Duration, Instant, TimedOut};
use rustix::io::Errno;
use rustix::thread::futex::{self, Flags, Timespec};
use std::sync::atomic::AtomicU32;

/// How long a thread may sleep on after its wake was lost with a process that was killed.
const NAP: Duration = Duration::from_millis(50);

/// Sleeps while `word` holds `expected`, until a wake, the end of a nap, or `deadline`.
///
/// # Errors
///
/// [`TimedOut`] when the deadline passed before a wake came.
pub fn wait_until(
    word: &AtomicU32,
    expected: u32,
    deadline: Option<Instant>,
) -> Result<(), TimedOut> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let nap = left.map_or(NAP, |left| left.min(NAP));
    let timespec = Timespec { tv_sec: 0, tv_nsec: nap.subsec_nanos().into() };
    match futex::wait(word, Flags::empty(), expected, Some(&timespec)) {
        Err(Errno::TIMEDOUT) if left.is_some_and(|left| left <= NAP) => Err(TimedOut),
        _ => Ok(()),
    }
}

/// Wakes one thread that sleeps on `word`. `false` means that none does.
pub fn wake_one(word: &AtomicU32) -> bool {
    futex::wake(word, Flags::empty(), 1).is_ok_and(|woken| woken > 0)
}

/// Wakes every thread that sleeps on `word`.
pub fn wake_all(word: &AtomicU32) {
    // The kernel cannot fail here: it only looks the word up.
    let _ = futex::wake(word, Flags::empty(), i32::MAX as u32);
}
