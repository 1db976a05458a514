//! The exercises of the chapters on the counter and the withdrawal, and how long a guard lives:
//! answers, wrong and right.

use primitives::Lock;
use primitives::platform::atomic::{AtomicI64, Ordering::Relaxed};
use primitives::platform::{name, thread};
use std::sync::Arc;

const NAMES: [&str; 2] = ["Ann", "Ben"];

/// Runs `ann` and `ben` as two threads that share something. Returns what they return.
pub(crate) fn two<S: Send + Sync + 'static, A: Send + 'static, B: Send + 'static>(
    shared: &Arc<S>,
    ann: impl FnOnce(&S) -> A + Send + 'static,
    ben: impl FnOnce(&S) -> B + Send + 'static,
) -> (A, B) {
    let (for_ann, for_ben) = (shared.clone(), shared.clone());
    let ann = thread::spawn(NAMES[0], move || ann(&for_ann));
    let ben = thread::spawn(NAMES[1], move || ben(&for_ben));
    (ann.join().unwrap(), ben.join().unwrap())
}

// ANCHOR: add
/// Adds one.
pub fn add_in_place(counter: &Lock<i64>) {
    *counter.lock() += 1;
}

/// Adds one, too?
pub fn add_in_two_lines(counter: &Lock<i64>) {
    let seen = *counter.lock();
    *counter.lock() = seen + 1;
}

/// Adds one, too?
pub fn add_in_one_line(counter: &Lock<i64>) {
    *counter.lock() = *counter.lock() + 1;
}
// ANCHOR_END: add

/// What Ann and Ben have counted when each has added one.
pub fn counted(add: fn(&Lock<i64>)) -> i64 {
    let counter = Arc::new(Lock::new(0));
    name(&*counter, "the counter's lock");
    two(&counter, add, add);
    *counter.lock()
}

// ANCHOR: thrice
/// Adds one, three times, with nothing to keep others away.
fn add_thrice(counter: &AtomicI64) {
    for _ in 0..3 {
        let seen = counter.load(Relaxed);
        counter.store(seen + 1, Relaxed);
    }
}

/// What Ann and Ben have counted when each has added one three times.
pub fn counted_thrice() -> i64 {
    let counter = Arc::new(AtomicI64::new(0));
    name(&*counter, "the counter");
    two(&counter, add_thrice, add_thrice);
    counter.load(Relaxed)
}
// ANCHOR_END: thrice

// ANCHOR: largest
/// Keeps the largest size that was seen. Or so it says.
pub fn note_if_larger(largest: &AtomicI64, size: i64) {
    if size > largest.load(Relaxed) {
        largest.store(size, Relaxed);
    }
}
// ANCHOR_END: largest

// ANCHOR: largest_right
/// Keeps the largest size that was seen.
pub fn note_largest(largest: &AtomicI64, size: i64) {
    let mut seen = largest.load(Relaxed);
    while size > seen {
        match largest.compare_exchange(seen, size, Relaxed, Relaxed) {
            Ok(_) => return,
            // Another size came first. Is ours larger than that one?
            Err(newer) => seen = newer,
        }
    }
}
// ANCHOR_END: largest_right

/// Ann notes 10 and Ben 20. What is kept.
pub fn largest(note: fn(&AtomicI64, i64)) -> i64 {
    let largest = Arc::new(AtomicI64::new(0));
    name(&*largest, "the largest");
    two(&largest, move |it| note(it, 10), move |it| note(it, 20));
    largest.load(Relaxed)
}

// ANCHOR: pair
/// How many downloads, and their bytes together.
pub struct Totals {
    downloads: AtomicI64,
    bytes: AtomicI64,
}

impl Totals {
    /// Counts a download of ten bytes.
    pub fn add(&self) {
        self.downloads.fetch_add(1, Relaxed);
        self.bytes.fetch_add(10, Relaxed);
    }

    /// Bytes in a download, on average.
    pub fn average(&self) -> Option<i64> {
        let downloads = self.downloads.load(Relaxed);
        (downloads > 0).then(|| self.bytes.load(Relaxed) / downloads)
    }
}
// ANCHOR_END: pair

