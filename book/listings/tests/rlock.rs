//! What each step of the re-entrant lock does, and what the step before lacks.

use listings::ch04_rlock::exercises::{Bank, unlocked, unlocked_once};
use listings::ch04_rlock::s1_owner::OwnerLock;
use listings::ch04_rlock::s2_late_owner::LateOwnerLock;
use listings::{every_order, page, table, told_in_full};
use loom_platform::atomic::{AtomicI64, Ordering::Relaxed};
use loom_platform::picture::{End, svg};
use loom_platform::{Ending, Exploration, Found, name, step, thread};
use primitives::{Lock, RawLock, RawRLock};
use std::sync::Arc;

/// A lock without data, whichever of the book's it is.
struct Kind<L: 'static> {
    /// What the lock knows.
    name: &'static str,
    new: fn() -> L,
    lock: fn(&L),
    unlock: fn(&L),
}

const PLAIN: Kind<RawLock> = Kind {
    name: "nothing: `Lock`",
    new: RawLock::new,
    lock: RawLock::lock,
    // SAFETY: the programs unlock as often as they have locked.
    unlock: |lock| unsafe { lock.unlock() },
};

const OWNER: Kind<OwnerLock> =
    Kind { name: "who", new: OwnerLock::new, lock: OwnerLock::lock, unlock: OwnerLock::unlock };

const LATE: Kind<LateOwnerLock> = Kind {
    name: "who, cleared late, and how often",
    new: LateOwnerLock::new,
    lock: LateOwnerLock::lock,
    unlock: LateOwnerLock::unlock,
};

const LIBRARY: Kind<RawRLock> = Kind {
    name: "who and how often: `RLock`",
    new: RawRLock::new,
    lock: RawRLock::lock,
    unlock: RawRLock::unlock,
};

const AMOUNT: i64 = 800;

/// Draws, and asks under the lock whether there is enough, by a function that locks too.
fn draw<L>(kind: &Kind<L>, lock: &L, balance: &AtomicI64) -> i64 {
    let is_enough = || {
        (kind.lock)(lock);
        let seen = balance.load(Relaxed);
        (kind.unlock)(lock);
        step(format!("has locked again, seen {seen}, unlocked"));
        seen >= AMOUNT
    };
    (kind.lock)(lock);
    step("has the lock, to draw");
    let paid = if is_enough() { AMOUNT } else { 0 };
    let left = balance.load(Relaxed) - paid;
    balance.store(left, Relaxed);
    step(format!("is paid {paid}, leaves {left}"));
    (kind.unlock)(lock);
    paid
}

/// Ann and Ben draw from an account with 1000. Says what they were paid, and the balance.
fn both_draw<L: Send + Sync>(kind: &'static Kind<L>) -> (i64, i64) {
    let shared = Arc::new(((kind.new)(), AtomicI64::new(1000)));
    name(&shared.0, "the lock");
    name(&shared.1, "the balance");
    let drawers = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || draw(kind, &shared.0, &shared.1))
    });
    let paid = drawers.into_iter().map(|drawer| drawer.join().unwrap()).sum();
    (paid, shared.1.load(Relaxed))
}

/// All orders.
fn search<L: Send + Sync>(kind: &'static Kind<L>) -> Exploration<(i64, i64)> {
    every_order(|| both_draw(kind))
}

/// How an execution ends, in words.
fn words(found: &Found<(i64, i64)>) -> String {
    match &found.ending {
        Ending::Returned((paid, balance)) => format!("paid {paid}, balance {balance}"),
        Ending::Stuck(_) => "stuck".to_owned(),
        Ending::Panicked(panic) => panic!("{}", panic.message),
    }
}

/// Rows of a table: every way in which the two can end, and how many executions do.
fn rows<L: Send + Sync>(kind: &'static Kind<L>) -> Vec<[String; 4]> {
    let exploration = search(kind);
    let mut rows: Vec<(String, u64)> = Vec::new();
    for found in &exploration.outcomes {
        let words = words(found);
        match rows.iter_mut().find(|(ending, _)| *ending == words) {
            Some((_, executions)) => *executions += found.executions,
            None => rows.push((words, found.executions)),
        }
    }
    rows.sort();
    let row = |(ending, executions): (String, u64)| {
        [kind.name.to_owned(), exploration.to_string(), ending, executions.to_string()]
    };
    rows.into_iter().map(row).collect()
}

#[test]
fn each_step_lets_two_draw_better_than_the_one_before() {
    let steps = [rows(&PLAIN), rows(&OWNER), rows(&LATE), rows(&LIBRARY)];
    let endings: Vec<Vec<&str>> =
        steps.iter().map(|rows| rows.iter().map(|row| row[2].as_str()).collect()).collect();
    let (refused, overdrawn, unnoticed) =
        ("paid 800, balance 200", "paid 1600, balance -600", "paid 1600, balance 200");
    let expected: [&[&str]; 4] =
        [&["stuck"], &[overdrawn, unnoticed, refused], &[refused, "stuck"], &[refused]];
    assert_eq!(endings, expected);
    let head = ["lock knows", "search", "how it ends", "executions"];
    page("rlock-steps.md", &table(head, steps.concat()));
}

