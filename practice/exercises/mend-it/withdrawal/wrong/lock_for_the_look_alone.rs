// wrong: the lock is given up before the amount is taken.

use practice::prelude::*;

pub struct Account {
    balance: Lock<i64>,
}

impl Account {
    pub fn new(balance: i64) -> Self {
        Self { balance: Lock::new(balance) }
    }

    /// Takes the amount, and says whether there was enough.
    pub fn withdraw(&self, amount: i64) -> bool {
        let enough = *self.balance.lock() >= amount;
        if enough {
            *self.balance.lock() -= amount;
        }
        enough
    }

    pub fn balance(&self) -> i64 {
        *self.balance.lock()
    }
}
