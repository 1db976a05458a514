//! Answers to the exercises on deadlocks.

use crate::ch05_deadlock::s1_watched::{LOCKS, Refused, Table, WatchedLocks};
use primitives::platform::{name, step, thread};
use primitives::{Condition, Detector, Lock, OutOfOrder, RankedLock, WatchedLock};
use std::sync::Arc;

/// An account, whose lock has its number as rank.
pub struct Account {
    number: u32,
    money: RankedLock<i64>,
}

impl Account {
    /// An account with some money.
    pub fn new(number: u32, money: i64) -> Self {
        Self { number, money: RankedLock::new(number, "an account", money) }
    }

    /// What is in it, when nobody uses it any more.
    pub fn into_inner(self) -> i64 {
        self.money.into_inner()
    }
}

// ANCHOR: asitcomes
/// Wrong: in which order the locks are taken is up to the caller.
pub fn transfer_as_it_comes(from: &Account, to: &Account, amount: i64) -> Result<(), OutOfOrder> {
    let mut source = from.money.lock()?;
    let mut target = to.money.lock()?;
    *source -= amount;
    *target += amount;
    Ok(())
}
// ANCHOR_END: asitcomes

// ANCHOR: sorted
/// Takes the lock of the account with the lower number first.
pub fn transfer_sorted(from: &Account, to: &Account, amount: i64) -> Result<(), OutOfOrder> {
    if from.number == to.number {
        // Nothing moves, and the second request would be for the lock that is held.
        return Ok(());
    }
    let (low, high) = if from.number < to.number { (from, to) } else { (to, from) };
    let mut low_money = low.money.lock()?;
    let mut high_money = high.money.lock()?;
    let moved = if from.number < to.number { amount } else { -amount };
    *low_money -= moved;
    *high_money += moved;
    Ok(())
}
// ANCHOR_END: sorted

/// A lock with a detector that is shared.
pub type Watched = WatchedLock<i64, Arc<Detector>>;

// ANCHOR: stubborn
/// Wrong: asks again for what it was refused, and keeps what it holds. Returns how often it was
/// refused.
pub fn transfer_stubborn(from: &Watched, to: &Watched, amount: i64) -> u32 {
    const TRIES: u32 = 3;
    let mut source = from.lock().expect("a thread without locks is not refused");
    for refused in 0..TRIES {
        if let Ok(mut target) = to.lock() {
            *source -= amount;
            *target += amount;
            return refused;
        }
    }
    TRIES
}
// ANCHOR_END: stubborn

// ANCHOR: intheend
/// Lets go of what it holds when it is refused, and starts again. Returns how often it was refused.
pub fn transfer_in_the_end(from: &Watched, to: &Watched, amount: i64) -> u32 {
    let mut refused = 0;
    loop {
        let mut source = from.lock().expect("a thread without locks is not refused");
        if let Ok(mut target) = to.lock() {
            *source -= amount;
            *target += amount;
            return refused;
        }
        refused += 1;
    }
}
// ANCHOR_END: intheend

impl<T: Table> WatchedLocks<T> {
    // ANCHOR: unlocksfirst
    /// Wrong: unlocks, and then tells the table.
    pub fn with_and_tells_late<R>(&self, lock: usize, f: impl FnOnce() -> R) -> Result<R, Refused> {
        self.table.lock().asks(thread::id(), lock)?;
        let guard = self.locks[lock].lock();
        self.table.lock().has(thread::id(), lock);
        step(format!("has {}", LOCKS[lock]));
        let result = f();
        drop(guard);
        self.table.lock().lets_go(lock);
        Ok(result)
    }
    // ANCHOR_END: unlocksfirst
}

/// A shop: what is in stock, and what was sold.
#[derive(Default)]
pub struct Shop {
    sold: Lock<u32>,
    stock: Lock<u32>,
    delivered: Condition,
}

impl Shop {
    /// Has traces call the parts by their names.
    pub fn name_parts(&self) {
        name(&self.sold, "the sales");
        name(&self.stock, "the stock");
        name(&self.delivered, "the delivery");
    }

    // ANCHOR: nested
    /// Waits until something is in stock, and sells it.
    pub fn sell(&self) {
        let mut sold = self.sold.lock();
        let mut stock = self.stock.lock();
        self.delivered.wait_while(&mut stock, |stock| *stock == 0);
        *stock -= 1;
        *sold += 1;
    }

    /// Delivers as many as were sold, and one more.
    pub fn deliver(&self) {
        let sold = self.sold.lock();
        let mut stock = self.stock.lock();
        *stock += *sold + 1;
        self.delivered.notify_one();
    }
    // ANCHOR_END: nested

    // ANCHOR: nested_right
    /// Waits until something is in stock, and sells it.
    pub fn sell_with_one_lock(&self) {
        let mut stock = self.stock.lock();
        self.delivered.wait_while(&mut stock, |stock| *stock == 0);
        *stock -= 1;
        drop(stock);
        *self.sold.lock() += 1;
    }
    // ANCHOR_END: nested_right
}
