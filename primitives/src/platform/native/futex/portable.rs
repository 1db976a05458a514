//! The futex for systems without a futex call: the same four functions over a table of queues, one
//! for each word that somebody sleeps on.

use super::time::{Instant, TimedOut};
use parking_lot_core::{
    DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, ParkResult, park, unpark_all, unpark_one,
};
use std::sync::atomic::{AtomicU32, Ordering};

/// Sleeps while `word` holds `expected`, until a wake.
///
/// Returns at once when the word holds something else: look at the word again after every return.
#[inline]
pub fn wait(word: &AtomicU32, expected: u32) {
    let _ = wait_until(word, expected, None);
}

/// As [`wait`], but gives up at `deadline`. `None` means never.
///
/// # Errors
///
/// [`TimedOut`] when the deadline passed before a wake came.
pub fn wait_until(
    word: &AtomicU32,
    expected: u32,
    deadline: Option<Instant>,
) -> Result<(), TimedOut> {
    // `park` calls this while it holds the queue's lock, which a wake takes too: a wake cannot slip
    // in between the look at the word and the sleep. The order of the word's own changes is all
    // that matters here; what they publish is the caller's affair.
    let still_expected = || word.load(Ordering::Relaxed) == expected;
    // SAFETY: the key is the address of a word that the caller lends us for the whole call, so no
    // other use of the table shares it. The closures neither panic nor call into the table.
    let result =
        unsafe { park(key(word), still_expected, || {}, |_, _| {}, DEFAULT_PARK_TOKEN, deadline) };
    match result {
        ParkResult::TimedOut => Err(TimedOut),
        ParkResult::Unparked(_) | ParkResult::Invalid => Ok(()),
    }
}

/// Wakes one thread that sleeps on `word`, if there is one.
#[inline]
pub fn wake_one(word: &AtomicU32) {
    // SAFETY: the key as in `wait_until`; the closure neither panics nor calls into the table.
    unsafe { unpark_one(key(word), |_| DEFAULT_UNPARK_TOKEN) };
}

/// Wakes every thread that sleeps on `word`.
#[inline]
pub fn wake_all(word: &AtomicU32) {
    // SAFETY: the key as in `wait_until`.
    unsafe { unpark_all(key(word), DEFAULT_UNPARK_TOKEN) };
}

fn key(word: &AtomicU32) -> usize {
    std::ptr::from_ref(word).addr()
}
