//! Answers to the exercises on reference counts.

use primitives::Arc;
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::thread;

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

/// Two owners take the value out. How many get it?
fn two_take(take: fn(Arc<u32>) -> Option<u32>) -> usize {
    let arc = Arc::new(7);
    let owners = [("Ann", arc.clone()), ("Ben", arc)];
    let threads = owners.map(|(name, arc)| thread::spawn(name, move || take(arc)));
    threads.map(|thread| thread.join().unwrap()).iter().flatten().count()
}

// ANCHOR: unwrap
/// Ann and Ben let go of the same object. The last is to get what is in it. How many get it?
pub fn by_try_unwrap() -> usize {
    two_take(|arc| Arc::try_unwrap(arc).ok())
}
// ANCHOR_END: unwrap

// ANCHOR: into_inner
/// The same, and it lets go in the same action.
pub fn by_into_inner() -> usize {
    two_take(Arc::into_inner)
}
// ANCHOR_END: into_inner

// ANCHOR: make_mut
/// Ann changes what she shares with Ben. What do the two see?
pub fn changed_by_ann() -> (u32, u32) {
    let mut arc = Arc::new(1);
    let shared = arc.clone();
    let ben = thread::spawn("Ben", move || *shared);
    *Arc::make_mut(&mut arc) += 1;
    (*arc, ben.join().unwrap())
}
// ANCHOR_END: make_mut
