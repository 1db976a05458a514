//! What each step of the reader-writer lock does, and what the step before lacks.

use listings::ch09_rwlock::s1_rule::RuleRwLock;
use listings::{few_preemptions, page, table, told_in_full};
use loom_platform::{Ending, Exploration, Outcome, UnsafeCell, explore, name, thread};
use primitives::{RwLock, RwLockReadGuard};
use std::mem::forget;
use std::sync::Arc;

/// A number in a reader-writer lock, whichever of the book's it is.
trait AnyRwLock: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    type Reading<'a>;
    fn new() -> Self;
    fn try_read(&self) -> Option<Self::Reading<'_>>;
    fn look(&self) -> i32;
    fn add(&self);
    /// Waits to write, and never ends writing.
    fn write_and_stay(&self);
    /// Call it while reading.
    fn a_writer_waits(&self) -> bool;
}

/// A lock of steps one and two, and a number that it protects.
struct Ruled<const WRITERS_FIRST: bool> {
    lock: RuleRwLock,
    number: UnsafeCell<i32>,
}

// SAFETY: the number is changed only by who writes, and looked at only by who reads. That is the
// claim under check.
unsafe impl<const WRITERS_FIRST: bool> Sync for Ruled<WRITERS_FIRST> {}

type ReadersFirst = Ruled<false>;
type WritersFirst = Ruled<true>;

/// Dropping it ends a read.
struct Reading<'a>(&'a RuleRwLock);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.leave_read();
    }
}

impl<const WRITERS_FIRST: bool> AnyRwLock for Ruled<WRITERS_FIRST> {
    const NAME: &'static str = if WRITERS_FIRST { "writers first" } else { "readers first" };
    type Reading<'a> = Reading<'a>;
    fn new() -> Self {
        let lock =
            if WRITERS_FIRST { RuleRwLock::writers_first() } else { RuleRwLock::readers_first() };
        Self { lock, number: UnsafeCell::new(0) }
    }
    fn try_read(&self) -> Option<Reading<'_>> {
        self.lock.try_read().then(|| Reading(&self.lock))
    }
    fn look(&self) -> i32 {
        self.lock.read();
        let _reading = Reading(&self.lock);
        // SAFETY: this thread reads.
        self.number.with(|number| unsafe { *number })
    }
    fn add(&self) {
        self.lock.write();
        // SAFETY: this thread writes.
        self.number.with_mut(|number| unsafe { *number += 1 });
        self.lock.leave_write();
    }
    fn write_and_stay(&self) {
        self.lock.write();
    }
    fn a_writer_waits(&self) -> bool {
        self.lock.a_writer_waits()
    }
}

impl AnyRwLock for RwLock<i32> {
    const NAME: &'static str = "`RwLock`";
    type Reading<'a> = RwLockReadGuard<'a, i32>;
    fn new() -> Self {
        Self::new(0)
    }
    fn try_read(&self) -> Option<RwLockReadGuard<'_, i32>> {
        self.try_read()
    }
    fn look(&self) -> i32 {
        *self.read()
    }
    fn add(&self) {
        *self.write() += 1;
    }
    fn write_and_stay(&self) {
        forget(self.write());
    }
    fn a_writer_waits(&self) -> bool {
        // Nobody writes while we read. Who keeps another reader out is a writer that waits.
        self.try_read().is_none()
    }
}

fn every_order_of<O: Outcome>(program: impl Fn() -> O + Send + Sync + 'static) -> Exploration<O> {
    let exploration = explore(program);
    assert!(exploration.exhaustive, "{exploration}");
    exploration
}

/// Ann and Ben share a lock.
pub(crate) fn two<L: Send + Sync + 'static, A: Send + 'static, B: Send + 'static>(
    lock: L,
    ann: impl FnOnce(&L) -> A + Send + 'static,
    ben: impl FnOnce(&L) -> B + Send + 'static,
) -> (A, B, L) {
    let lock = Arc::new(lock);
    name(&*lock, "the lock");
    let ann = {
        let lock = lock.clone();
        thread::spawn("Ann", move || ann(&lock))
    };
    let ben = {
        let lock = lock.clone();
        thread::spawn("Ben", move || ben(&lock))
    };
    let (ann, ben) = (ann.join().unwrap(), ben.join().unwrap());
    (ann, ben, Arc::into_inner(lock).expect("both are done"))
}

fn two_write<L: AnyRwLock>() {
    assert_eq!(two(L::new(), L::add, L::add).2.look(), 2);
}

fn one_writes<L: AnyRwLock>() {
    assert!([0, 1].contains(&two(L::new(), L::add, L::look).1));
}

