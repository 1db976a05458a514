// wrong: that somebody was faster does not mean that there is not enough.

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
        let seen = self.balance.load(Relaxed);
        seen >= amount
            && self.balance.compare_exchange(seen, seen - amount, Relaxed, Relaxed).is_ok()
    }

    pub fn balance(&self) -> i64 {
        self.balance.load(Relaxed)
    }
}
