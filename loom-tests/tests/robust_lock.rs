//! Every interleaving of the lock in shared memory, and a thread that dies at every step.
//!
//! The lock is `processes/src/shared/robust_lock.rs`. What the kernel does for a dead thread is
//! modelled in `shared/platform.rs`.

use super::shared::death::{at_each_step, killed_after, step};
use super::shared::robust_lock::{Left, RobustLock};
use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check, check_without_spurious};
use primitives::platform::deadline::Deadline;
use primitives::platform::time::Duration;
use std::sync::Arc;

const SOON: Deadline = Deadline::After(Duration::from_millis(10));

/// Two numbers that are the same unless somebody is changing them, or died then.
struct Halves {
    lock: RobustLock,
    halves: UnsafeCell<[u32; 2]>,
}

// SAFETY: the cell is used only while the lock is held. That is the claim under check.
unsafe impl Sync for Halves {}
// SAFETY: as for a plain field.
unsafe impl Send for Halves {}

impl Halves {
    fn new() -> Arc<Self> {
        Arc::new(Self { lock: RobustLock::new(), halves: UnsafeCell::new([0, 0]) })
    }

    /// Adds one, if the lock can be had, and says how it was left. What a dead one has left is put
    /// right before.
    fn add_by(&self, deadline: Deadline) -> Option<Left> {
        self.lock.lock_by(deadline).inspect(|&left| self.change(left))
    }

    fn add(&self) -> Left {
        self.add_by(Deadline::Never).expect("without a deadline it is had")
    }

    fn change(&self, left: Left) {
        // SAFETY: the lock is held.
        self.halves.with_mut(|halves| unsafe {
            if left == Left::Well {
                assert_eq!((*halves)[0], (*halves)[1], "left well");
            }
            (*halves)[1] = (*halves)[0];
            (*halves)[0] += 1;
        });
        step();
        // SAFETY: the lock is held.
        self.halves.with_mut(|halves| unsafe { (*halves)[1] += 1 });
        // SAFETY: locked by the caller.
        unsafe { self.lock.unlock() };
    }

    /// The sum, when all is over.
    fn sum(&self) -> u32 {
        let left = self.lock.lock_by(Deadline::Never).unwrap();
        // SAFETY: the lock is held.
        let [sum, other] = self.halves.with(|halves| unsafe { *halves });
        assert!(sum == other || left != Left::Well, "{left:?}, {sum} and {other}");
        sum
    }
}

fn two_threads_with_two_rounds() {
    let halves = Halves::new();
    let other = {
        let halves = halves.clone();
        thread::spawn("second", move || (0..2).for_each(|_| assert_eq!(halves.add(), Left::Well)))
    };
    (0..2).for_each(|_| assert_eq!(halves.add(), Left::Well));
    other.join().unwrap();
    assert_eq!(halves.sum(), 4);
}

#[test]
fn two_threads_with_two_rounds_each_exclude_each_other_and_both_come_through() {
    check(two_threads_with_two_rounds);
}

#[test]
fn three_threads_with_one_round_each_exclude_each_other_and_all_come_through() {
    check_without_spurious(|| {
        let halves = Halves::new();
        let adding = halves.clone();
        thread::spawn_alike(3, "thread", move |_| assert_eq!(adding.add(), Left::Well)).join();
        assert_eq!(halves.sum(), 3);
    });
}

#[test]
fn a_timed_lock_is_had_in_time_or_given_up_and_the_lock_works_on() {
    let answers = answers(|| {
        let halves = Halves::new();
        let other = {
            let halves = halves.clone();
            thread::spawn("timed", move || halves.add_by(SOON).is_some())
        };
        halves.add();
        let in_time = other.join().unwrap();
        (in_time, halves.sum())
    });
    assert_eq!(answers, [(false, 1), (true, 2)]);
}

#[test]
fn try_lock_never_waits_and_takes_what_a_dead_thread_has_left() {
    check(|| {
        let halves = Halves::new();
        let other = {
            let halves = halves.clone();
            thread::spawn("second", move || {
                if let Some(left) = halves.lock.try_lock() {
                    halves.change(left);
                }
            })
        };
        halves.add();
        other.join().unwrap();
        let dead = halves.clone();
        thread::spawn("dead", move || assert!(killed_after(4, || _ = dead.add()))).join().unwrap();
        assert!(halves.lock.try_lock().is_some());
    });
}

/// A thread is killed after so many steps, while another adds. `true` means that it died.
fn one_dies(steps: u32) -> bool {
    let halves = Halves::new();
    let dies = {
        let halves = halves.clone();
        thread::spawn("dies", move || killed_after(steps, || _ = halves.add()))
    };
    let left = halves.add();
    let died = dies.join().unwrap();
    // Whoever died inside is told of once: here, or to the sum.
    assert!(died || left == Left::Well);
    halves.sum();
    died
}

#[test]
fn a_thread_that_dies_at_any_step_lets_another_go_on_and_is_told_of_if_it_died_inside() {
    at_each_step(10, one_dies);
}

#[test]
fn a_thread_that_dies_at_any_step_lets_two_others_go_on() {
    at_each_step(10, |steps| {
        let lock = Arc::new(RobustLock::new());
        let pass = |lock: &RobustLock| {
            lock.lock_by(Deadline::Never);
            // SAFETY: locked above.
            unsafe { lock.unlock() };
        };
        lock.lock_by(Deadline::Never);
        let dies = {
            let lock = lock.clone();
            thread::spawn("dies", move || killed_after(steps, || pass(&lock)))
        };
        let other = {
            let lock = lock.clone();
            thread::spawn("other", move || pass(&lock))
        };
        // SAFETY: locked above.
        unsafe { lock.unlock() };
        let died = dies.join().unwrap();
        other.join().unwrap();
        died
    });
}

#[test]
fn a_thread_that_dies_inside_is_told_of_by_its_number() {
    let answers = answers(|| {
        let halves = Halves::new();
        let dies = halves.clone();
        let dies = thread::spawn("dies", move || {
            killed_after(100, || {
                dies.lock.lock_by(Deadline::Never);
                super::shared::death::die();
            });
            super::shared::platform::robust::me().process
        });
        let number = dies.join().unwrap();
        halves.lock.lock_by(Deadline::Never) == Some(Left::ByDeath(number))
    });
    assert_eq!(answers, [true]);
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [
        ("two threads, two rounds", two_threads_with_two_rounds),
        ("two threads, one after the other's try", || {
            let halves = Halves::new();
            let other = {
                let halves = halves.clone();
                thread::spawn("second", move || {
                    _ = halves.lock.try_lock().map(|left| halves.change(left))
                })
            };
            halves.add();
            other.join().unwrap();
        }),
    ];
    // Taking the lock at once, taking it after a wait, and releasing it.
    assert_eq!(loom_tests::every_ordering_is_needed("src/shared/robust_lock.rs", &programs), 3);
}
