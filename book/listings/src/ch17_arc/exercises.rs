//! Answers to the exercises on reference counts.

use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

// ANCHOR: late
/// Wrong: looks how many owners there are, and then lets go.
pub fn is_last_before(owners: &AtomicU32) -> bool {
    let last = owners.load(Acquire) == 1;
    owners.fetch_sub(1, Release);
    last
}
// ANCHOR_END: late

// ANCHOR: after
/// Lets go, and looks what it was one of.
pub fn is_last(owners: &AtomicU32) -> bool {
    owners.fetch_sub(1, Release) == 1
}
// ANCHOR_END: after

// ANCHOR: upgrade
/// Wrong: counts itself in, and then looks whether anybody was there.
pub fn upgrade(owners: &AtomicU32) -> bool {
    if owners.fetch_add(1, Relaxed) == 0 {
        owners.fetch_sub(1, Relaxed);
        return false;
    }
    true
}
// ANCHOR_END: upgrade

// ANCHOR: exchange
/// Counts itself in only if somebody is there, in one action.
pub fn upgrade_if_owned(owners: &AtomicU32) -> bool {
    let mut now = owners.load(Relaxed);
    while now > 0 {
        match owners.compare_exchange_weak(now, now + 1, Acquire, Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}
// ANCHOR_END: exchange
