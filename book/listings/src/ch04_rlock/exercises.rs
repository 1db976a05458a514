//! Answers to the exercises on the re-entrant lock.

use primitives::{RLock, RawRLock};
use std::cell::Cell;

// ANCHOR: once
/// Calls `f` while others can have the lock. Or so it says.
pub fn unlocked_once(lock: &RawRLock, f: impl FnOnce()) {
    lock.unlock();
    f();
    lock.lock();
}
// ANCHOR_END: once

// ANCHOR: all
/// Calls `f` while others can have the lock, and then holds it as often as before.
pub fn unlocked(lock: &RawRLock, f: impl FnOnce()) {
    let depth = lock.unlock_all();
    f();
    lock.lock_many(depth);
}
// ANCHOR_END: all

// ANCHOR: bank
/// Two accounts, and a total that no transfer changes.
pub struct Bank {
    accounts: RLock<[Cell<i64>; 2]>,
}

impl Bank {
    /// What is in both.
    pub fn total(&self) -> i64 {
        self.accounts.lock().iter().map(Cell::get).sum()
    }

    /// Moves money, and calls `changed` for each change.
    pub fn transfer(&self, amount: i64, changed: impl Fn(&Self)) {
        let accounts = self.accounts.lock();
        accounts[0].set(accounts[0].get() - amount);
        changed(self);
        accounts[1].set(accounts[1].get() + amount);
        changed(self);
    }
}
// ANCHOR_END: bank

impl Bank {
    /// This much in each.
    pub fn new(each: i64) -> Self {
        Self { accounts: RLock::new([Cell::new(each), Cell::new(each)]) }
    }

    // ANCHOR: whole
    /// Moves money, and calls `changed` when it is done.
    pub fn transfer_whole(&self, amount: i64, changed: impl Fn(&Self)) {
        let accounts = self.accounts.lock();
        accounts[0].set(accounts[0].get() - amount);
        accounts[1].set(accounts[1].get() + amount);
        changed(self);
    }
    // ANCHOR_END: whole
}
