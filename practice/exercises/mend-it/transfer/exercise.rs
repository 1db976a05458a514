//! Mend it: the transfer.
//!
//! Ann transfers from account 0 to account 1, and Ben from 1 to 0. In some order of their steps,
//! both wait for ever. Mend `transfer`. What `total` returns must be right at every moment.

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
        let mut from = self.accounts[from].lock();
        let mut to = self.accounts[to].lock();
        *from -= amount;
        *to += amount;
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
