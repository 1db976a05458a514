//! The exercises of the chapter on readers and writers: answers, wrong and right.

use crate::ch09_rwlock::s1_rule::{RuleRwLock, WRITER_WAITS};
use primitives::platform::atomic::Ordering::Relaxed;
use primitives::platform::futex;
use primitives::platform::time::{Duration, Instant};
use primitives::{Permit, RwLock, RwLockWriteGuard, Semaphore};

impl RuleRwLock {
    // ANCHOR: silent
    /// Waits to write, but no longer than so long.
    pub fn try_write_for_silently(&self, timeout: Duration) -> bool {
        let entered = self.write_until(Instant::now() + timeout);
        if !entered {
            self.state.fetch_sub(WRITER_WAITS, Relaxed);
        }
        entered
    }
    // ANCHOR_END: silent

    // ANCHOR: gives_up
    /// Waits to write, but no longer than so long.
    pub fn try_write_for(&self, timeout: Duration) -> bool {
        let entered = self.write_until(Instant::now() + timeout);
        if !entered {
            self.state.fetch_sub(WRITER_WAITS, Relaxed);
            // Readers sleep because this writer waited. Nobody else would tell them.
            futex::wake_all(&self.state);
        }
        entered
    }
    // ANCHOR_END: gives_up
}

// ANCHOR: permits
const READERS: u32 = 2;

/// A reader takes one permit, a writer takes all of them.
pub struct PermitRwLock {
    permits: Semaphore,
}

impl PermitRwLock {
    /// A lock that is free.
    pub fn new() -> Self {
        Self { permits: Semaphore::new(READERS) }
    }

    /// Waits until nobody writes.
    pub fn read(&self) -> Permit<'_> {
        self.permits.acquire()
    }

    /// Wrong: takes one after another.
    pub fn write_one_by_one(&self) -> [Permit<'_>; READERS as usize] {
        [(); READERS as usize].map(|()| self.permits.acquire())
    }

    /// Waits until nobody is inside.
    pub fn write(&self) -> Permit<'_> {
        self.permits.acquire_many(READERS)
    }
}
// ANCHOR_END: permits

impl Default for PermitRwLock {
    fn default() -> Self {
        Self::new()
    }
}

// ANCHOR: cache
/// A price that is known once somebody has asked for it.
#[derive(Default)]
pub struct Price {
    price: Option<u32>,
    /// How often somebody asked.
    pub asked: u32,
}

fn ask(price: &mut Price) -> u32 {
    price.asked += 1;
    *price.price.insert(7)
}

/// Looks with others, and asks alone.
pub fn look_then_ask(price: &RwLock<Price>) -> u32 {
    if let Some(price) = price.read().price {
        return price;
    }
    ask(&mut price.write())
}
// ANCHOR_END: cache

// ANCHOR: again
/// Looks again when it is alone.
pub fn look_again(price: &RwLock<Price>) -> u32 {
    if let Some(price) = price.read().price {
        return price;
    }
    let mut price = price.write();
    price.price.unwrap_or_else(|| ask(&mut price))
}
// ANCHOR_END: again

// ANCHOR: raise
/// Raises a price by so much. Returns what it is now.
pub fn raise(price: &RwLock<u32>, by: u32) -> u32 {
    *price.write() += by;
    *price.read()
}
// ANCHOR_END: raise

// ANCHOR: downgrade
/// Raises a price by so much. Returns what it is now.
pub fn raise_and_look(price: &RwLock<u32>, by: u32) -> u32 {
    let mut writing = price.write();
    *writing += by;
    let reading = RwLockWriteGuard::downgrade(writing);
    *reading
}
// ANCHOR_END: downgrade
