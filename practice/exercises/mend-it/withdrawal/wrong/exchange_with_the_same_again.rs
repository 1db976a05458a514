// busy: what was seen is never looked at again.

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
        while seen >= amount {
            if self.balance.compare_exchange(seen, seen - amount, Relaxed, Relaxed).is_ok() {
                return true;
            }
            spin_loop();
        }
        false
    }

    pub fn balance(&self) -> i64 {
        self.balance.load(Relaxed)
    }
}
