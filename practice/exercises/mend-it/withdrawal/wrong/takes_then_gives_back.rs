// wrong: meanwhile another is refused what is there.

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
        if self.balance.fetch_sub(amount, Relaxed) >= amount {
            return true;
        }
        self.balance.fetch_add(amount, Relaxed);
        false
    }

    pub fn balance(&self) -> i64 {
        self.balance.load(Relaxed)
    }
}
