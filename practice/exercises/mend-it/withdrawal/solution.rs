//! The withdrawal: the amount is taken only from the balance that was looked at.

use practice::prelude::*;

pub struct Account {
    balance: AtomicI64,
}

impl Account {
    pub fn new(balance: i64) -> Self {
        Self { balance: AtomicI64::new(balance) }
    }

    /// Takes the amount, and says whether there was enough.
    pub fn withdraw(&self, amount: i64) -> bool {
        let mut seen = self.balance.load(Relaxed);
        while seen >= amount {
            match self.balance.compare_exchange(seen, seen - amount, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    pub fn balance(&self) -> i64 {
        self.balance.load(Relaxed)
    }
}
