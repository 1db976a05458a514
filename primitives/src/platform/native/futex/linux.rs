//! The futex system call: sleep while a word holds a value, wake threads that sleep on it.

use super::time::{Instant, TimedOut};
use rustix::io::Errno;
use rustix::thread::futex::{self, Flags};
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::num::NonZeroU32;
use std::sync::atomic::AtomicU32;

/// Sleeps while `word` holds `expected`, until a wake.
///
/// Returns at once when the word holds something else, and may return for no reason at all: look at
/// the word again after every return.
#[inline]
pub fn wait(word: &AtomicU32, expected: u32) {
    // Every error (the word has changed, a signal came) means the same as a wake: look again.
    let _ = futex::wait(word, Flags::PRIVATE, expected, None);
}

/// As [`wait`], but gives up at `deadline`. `None` means never.
///
/// # Errors
///
/// [`TimedOut`] when the deadline passed before a wake came. A deadline in the past still takes a
/// wake that has already come.
#[inline]
pub fn wait_until(
    word: &AtomicU32,
    expected: u32,
    deadline: Option<Instant>,
) -> Result<(), TimedOut> {
    let Some(timespec) = deadline.and_then(monotonic) else {
        wait(word, expected);
        return Ok(());
    };
    // Unlike `wait`, the bitset form takes an absolute deadline, which does not drift when a signal
    // interrupts the sleep and the caller goes round its loop again.
    let all = const { NonZeroU32::new(u32::MAX).unwrap() };
    match futex::wait_bitset(word, Flags::PRIVATE, expected, Some(&timespec), all) {
        Err(Errno::TIMEDOUT) => Err(TimedOut),
        _ => Ok(()),
    }
}

/// Wakes one thread that sleeps on `word`, if there is one.
#[inline]
pub fn wake_one(word: &AtomicU32) {
    // The kernel cannot fail here: it only looks the address up.
    let _ = futex::wake(word, Flags::PRIVATE, 1);
}

/// Wakes every thread that sleeps on `word`.
#[inline]
pub fn wake_all(word: &AtomicU32) {
    let _ = futex::wake(word, Flags::PRIVATE, i32::MAX as u32);
}

/// `deadline` as the kernel wants it, or `None` when it lies too far ahead to be written down.
///
/// `Instant` hides its reading of the monotonic clock, so the remaining time is added to a reading
/// of our own.
fn monotonic(deadline: Instant) -> Option<Timespec> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    let now = clock_gettime(ClockId::Monotonic);
    let nanoseconds = now.tv_nsec + i64::from(remaining.subsec_nanos());
    let seconds = i64::try_from(remaining.as_secs()).ok()?;
    Some(Timespec {
        tv_sec: now.tv_sec.checked_add(seconds)?.checked_add(nanoseconds / 1_000_000_000)?,
        tv_nsec: nanoseconds % 1_000_000_000,
    })
}