// ANCHOR: pair_right
/// The same two numbers, behind one lock.
pub struct LockedTotals(Lock<(i64, i64)>);

impl LockedTotals {
    /// Counts a download of ten bytes.
    pub fn add(&self) {
        let mut totals = self.0.lock();
        totals.0 += 1;
        totals.1 += 10;
    }

    /// Bytes in a download, on average.
    pub fn average(&self) -> Option<i64> {
        let (downloads, bytes) = *self.0.lock();
        (downloads > 0).then(|| bytes / downloads)
    }
}
// ANCHOR_END: pair_right

/// Ann counts a download, Ben asks for the average.
pub fn average_of_two_atomics() -> Option<i64> {
    let totals = Arc::new(Totals { downloads: AtomicI64::new(0), bytes: AtomicI64::new(0) });
    name(&totals.downloads, "downloads");
    name(&totals.bytes, "bytes");
    two(&totals, Totals::add, Totals::average).1
}

/// Ann counts a download, Ben asks for the average.
pub fn average_under_a_lock() -> Option<i64> {
    let totals = Arc::new(LockedTotals(Lock::new((0, 0))));
    two(&totals, LockedTotals::add, LockedTotals::average).1
}

// ANCHOR: draw
/// Draws first and asks afterwards. Says whether it paid.
pub fn draw_and_give_back(account: &AtomicI64, amount: i64) -> bool {
    let enough = account.fetch_sub(amount, Relaxed) >= amount;
    if !enough {
        account.fetch_add(amount, Relaxed);
    }
    enough
}
// ANCHOR_END: draw

// ANCHOR: draw_right
/// Draws if the balance is still the one that was enough. Says whether it paid.
pub fn draw_if_unchanged(account: &AtomicI64, amount: i64) -> bool {
    let mut balance = account.load(Relaxed);
    while balance >= amount {
        match account.compare_exchange(balance, balance - amount, Relaxed, Relaxed) {
            Ok(_) => return true,
            Err(changed) => balance = changed,
        }
    }
    false
}
// ANCHOR_END: draw_right

/// There are 1000. Ann asks for so much, Ben for 800. Whether each was paid, and the balance.
pub fn drawn(draw: fn(&AtomicI64, i64) -> bool, ann_asks: i64) -> (bool, bool, i64) {
    let account = Arc::new(AtomicI64::new(1000));
    name(&*account, "the balance");
    let (ann, ben) = two(&account, move |it| draw(it, ann_asks), move |it| draw(it, 800));
    (ann, ben, account.load(Relaxed))
}

// ANCHOR: lock_free_inside
/// Draws if there is enough. Says whether it paid.
pub fn draw(account: &Lock<i64>, amount: i64) -> bool {
    let mut balance = account.lock();
    let enough = is_enough(&balance, amount);
    if enough {
        *balance -= amount;
    }
    enough
}

/// Locks nothing: whoever can show it the balance has the lock.
fn is_enough(balance: &i64, amount: i64) -> bool {
    *balance >= amount
}
// ANCHOR_END: lock_free_inside

/// There are 1000, and Ann and Ben each ask for 800. Whether each was paid, and the balance.
pub fn drawn_under_a_lock() -> (bool, bool, i64) {
    let account = Arc::new(Lock::new(1000));
    let (ann, ben) = two(&account, |it| draw(it, 800), |it| draw(it, 800));
    (ann, ben, *account.lock())
}

// ANCHOR: all
/// Pays all that is there. Or so it says.
pub fn draw_all_in_two_lines(account: &Lock<i64>) -> i64 {
    let all = *account.lock();
    *account.lock() -= all;
    all
}
// ANCHOR_END: all

// ANCHOR: all_right
/// Pays all that is there.
pub fn draw_all(account: &Lock<i64>) -> i64 {
    std::mem::take(&mut *account.lock())
}
// ANCHOR_END: all_right

/// There are 1000, and Ann and Ben each ask for all. What they were paid together, and the balance.
pub fn emptied(draw_all: fn(&Lock<i64>) -> i64) -> (i64, i64) {
    let account = Arc::new(Lock::new(1000));
    name(&*account, "the account's lock");
    let (ann, ben) = two(&account, draw_all, draw_all);
    (ann + ben, *account.lock())
}

