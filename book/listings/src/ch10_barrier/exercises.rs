//! The exercises of the chapter on the barrier: answers, wrong and right.

use crate::ch10_barrier::s2_round::{RoundBarrier, same_round};
use primitives::platform::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use primitives::platform::futex;
use primitives::platform::thread;
use primitives::platform::time::{Duration, Instant};
use primitives::{Barrier, Lock};
use std::sync::Arc;

impl RoundBarrier {
    // ANCHOR: counts_down
    /// Waits until all have arrived, but no longer than so long. `false` means that the time was
    /// over.
    pub fn wait_for_and_count_down(&self, timeout: Duration) -> bool {
        let deadline = Some(Instant::now() + timeout);
        let Some(arrived) = self.arrive() else { return true };
        let mut state = arrived;
        while same_round(state, arrived) {
            if futex::wait_until(&self.state, state, deadline).is_err() {
                self.state.fetch_sub(1, Relaxed);
                return false;
            }
            state = self.state.load(Acquire);
        }
        true
    }
    // ANCHOR_END: counts_down

    // ANCHOR: leaves
    /// Waits until all have arrived, but no longer than so long. `false` means that the time was
    /// over.
    pub fn wait_for(&self, timeout: Duration) -> bool {
        let deadline = Some(Instant::now() + timeout);
        let Some(arrived) = self.arrive() else { return true };
        let mut state = arrived;
        while same_round(state, arrived) {
            let late = futex::wait_until(&self.state, state, deadline).is_err();
            state = self.state.load(Acquire);
            // Leaves only if the round is still the same: as one action.
            while late && same_round(state, arrived) {
                match self.state.compare_exchange(state, state - 1, Release, Acquire) {
                    Ok(_) => return false,
                    Err(now) => state = now,
                }
            }
        }
        true
    }
    // ANCHOR_END: leaves

    /// How many have arrived in this round.
    pub fn waiting(&self) -> u32 {
        self.state.load(Relaxed) % (1 << 16)
    }
}

// ANCHOR: clerks
/// Two drawers with coins, and their sum.
#[derive(Default)]
pub struct Till {
    drawers: [AtomicU32; 2],
    sum: AtomicU32,
}

impl Till {
    fn add_up(&self) {
        let [one, other] = &self.drawers;
        self.sum.store(one.load(Relaxed) + other.load(Relaxed), Relaxed);
    }
}

/// Each clerk counts the coins of a drawer. The last to come adds up, then both look at the sum.
pub fn last_adds_up() -> [u32; 2] {
    let till = Arc::new((Till::default(), Barrier::new(2)));
    both(move |me| {
        let (till, counted) = &*till;
        till.drawers[me].store(10, Relaxed);
        if counted.wait().expect("nobody goes home").is_leader() {
            till.add_up();
        }
        till.sum.load(Relaxed)
    })
}
// ANCHOR_END: clerks

// ANCHOR: action
/// The sum is made when both have come, and before any goes on.
pub fn barrier_adds_up() -> [u32; 2] {
    let till = Arc::new(Till::default());
    let adds_up = {
        let till = till.clone();
        move || till.add_up()
    };
    let counted = Arc::new(Barrier::with_action(2, adds_up));
    both(move |me| {
        till.drawers[me].store(10, Relaxed);
        counted.wait().expect("nobody goes home");
        till.sum.load(Relaxed)
    })
}
// ANCHOR_END: action

/// What both clerks return.
fn both(clerk: impl Fn(usize) -> u32 + Clone + Send + 'static) -> [u32; 2] {
    let clerks = [("Ann", 0), ("Ben", 1)].map(|(name, me)| {
        let clerk = clerk.clone();
        thread::spawn(name, move || clerk(me))
    });
    clerks.map(|clerk| clerk.join().unwrap())
}

// ANCHOR: under_a_lock
/// Each clerk adds the coins of a drawer to the sum, and looks at it when both have come.
pub fn meet_under_a_lock() -> [u32; 2] {
    let till = Arc::new((Lock::new(0), Barrier::new(2)));
    both(move |_| {
        let (sum, counted) = &*till;
        let mut sum = sum.lock();
        *sum += 10;
        counted.wait().expect("nobody goes home");
        *sum
    })
}
// ANCHOR_END: under_a_lock

// ANCHOR: without_the_lock
/// The same, with the lock held for the addition, and again for the look.
pub fn meet_without_the_lock() -> [u32; 2] {
    let till = Arc::new((Lock::new(0), Barrier::new(2)));
    both(move |_| {
        let (sum, counted) = &*till;
        *sum.lock() += 10;
        counted.wait().expect("nobody goes home");
        *sum.lock()
    })
}
// ANCHOR_END: without_the_lock

/// Ann waits for a while. Ben comes when he comes. Whether each says that they met.
pub fn ann_is_impatient(ann: fn(&Barrier) -> bool) -> [bool; 2] {
    let barrier = Arc::new(Barrier::new(2));
    let met = both(move |me| match me {
        0 => u32::from(ann(&barrier)),
        _ => u32::from(barrier.wait().is_ok()),
    });
    met.map(|met| met == 1)
}

const SOON: Duration = Duration::from_millis(10);

// ANCHOR: again
/// Waits for a while. If the other does not come, it mends the barrier and comes again.
pub fn comes_again(barrier: &Barrier) -> bool {
    if barrier.wait_for(SOON).is_ok() {
        return true;
    }
    barrier.reset();
    barrier.wait().is_ok()
}
// ANCHOR_END: again

// ANCHOR: gives_up
/// Waits for a while. If the other does not come, it goes home.
pub fn gives_up(barrier: &Barrier) -> bool {
    barrier.wait_for(SOON).is_ok()
}
// ANCHOR_END: gives_up