#[test]
fn each_step_keeps_others_out_while_one_writes() {
    fn rows<L: AnyRwLock>() -> [[String; 4]; 2] {
        let programs =
            [("both write", two_write::<L> as fn()), ("one writes, one reads", one_writes::<L>)];
        programs.map(|(what, program)| {
            let exploration = every_order_of(program);
            let failures = exploration.failures().count();
            assert_eq!(failures, 0, "{}", L::NAME);
            [L::NAME, what, &exploration.to_string(), &failures.to_string()].map(str::to_owned)
        })
    }
    let rows = [rows::<ReadersFirst>(), rows::<WritersFirst>(), rows::<RwLock<i32>>()].concat();
    page("rwlock-excludes.md", &table(["lock", "Ann and Ben", "search", "failures"], rows));
}

/// Ann waits to write. Ben reads, and so many times ends the read and begins another, if he can.
/// Returns how often he did that although he had seen Ann wait.
fn writer_overtaken<L: AnyRwLock>(times: u32) -> u32 {
    let comes_again = move |lock: &L| {
        let mut overtaken = 0;
        let Some(mut reading) = lock.try_read() else { return overtaken };
        for _ in 0..times {
            let ann_waits = lock.a_writer_waits();
            drop(reading);
            // Ann stays: if Ben can read, she has not come in.
            let Some(again) = lock.try_read() else { return overtaken };
            reading = again;
            overtaken += u32::from(ann_waits);
        }
        overtaken
    };
    two(L::new(), L::write_and_stay, comes_again).1
}

/// Ann waits to read. Ben writes, and so many times ends that and begins again, if he can.
fn reader_overtaken(rule: fn() -> RuleRwLock, times: u32) -> u32 {
    let comes_again = move |lock: &RuleRwLock| {
        let mut overtaken = 0;
        if !lock.try_write() {
            return overtaken;
        }
        for _ in 0..times {
            let ann_waits = lock.a_reader_waits();
            lock.leave_write();
            if !lock.try_write() {
                return overtaken;
            }
            overtaken += u32::from(ann_waits);
        }
        lock.leave_write();
        overtaken
    };
    two(rule(), RuleRwLock::read, comes_again).1
}

const TIMES: [u32; 3] = [1, 2, 3];

/// The most times that somebody was overtaken, and the search.
fn most(overtaken: impl Fn() -> u32 + Send + Sync + 'static) -> (u32, String) {
    // With two preemptions nobody that has patience is seen to be overtaken twice.
    let exploration = few_preemptions(3, overtaken);
    assert_eq!(exploration.failures().count(), 0);
    let most = exploration.returned().map(|(overtaken, _)| *overtaken).max();
    (most.expect("it ends"), exploration.to_string())
}

/// What finds out how often Ann is overtaken, and how often it must be.
type Column<'a> = (&'a dyn Fn(u32) -> (u32, String), [u32; 3]);

/// A row for each number of times that Ben comes again: how often Ann is overtaken at most, and the
/// search.
fn overtaken_table<const N: usize>(file: &str, head: [&str; N], columns: &[Column<'_>]) {
    let rows = [0, 1, 2].map(|row| {
        let mut cells = vec![TIMES[row].to_string()];
        for (column, expected) in columns {
            let (most, search) = column(TIMES[row]);
            assert_eq!(most, expected[row], "{file}, {}", TIMES[row]);
            cells.extend([most.to_string(), search]);
        }
        cells.try_into().expect("as many cells as the head has")
    });
    page(file, &table(head, rows));
}

#[test]
fn a_writer_is_overtaken_as_often_as_readers_come_if_they_go_first_and_else_only_so_often_bounded()
{
    let head = [
        "Ben comes again",
        "readers first: Ann overtaken",
        "search",
        "writers first: Ann overtaken",
        "search",
        "`RwLock`: Ann overtaken",
        "search",
    ];
    overtaken_table(
        "rwlock-writer-overtaken.md",
        head,
        &[
            (&|times| most(move || writer_overtaken::<ReadersFirst>(times)), TIMES),
            (&|times| most(move || writer_overtaken::<WritersFirst>(times)), [0, 0, 0]),
            (&|times| most(move || writer_overtaken::<RwLock<i32>>(times)), [1, 1, 1]),
        ],
    );
}

#[test]
fn a_reader_is_overtaken_as_often_as_a_writer_comes_under_both_rules_bounded() {
    let head = [
        "Ben comes again",
        "readers first: Ann overtaken",
        "search",
        "writers first: Ann overtaken",
        "search",
    ];
    overtaken_table(
        "rwlock-reader-overtaken.md",
        head,
        &[
            (&|times| most(move || reader_overtaken(RuleRwLock::readers_first, times)), TIMES),
            (&|times| most(move || reader_overtaken(RuleRwLock::writers_first, times)), TIMES),
        ],
    );
    let exploration = few_preemptions(2, || reader_overtaken(RuleRwLock::writers_first, 1));
    let is_once = |ending: &Ending<u32>| *ending == Ending::Returned(1);
    let once = exploration.outcomes.iter().find(|found| is_once(&found.ending)).expect("once");
    page("rule-rwlock-reader-overtaken.txt", &told_in_full(once));
}
