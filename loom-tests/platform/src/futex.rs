//! The futex, modelled: the atomics carry their own queues of sleepers.
//!
//! Waiting and waking each take one visible step, a read-modify-write of the word, and what follows
//! up to the sleep belongs to that step. So loom orders waits, wakes and changes of the word
//! against each other, and needs no lock around the queue.

use crate::atomic::AtomicU32;
use crate::execution::{self, WaitsOn, record};
use crate::own::{self, Left};
use crate::time::{Instant, TimedOut};
use crate::trace::{Action, DOES_NOT_SLEEP};
use std::panic::Location;

/// Sleeps while `word` holds `expected`, until a wake, or for no reason at all if the search was
/// asked for spurious wake-ups.
#[track_caller]
pub fn wait(word: &AtomicU32, expected: u32) {
    let _ = wait_until(word, expected, None);
}

/// As [`wait`], but may give up, which moves the clock to at least `deadline`. `None` means never.
///
/// A search finds both answers wherever both are possible: a wake that comes first, and a deadline
/// that passes first.
///
/// # Errors
///
/// [`TimedOut`] when no wake came first.
#[track_caller]
pub fn wait_until(
    word: &AtomicU32,
    expected: u32,
    deadline: Option<Instant>,
) -> Result<(), TimedOut> {
    let at = Location::caller();
    if let Some(location) = word.location() {
        return wait_in_own(word, location, expected, deadline, at);
    }
    let address = word.address();
    let found = word.touch();
    if found != expected {
        let value = word.told(found);
        let operation = DOES_NOT_SLEEP;
        record(at, Action::Finds { address, operation, value, stale: false });
        return Ok(());
    }
    let me = execution::current();
    queue(word).push_back(me);
    record(at, Action::Sleeps { address, timed: deadline.is_some() });

    let spurious = execution::spurious_wakeups_left();
    if deadline.is_none() && !spurious {
        execution::wait(WaitsOn::Word { address }, at);
        return Ok(());
    }
    // One visible step to leave the queue by oneself. Loom tries it before and after every wake: a
    // wake that came before has taken us out of the queue.
    word.touch();
    let Some(place) = queue(word).iter().position(|&waiter| waiter == me) else {
        return Ok(());
    };
    queue(word).remove(place);
    if spurious {
        execution::take_spurious_wakeup();
        record(at, Action::WakesForNoReason);
        return Ok(());
    }
    if let Some(deadline) = deadline {
        execution::advance_clock(deadline.since_start());
    }
    record(at, Action::TimesOut);
    Err(TimedOut)
}

/// Wakes one of the threads that sleep on `word`, if there are any. A search tries each. Loom's
/// wakes the one that has slept longest. `false` means that there was none.
#[track_caller]
pub fn wake_one(word: &AtomicU32) -> bool {
    wake(word, 1, Location::caller()) > 0
}

/// Wakes every thread that sleeps on `word`.
#[track_caller]
pub fn wake_all(word: &AtomicU32) {
    wake(word, usize::MAX, Location::caller());
}

fn wait_in_own(
    word: &AtomicU32,
    location: u32,
    expected: u32,
    deadline: Option<Instant>,
    at: &'static Location<'static>,
) -> Result<(), TimedOut> {
    let address = word.address();
    execution::waits(at, WaitsOn::Word { address });
    let join = || own::run::join_queue(location, expected.into()).map(Some);
    let Some(found) = execution::step_of_own(join, || None) else {
        own::run::let_others_unwind();
        return Ok(());
    };
    if found != u64::from(expected) {
        let value = word.told(found as u32);
        let operation = DOES_NOT_SLEEP;
        record(at, Action::Finds { address, operation, value, stale: false });
        return Ok(());
    }
    record(at, Action::Sleeps { address, timed: deadline.is_some() });
    let times_out = deadline.map(|_| Left::TimedOut);
    let for_no_reason = execution::spurious_wakeups_left().then_some(Left::ForNoReason);
    let reasons: Vec<Left> = times_out.into_iter().chain(for_no_reason).collect();
    match execution::step_of_own(|| own::run::sleep(&reasons), || Left::Woken) {
        Left::Woken => Ok(()),
        Left::ForNoReason => {
            execution::take_spurious_wakeup();
            record(at, Action::WakesForNoReason);
            Ok(())
        }
        Left::TimedOut => {
            if let Some(deadline) = deadline {
                execution::advance_clock(deadline.since_start());
            }
            record(at, Action::TimesOut);
            Err(TimedOut)
        }
    }
}

/// How many it has woken.
fn wake(word: &AtomicU32, most: usize, at: &'static Location<'static>) -> usize {
    if let Some(location) = word.location() {
        let threads = execution::step_of_own(|| own::run::wake(location, most == 1), Vec::new);
        let woken = threads.len();
        record(at, Action::Wakes { address: word.address(), threads });
        return woken;
    }
    word.touch();
    let count = most.min(queue(word).len());
    let threads: Vec<usize> = queue(word).drain(..count).collect();
    threads.iter().for_each(|&thread| execution::wake(thread));
    record(at, Action::Wakes { address: word.address(), threads });
    count
}

fn queue(word: &AtomicU32) -> std::sync::MutexGuard<'_, std::collections::VecDeque<usize>> {
    // A panic cannot leave the queue half changed: its operations do not panic.
    word.waiters.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