// ANCHOR: accounts
/// Two accounts of one owner.
pub struct Accounts {
    current: Lock<i64>,
    savings: Lock<i64>,
}

impl Accounts {
    /// Moves money from the current account to the savings.
    pub fn save(&self, amount: i64) {
        let mut current = self.current.lock();
        let mut savings = self.savings.lock();
        *current -= amount;
        *savings += amount;
    }

    /// What the owner has. Or so it says.
    pub fn total_one_by_one(&self) -> i64 {
        let current = *self.current.lock();
        let savings = *self.savings.lock();
        current + savings
    }
    // ANCHOR_END: accounts

    // ANCHOR: accounts_right
    /// What the owner has.
    pub fn total(&self) -> i64 {
        let current = self.current.lock();
        let savings = self.savings.lock();
        *current + *savings
    }
    // ANCHOR_END: accounts_right

    /// The same, with the locks in the other order.
    pub fn total_in_the_other_order(&self) -> i64 {
        let savings = self.savings.lock();
        let current = self.current.lock();
        *current + *savings
    }
}

/// Ann saves 100 of 1000, Ben asks for the total.
pub fn asked(total: fn(&Accounts) -> i64) -> i64 {
    let accounts = Arc::new(Accounts { current: Lock::new(1000), savings: Lock::new(0) });
    name(&accounts.current, "the current account");
    name(&accounts.savings, "the savings");
    two(&accounts, |it| it.save(100), total).1
}

// ANCHOR: temporary
/// Sells a ticket. A new pad has ten.
pub fn sell_in_match(tickets: &Lock<i64>) {
    match *tickets.lock() {
        0 => *tickets.lock() = 9,
        _ => *tickets.lock() -= 1,
    }
}

/// Sells a ticket. A new pad has ten.
pub fn sell_in_if(tickets: &Lock<i64>) {
    if *tickets.lock() == 0 {
        *tickets.lock() = 9;
    } else {
        *tickets.lock() -= 1;
    }
}

/// Sells a ticket. A new pad has ten.
pub fn sell_with_one_guard(tickets: &Lock<i64>) {
    let mut left = tickets.lock();
    match *left {
        0 => *left = 9,
        _ => *left -= 1,
    }
}
// ANCHOR_END: temporary

// ANCHOR: temporary_let
/// Sells a ticket. A new pad has ten.
pub fn sell_in_if_let(tickets: &Lock<i64>) {
    if let left @ 1.. = *tickets.lock() {
        *tickets.lock() = left - 1;
    } else {
        *tickets.lock() = 9;
    }
}

/// Sells all that is left on the pad.
pub fn sell_in_while_let(tickets: &Lock<i64>) {
    while let left @ 1.. = *tickets.lock() {
        *tickets.lock() = left - 1;
    }
}
// ANCHOR_END: temporary_let

/// How many tickets are left when Ann and Ben have each bought one.
pub fn left_after_two(tickets: i64, sell: fn(&Lock<i64>)) -> i64 {
    let tickets = pad(tickets);
    two(&tickets, sell, sell);
    *tickets.lock()
}

/// How many tickets are left when Ann has bought, and nobody else.
pub fn left_after_one(tickets: i64, sell: fn(&Lock<i64>)) -> i64 {
    let tickets = pad(tickets);
    two(&tickets, sell, |_| ());
    *tickets.lock()
}

fn pad(tickets: i64) -> Arc<Lock<i64>> {
    let tickets = Arc::new(Lock::new(tickets));
    name(&*tickets, "the pad's lock");
    tickets
}

/// Whether the lock is taken after each of two ways to lock it.
pub fn a_guard_with_and_without_a_name(lock: &Lock<i64>) -> [bool; 2] {
    // ANCHOR: named
    let _ = lock.lock();
    let without_a_name = lock.is_locked();
    let _guard = lock.lock();
    let with_a_name = lock.is_locked();
    // ANCHOR_END: named
    [without_a_name, with_a_name]
}
