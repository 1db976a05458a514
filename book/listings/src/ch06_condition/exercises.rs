//! The answers to the exercises on the condition, the wrong ones included.

use primitives::platform::atomic::{AtomicI64, Ordering::Relaxed};
use primitives::platform::time::Duration;
use primitives::{Condition, Lock, LockGuard};

const AMOUNT: i64 = 800;

// ANCHOR: two
/// An account that holds 800 or nothing. A thread that waits for a full one is not woken for an
/// empty one.
pub struct Account {
    balance: Lock<i64>,
    emptied: Condition,
    filled: Condition,
}

impl Account {
    /// An account that holds 800.
    pub fn full() -> Self {
        Self { balance: Lock::new(AMOUNT), emptied: Condition::new(), filled: Condition::new() }
    }

    /// Deposits when the account is empty.
    pub fn deposit(&self) {
        let mut balance = self.balance.lock();
        self.emptied.wait_while(&mut balance, |balance| *balance != 0);
        *balance += AMOUNT;
        self.filled.notify_one();
    }

    /// Draws when the account is full.
    pub fn draw(&self) {
        let mut balance = self.balance.lock();
        self.filled.wait_while(&mut balance, |balance| *balance == 0);
        *balance -= AMOUNT;
        self.emptied.notify_one();
    }
}
// ANCHOR_END: two

/// A balance that can be read without the lock.
pub struct Open {
    balance: AtomicI64,
    lock: Lock<()>,
    changed: Condition,
}

impl Default for Open {
    fn default() -> Self {
        Self { balance: AtomicI64::new(0), lock: Lock::new(()), changed: Condition::new() }
    }
}

impl Open {
    // ANCHOR: open
    /// Waits until there is something to draw.
    pub fn draw(&self) {
        let mut guard = self.lock.lock();
        while self.balance.load(Relaxed) == 0 {
            self.changed.wait(&mut guard);
        }
        self.balance.store(0, Relaxed);
    }

    /// Deposits, without the lock.
    pub fn deposit(&self) {
        self.balance.store(AMOUNT, Relaxed);
        self.changed.notify_one();
    }
    // ANCHOR_END: open

    // ANCHOR: openlocked
    /// Deposits, with the lock.
    pub fn deposit_locked(&self) {
        let guard = self.lock.lock();
        self.balance.store(AMOUNT, Relaxed);
        drop(guard);
        self.changed.notify_one();
    }
    // ANCHOR_END: openlocked
}

// ANCHOR: late
/// Draws, or gives up after a while. `false` should mean that there was nothing to draw.
pub fn draw_in_time(changed: &Condition, balance: &mut LockGuard<'_, i64>) -> bool {
    while **balance == 0 {
        if !changed.wait_for(balance, Duration::from_millis(10)) {
            return false;
        }
    }
    **balance -= AMOUNT;
    true
}
// ANCHOR_END: late

// ANCHOR: intime
/// Draws, or gives up after a while. `false` means that there was nothing to draw.
pub fn draw_in_time_after_a_look(changed: &Condition, balance: &mut LockGuard<'_, i64>) -> bool {
    let empty = |balance: &i64| *balance == 0;
    let filled = changed.wait_while_for(balance, empty, Duration::from_millis(10));
    if filled {
        **balance -= AMOUNT;
    }
    filled
}
// ANCHOR_END: intime

// ANCHOR: early
/// Notifies, and then deposits.
pub fn notify_and_deposit(changed: &Condition, balance: &Lock<i64>) {
    changed.notify_one();
    *balance.lock() += AMOUNT;
}

/// Notifies under the lock, and then deposits.
pub fn notify_and_deposit_under_the_lock(changed: &Condition, balance: &Lock<i64>) {
    let mut balance = balance.lock();
    changed.notify_one();
    *balance += AMOUNT;
}
// ANCHOR_END: early
