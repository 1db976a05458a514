//! Answers to the exercises on deadlocks: which threads wait in a cycle?

use primitives::Lock;
use primitives::platform::{name, thread};
use std::ptr;
use std::sync::Arc;

/// Two accounts with 100 each.
pub struct Accounts([Lock<i64>; 2]);

impl Default for Accounts {
    fn default() -> Self {
        Self([Lock::new(100), Lock::new(100)])
    }
}

impl Accounts {
    /// What is in the two, when nobody uses them any more.
    pub fn into_inner(self) -> [i64; 2] {
        self.0.map(Lock::into_inner)
    }

    // ANCHOR: itself
    /// Moves 10 from one account to another. The one with the lower number is locked first.
    pub fn transfer(&self, from: usize, to: usize) {
        let mut first = self.0[from.min(to)].lock();
        let mut second = self.0[from.max(to)].lock();
        let (from, to) =
            if from < to { (&mut first, &mut second) } else { (&mut second, &mut first) };
        **from -= 10;
        **to += 10;
    }
    // ANCHOR_END: itself

    // ANCHOR: itself_right
    /// Moves 10 from one account to another, if they are two.
    pub fn transfer_to_another(&self, from: usize, to: usize) {
        if !ptr::eq(&self.0[from], &self.0[to]) {
            self.transfer(from, to);
        }
    }
    // ANCHOR_END: itself_right
}

// ANCHOR: joined
/// Has Ann add one, and adds one too.
pub fn both_add() -> i32 {
    let count = Arc::new(Lock::new(0));
    name(&*count, "the lock");
    let ann = {
        let count = count.clone();
        thread::spawn("Ann", move || *count.lock() += 1)
    };
    let mut mine = count.lock();
    *mine += 1;
    ann.join().unwrap();
    *mine
}
// ANCHOR_END: joined

// ANCHOR: joined_right
/// Has Ann add one, and adds one too.
pub fn both_add_and_let_go() -> i32 {
    let count = Arc::new(Lock::new(0));
    let ann = {
        let count = count.clone();
        thread::spawn("Ann", move || *count.lock() += 1)
    };
    *count.lock() += 1;
    ann.join().unwrap();
    *count.lock()
}
// ANCHOR_END: joined_right

// ANCHOR: three
/// Each thread takes its first lock, then its second.
pub fn take(threads: [(&'static str, usize, usize); 3]) {
    let locks = Arc::new([Lock::new(()), Lock::new(()), Lock::new(())]);
    name(&locks[0], "lock A");
    name(&locks[1], "lock B");
    name(&locks[2], "lock C");
    let threads = threads.map(|(name, first, second)| {
        let locks = locks.clone();
        thread::spawn(name, move || {
            let _first = locks[first].lock();
            let _second = locks[second].lock();
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Ann takes A and B, Ben B and C, Cat A and C.
pub fn cat_takes_a_first() {
    take([("Ann", 0, 1), ("Ben", 1, 2), ("Cat", 0, 2)]);
}

/// Ann takes A and B, Ben B and C, Cat C and A.
pub fn cat_takes_c_first() {
    take([("Ann", 0, 1), ("Ben", 1, 2), ("Cat", 2, 0)]);
}
// ANCHOR_END: three

// ANCHOR: gate
/// As [`cat_takes_c_first`], and all have to be inside a gate while they take their locks.
pub fn cat_takes_c_first_inside() {
    let gate = Arc::new(Lock::new(()));
    name(&*gate, "the gate");
    let locks = Arc::new([Lock::new(()), Lock::new(()), Lock::new(())]);
    let threads = [("Ann", 0, 1), ("Ben", 1, 2), ("Cat", 2, 0)].map(|(name, first, second)| {
        let (gate, locks) = (gate.clone(), locks.clone());
        thread::spawn(name, move || {
            let inside = gate.lock();
            let _first = locks[first].lock();
            let _second = locks[second].lock();
            drop(inside);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
// ANCHOR_END: gate
