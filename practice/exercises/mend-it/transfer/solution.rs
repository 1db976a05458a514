//! The transfer: all threads take the locks in one order.

use practice::prelude::*;

pub struct Bank {
    accounts: [Lock<i64>; 2],
}

impl Bank {
    /// Two accounts with 100 each.
    pub fn new() -> Self {
        Self { accounts: [Lock::new(100), Lock::new(100)] }
    }

    pub fn transfer(&self, from: usize, to: usize, amount: i64) {
        // Everybody locks in this order, whichever way the money goes.
        let mut accounts = [self.accounts[0].lock(), self.accounts[1].lock()];
        *accounts[from] -= amount;
        *accounts[to] += amount;
    }

    pub fn balance(&self, account: usize) -> i64 {
        *self.accounts[account].lock()
    }

    /// What is on both accounts.
    pub fn total(&self) -> i64 {
        let first = self.accounts[0].lock();
        let second = self.accounts[1].lock();
        *first + *second
    }
}
