//! What each deadlock detector misses, and what it finds that is not there.

use listings::ch05_deadlock::exercises::{
    Account, Watched, transfer_as_it_comes, transfer_in_the_end, transfer_sorted, transfer_stubborn,
};
use listings::ch05_deadlock::s1_watched::{LOCKS, Refused, WatchedLocks};
use listings::ch05_deadlock::s2_thread_graph::ThreadGraph;
use listings::ch05_deadlock::s3_lock_graph::LockGraph;
use listings::ch05_deadlock::s4_random_pause;
use listings::{every_order, few_preemptions, page, stuck, table, told};
use loom_platform::{Ending, Exploration, explore, step, thread};
use primitives::{Detector, WatchedLock};
use std::sync::{Arc, Mutex};

/// Three locks and what watches over them.
trait Watch: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Gives the locks their names, where they have none.
    fn name(&self) {}
    /// Calls `f` with the lock held.
    fn with(&self, lock: usize, f: impl FnOnce() -> Answer) -> Answer;
}

/// Whether all locks were had.
type Answer = Result<(), Refused>;

struct Library([WatchedLock<(), Arc<Detector>>; 3]);

impl Watch for Library {
    const NAME: &'static str = "`Detector`";
    fn new() -> Self {
        let detector = Arc::new(Detector::new());
        Self(LOCKS.map(|name| WatchedLock::new(name, detector.clone(), ())))
    }
    fn with(&self, lock: usize, f: impl FnOnce() -> Answer) -> Answer {
        let _guard = self.0[lock].lock().map_err(|_| Refused)?;
        f()
    }
}

macro_rules! watch {
    ($($table:ident $name:literal)*) => { $(
        impl Watch for WatchedLocks<$table> {
            const NAME: &'static str = $name;
            fn new() -> Self {
                Self::default()
            }
            fn name(&self) {
                self.name();
            }
            fn with(&self, lock: usize, f: impl FnOnce() -> Answer) -> Answer {
                self.with(lock, f)?
            }
        }
    )* };
}
watch! { ThreadGraph "arrows to threads" LockGraph "arrows to locks" }

/// The answer to an exercise, which is wrong.
struct TellsLate(WatchedLocks<LockGraph>);

impl Watch for TellsLate {
    const NAME: &'static str = "tells late";
    fn new() -> Self {
        Self(WatchedLocks::default())
    }
    fn with(&self, lock: usize, f: impl FnOnce() -> Answer) -> Answer {
        self.0.with_and_tells_late(lock, f)?
    }
}

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

/// Takes one lock, and the other while it holds the first.
fn both<W: Watch>(locks: &W, first: usize, second: usize) -> Answer {
    locks.with(first, || {
        step(format!("asks for {}", LOCKS[second]));
        locks.with(second, || Ok(()))
    })
}

/// Takes one lock, lets go of it, and takes the other.
fn in_turn<W: Watch>(locks: &W) -> Answer {
    locks.with(A, || Ok(()))?;
    step("holds nothing, asks for lock B".to_owned());
    locks.with(B, || Ok(()))
}

fn together<W: Watch, const N: usize>(bodies: [fn(&W) -> Answer; N]) -> [Answer; N] {
    let locks = Arc::new(W::new());
    locks.name();
    let mut names = ["Ann", "Ben", "Cat"].into_iter();
    let threads = bodies.map(|body| {
        let locks = locks.clone();
        thread::spawn(names.next().expect("at most three"), move || {
            let answer = body(&locks);
            if answer.is_err() {
                step("is refused".to_owned());
            }
            answer
        })
    });
    threads.map(|thread| thread.join().unwrap())
}

/// Each waits for the other, if the detector does not step in.
fn crosswise<W: Watch>() -> [Answer; 2] {
    together::<W, 2>([|locks| both(locks, A, B), |locks| both(locks, B, A)])
}

/// Ann never holds two locks. So nobody can wait for ever.
fn one_in_turn<W: Watch>() -> [Answer; 2] {
    together::<W, 2>([in_turn, |locks| both(locks, B, A)])
}

fn ring<W: Watch>() -> [Answer; 3] {
    together::<W, 3>([
        |locks| both(locks, A, B),
        |locks| both(locks, B, C),
        |locks| both(locks, C, A),
    ])
}

/// Ann takes lock A for a moment, before she takes the two in the wrong order.
fn once_before<W: Watch>() -> [Answer; 2] {
    let ann = |locks: &W| {
        locks.with(A, || Ok(()))?;
        both(locks, B, A)
    };
    together::<W, 2>([ann, |locks| both(locks, A, B)])
}

fn refused<const N: usize>(exploration: &Exploration<[Answer; N]>) -> u64 {
    let some = exploration.returned().filter(|(answers, _)| answers.contains(&Err(Refused)));
    some.map(|(_, executions)| executions).sum()
}

/// How the programs come out: in how many executions somebody is refused, and in how many all are
/// stuck.
fn rows<W: Watch>() -> [([String; 5], [u64; 2]); 3] {
    fn row<W: Watch, const N: usize>(
        program: &str,
        run: fn() -> [Answer; N],
    ) -> ([String; 5], [u64; 2]) {
        let exploration = few_preemptions(2, run);
        let counts = [refused(&exploration), stuck(&exploration)];
        let [refused, stuck] = counts.map(|count| count.to_string());
        let row = [W::NAME, program, &exploration.to_string(), &refused, &stuck];
        (row.map(str::to_owned), counts)
    }
    [
        row::<W, 2>("Ann locks A, then B as well; Ben B, then A as well", crosswise::<W>),
        row::<W, 2>("Ann locks A, unlocks it, locks B; Ben B, then A as well", one_in_turn::<W>),
        row::<W, 3>("three threads in a ring", ring::<W>),
    ]
}

