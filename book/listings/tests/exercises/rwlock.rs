//! The exercises of the chapter on readers and writers.

use super::{always, not_always, show};
use crate::rwlock::two;
use listings::ch09_rwlock::exercises::{
    PermitRwLock, Price, look_again, look_then_ask, raise, raise_and_look,
};
use listings::ch09_rwlock::s1_rule::RuleRwLock;
use listings::every_order;
use loom_platform::{Ending, UnsafeCell, name, thread};
use primitives::RwLock;
use primitives::platform::time::Duration;
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

/// Ann reads and goes. Ben waits for a while to write, and if he comes in, goes. Main reads.
fn one_gives_up(try_write: fn(&RuleRwLock, Duration) -> bool) {
    let lock = Arc::new(RuleRwLock::writers_first());
    name(&*lock, "the lock");
    lock.read();
    let ben = {
        let lock = lock.clone();
        thread::spawn("Ben", move || {
            if try_write(&lock, SOON) {
                lock.leave_write();
            }
        })
    };
    let cat = {
        let lock = lock.clone();
        thread::spawn("Cat", move || {
            lock.read();
            lock.leave_read();
        })
    };
    lock.leave_read();
    ben.join().unwrap();
    cat.join().unwrap();
    assert!(lock.try_write(), "somebody is left inside");
}

#[test]
fn a_writer_that_gives_up_has_to_wake_the_readers_that_waited_for_it() {
    let silent = every_order(|| one_gives_up(RuleRwLock::try_write_for_silently));
    let found = silent.failures().next().expect("a reader that sleeps for ever");
    let Ending::Stuck(waiting) = &found.ending else { panic!("{found}") };
    assert!(waiting.iter().any(|one| one.thread == "Cat"), "{found}");
    let right = every_order(|| one_gives_up(RuleRwLock::try_write_for));
    assert!(right.failures().next().is_none(), "{right}");
}

/// A number in the reader-writer lock of an exercise.
struct Page {
    lock: PermitRwLock,
    number: UnsafeCell<i32>,
}

// SAFETY: the number is changed only by who writes, and looked at only by who reads. That is the
// claim under check.
unsafe impl Sync for Page {}

impl Page {
    fn new() -> Self {
        Self { lock: PermitRwLock::new(), number: UnsafeCell::new(0) }
    }

    fn read(&self) {
        // SAFETY: this thread reads.
        self.number.with(|number| assert!(unsafe { *number } <= 1));
    }

    fn write(&self) {
        // SAFETY: this thread writes.
        self.number.with_mut(|number| unsafe { *number += 1 });
    }
}

#[test]
fn a_writer_takes_all_permits_at_once_since_one_by_one_two_get_stuck() {
    let one_by_one = every_order(|| {
        let write = |page: &Page| {
            let _all = page.lock.write_one_by_one();
            page.write();
        };
        two(Page::new(), write, write);
    });
    assert!(one_by_one.failures().any(|found| matches!(found.ending, Ending::Stuck(_))));
    let write = |page: &Page| {
        let _all = page.lock.write();
        page.write();
    };
    let read = |page: &Page| {
        let _one = page.lock.read();
        page.read();
    };
    for other in [write as fn(&Page), read] {
        let right = every_order(move || {
            two(Page::new(), write, other);
        });
        assert!(right.failures().next().is_none(), "{right}");
    }
}

#[test]
fn a_reader_that_looked_with_others_looks_again_when_alone() {
    fn most_asked(price: fn(&RwLock<Price>) -> u32) -> u32 {
        let exploration = every_order(move || {
            let (ann, ben, prices) = two(RwLock::new(Price::default()), price, price);
            assert_eq!((ann, ben), (7, 7));
            prices.into_inner().asked
        });
        assert_eq!(exploration.failures().count(), 0);
        exploration.returned().map(|(asked, _)| *asked).max().expect("it ends")
    }
    assert_eq!(most_asked(look_then_ask), 2);
    assert_eq!(most_asked(look_again), 1);
}

/// A price of 100. Ann raises it by 1, and Ben makes it 500. What Ann is told.
fn told(raise: fn(&RwLock<u32>, u32) -> u32) -> u32 {
    two(RwLock::new(100), move |price| raise(price, 1), |price| *price.write() = 500).0
}

#[test]
fn a_writer_that_reads_what_it_wrote_lets_nobody_write_in_between() {
    let right = [101, 501];
    show(
        "raise",
        [
            not_always("`raise`", || told(raise), &right),
            always("`raise_and_look`", || told(raise_and_look), &right),
        ],
    );
}