#[test]
fn where_the_inner_unlock_lets_others_in_the_picture_ends_at_minus_600() {
    let exploration = search(&OWNER);
    let overdrawn = |found: &&Found<_>| words(found) == "paid 1600, balance -600";
    let found = exploration.outcomes.iter().find(overdrawn).expect("minus 600");
    let title = "The lock knows who holds it, and not how often";
    page("rlock-owner.svg", &svg(&found.trace, title, End::Badly(&words(found))));
}

/// Ann locks once, and Ben locks again while he holds the lock.
fn lock_and_lock_again() {
    let lock = Arc::new(LateOwnerLock::new());
    lock.name_parts();
    let ann = {
        let lock = lock.clone();
        thread::spawn("Ann", move || {
            lock.lock();
            lock.unlock();
        })
    };
    let ben = thread::spawn("Ben", move || {
        lock.lock();
        lock.lock();
        lock.unlock();
        lock.unlock();
    });
    ann.join().unwrap();
    ben.join().unwrap();
}

#[test]
fn where_the_owner_is_cleared_late_a_holder_is_taken_for_a_stranger() {
    let exploration = every_order(lock_and_lock_again);
    let stuck = exploration.failures().next().expect("a holder that waits for itself");
    let Ending::Stuck(waiting) = &stuck.ending else { panic!("{stuck}") };
    // Ann is done, and Ben waits though nobody else is there.
    let waiting: Vec<_> = waiting.iter().filter(|one| one.thread != "main").collect();
    assert!(matches!(&waiting[..], [ben] if ben.waits_for == "the lock"), "{stuck}");
    page("rlock-late-stuck.txt", &told_in_full(stuck));
}

/// A thread that holds the lock twice waits for the end of one that needs it. How deep it is
/// afterwards.
fn wait_for_another(unlocked: fn(&RawRLock, Box<dyn FnOnce()>)) -> Exploration<u32> {
    every_order(move || {
        let lock = Arc::new(RawRLock::new());
        lock.lock();
        lock.lock();
        let other = {
            let lock = lock.clone();
            thread::spawn("other", move || {
                lock.lock();
                lock.unlock();
            })
        };
        unlocked(&lock, Box::new(|| other.join().unwrap()));
        lock.depth()
    })
}

#[test]
fn a_thread_that_waits_for_another_has_to_unlock_as_often_as_it_has_locked() {
    let once = wait_for_another(unlocked_once);
    assert_eq!(once.returned().count(), 0);
    assert!(once.failures().all(|found| matches!(found.ending, Ending::Stuck(_))));
    let all = wait_for_another(unlocked);
    assert_eq!(all.failures().count(), 0);
    assert!(all.returned().all(|(depth, _)| *depth == 2));
}

type Transfer = fn(&Bank, i64, fn(&Bank, &Lock<Vec<i64>>), &Lock<Vec<i64>>);

/// Two threads move 10 and 20. The totals that were seen by those who were told of a change.
fn totals(transfer: Transfer) -> Vec<i64> {
    let exploration = every_order(move || {
        let shared = Arc::new((Bank::new(100), Lock::new(vec![])));
        let other = {
            let shared = shared.clone();
            thread::spawn("other", move || move_money(transfer, 10, &shared))
        };
        move_money(transfer, 20, &shared);
        other.join().unwrap();
        let seen = shared.1.lock();
        seen.clone()
    });
    assert_eq!(exploration.failures().count(), 0);
    let mut totals: Vec<i64> = exploration.returned().flat_map(|(seen, _)| seen.clone()).collect();
    totals.sort_unstable();
    totals.dedup();
    totals
}

fn move_money(transfer: Transfer, amount: i64, shared: &(Bank, Lock<Vec<i64>>)) {
    let look = |bank: &Bank, seen: &Lock<Vec<i64>>| {
        let total = bank.total();
        seen.lock().push(total);
    };
    transfer(&shared.0, amount, look, &shared.1);
}

#[test]
fn a_listener_told_in_the_middle_of_a_transfer_sees_a_total_that_never_was() {
    let half: Transfer = |bank, amount, look, seen| bank.transfer(amount, |bank| look(bank, seen));
    let whole: Transfer =
        |bank, amount, look, seen| bank.transfer_whole(amount, |bank| look(bank, seen));
    assert_eq!(totals(half), [180, 190, 200]);
    assert_eq!(totals(whole), [200]);
}