const HEAD: [&str; 5] = ["detector", "program", "search", "somebody refused", "stuck"];

#[test]
fn arrows_to_threads_miss_deadlocks_and_refuse_threads_that_hold_nothing_bounded() {
    let rows = rows::<WatchedLocks<ThreadGraph>>();
    let [(_, [_, missed]), (_, [falsely, 0]), (_, [_, missed_too])] = &rows else {
        panic!("{rows:?}")
    };
    assert!(*missed > 0 && *missed_too > 0 && *falsely > 0);
    page("thread-graph.md", &table(HEAD, rows.map(|(row, _)| row)));

    let exploration = few_preemptions(2, crosswise::<WatchedLocks<ThreadGraph>>);
    let missed = exploration.failures().next().expect("a deadlock that was not seen");
    page("thread-graph-missed.txt", &told(missed));
    let exploration = few_preemptions(2, one_in_turn::<WatchedLocks<ThreadGraph>>);
    // Ann, who held nothing when she asked.
    let falsely = Ending::Returned([Err(Refused), Ok(())]);
    let mut found = exploration.outcomes.iter().filter(|found| found.ending == falsely);
    page("thread-graph-false.txt", &told(found.next().expect("a false alarm")));
}

#[test]
fn arrows_to_locks_and_the_library_miss_nothing_and_refuse_nobody_for_nothing_bounded() {
    let rows = [rows::<WatchedLocks<LockGraph>>(), rows::<Library>()].concat();
    for (row, [refused, stuck]) in &rows {
        // One is refused where a deadlock can be, and nobody where it cannot.
        assert_eq!(*refused == 0, row[1].contains("unlocks"), "{row:?}");
        assert_eq!(*stuck, 0, "{row:?}");
    }
    page("lock-graph.md", &table(HEAD, rows.into_iter().map(|(row, _)| row)));
}

#[test]
fn a_thread_that_tells_the_table_late_erases_another_and_misses_a_deadlock_bounded() {
    let late = few_preemptions(2, once_before::<TellsLate>);
    assert!(stuck(&late) > 0);
    let in_time = few_preemptions(2, once_before::<WatchedLocks<LockGraph>>);
    assert_eq!(stuck(&in_time), 0);
    assert!(refused(&in_time) > 0);
}

/// Ann and Ben move money to and fro, and Ann to where it is. Whether anybody was refused.
fn to_and_fro(transfer: fn(&Account, &Account, i64) -> bool) -> bool {
    let accounts = Arc::new([Account::new(1, 100), Account::new(2, 100)]);
    let ben = {
        let accounts = accounts.clone();
        thread::spawn("Ben", move || transfer(&accounts[1], &accounts[0], 20))
    };
    let [a, b] = &*accounts;
    let ann = transfer(a, b, 10) && transfer(a, a, 5);
    let done = ann && ben.join().unwrap();
    if done {
        let money = Arc::into_inner(accounts).unwrap().map(Account::into_inner);
        assert_eq!(money, [110, 90]);
    }
    done
}

#[test]
fn sorted_transfers_are_never_refused_and_others_always() {
    for (sorted, done) in [(true, true), (false, false)] {
        let exploration = explore(move || {
            to_and_fro(if sorted {
                |from, to, amount| transfer_sorted(from, to, amount).is_ok()
            } else {
                |from, to, amount| transfer_as_it_comes(from, to, amount).is_ok()
            })
        });
        assert!(exploration.exhaustive);
        let outcomes: Vec<_> = exploration.outcomes.iter().map(|found| &found.ending).collect();
        assert_eq!(outcomes, [&Ending::Returned(done)]);
    }
}

/// Ann moves money from A to B, and Ben from B to A. How often each was refused.
fn crossing(transfer: fn(&Watched, &Watched, i64) -> u32) -> [u32; 2] {
    let detector = Arc::new(Detector::new());
    let locks = Arc::new([A, B].map(|n| Watched::new(LOCKS[n], detector.clone(), 100)));
    let ben = {
        let locks = locks.clone();
        thread::spawn("Ben", move || transfer(&locks[B], &locks[A], 20))
    };
    let ann = transfer(&locks[A], &locks[B], 10);
    [ann, ben.join().unwrap()]
}

#[test]
fn a_refused_thread_that_lets_go_is_refused_once_and_one_that_keeps_its_lock_each_time() {
    for (transfer, times) in
        [(transfer_in_the_end as fn(&_, &_, _) -> _, 1), (transfer_stubborn, 3)]
    {
        let exploration = every_order(move || crossing(transfer));
        assert_eq!(exploration.failures().count(), 0);
        let mut outcomes: Vec<_> = exploration.returned().map(|(times, _)| *times).collect();
        outcomes.sort();
        assert_eq!(outcomes, [[0, 0], [0, times], [times, 0]]);
    }
}

#[test]
fn two_threads_that_pause_at_random_both_get_both_locks_in_opposite_orders() {
    const ROUNDS: u32 = 1000;
    let locks = [Mutex::new(0), Mutex::new(0)];
    std::thread::scope(|scope| {
        for (first, second) in [(0, 1), (1, 0)] {
            let locks = &locks;
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let (mut one, mut other) = s4_random_pause::both(&locks[first], &locks[second]);
                    *one += 1;
                    *other += 1;
                }
            });
        }
    });
    assert_eq!(locks.map(|lock| lock.into_inner().unwrap()), [2 * ROUNDS; 2]);
}
