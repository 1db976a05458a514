//! Answers to the exercises on the re-entrant lock.

use primitives::platform::thread;
use primitives::{RLock, RawRLock};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

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

/// The lines that somebody has noted.
#[derive(Default)]
pub struct Notes {
    lines: RLock<RefCell<Vec<String>>>,
}

impl Notes {
    // ANCHOR: notes
    /// Notes that something was noted.
    fn note_the_time(&self) {
        self.lines.lock().borrow_mut().push("at noon".to_owned());
    }

    /// Notes a line, and when that was.
    pub fn note(&self, line: &str) {
        let lines = self.lines.lock();
        let mut lines = lines.borrow_mut();
        lines.push(line.to_owned());
        self.note_the_time();
    }
    // ANCHOR_END: notes

    // ANCHOR: notes_right
    /// Notes a line, and when that was. Nobody comes between the two.
    pub fn note_in_turn(&self, line: &str) {
        let lines = self.lines.lock();
        lines.borrow_mut().push(line.to_owned());
        self.note_the_time();
    }
    // ANCHOR_END: notes_right

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.lines.lock().borrow().len()
    }
}

// ANCHOR: helper
/// Main holds the lock, and has Ann count for it.
pub fn counted_by_a_helper(counter: &Arc<RLock<Cell<u32>>>) {
    let held = counter.lock();
    held.set(1);
    let shared = counter.clone();
    let ann = thread::spawn("Ann", move || {
        let counter = shared.lock();
        counter.set(counter.get() + 1);
    });
    ann.join().unwrap();
}
// ANCHOR_END: helper

// ANCHOR: helper_right
/// Main lets go before it waits.
pub fn counted_after_the_lock(counter: &Arc<RLock<Cell<u32>>>) {
    counter.lock().set(1);
    let shared = counter.clone();
    let ann = thread::spawn("Ann", move || {
        let counter = shared.lock();
        counter.set(counter.get() + 1);
    });
    ann.join().unwrap();
}
// ANCHOR_END: helper_right
