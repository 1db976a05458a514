//! Mend it: the withdrawal.
//!
//! An account must never be overdrawn. Ann and Ben each draw 800 from an account with 1000. In some
//! order of their steps both get the money. Mend `withdraw`. It must refuse only what is not there,
//! at no time.

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
        if self.balance.load(Relaxed) >= amount {
            self.balance.fetch_sub(amount, Relaxed);
            return true;
        }
        false
    }

    pub fn balance(&self) -> i64 {
        self.balance.load(Relaxed)
    }
}
