//! Every interleaving of the semaphore in shared memory, and a thread that dies at every step.
//!
//! It is `primitives/src/semaphore.rs` over the line of `processes/src/shared/fair_lock.rs`, which
//! is a robust lock. What a dead thread had is gone. So each has a permit of its own here.

use super::shared::death::{at_each_step, killed_after, killed_asleep, with_one_nap};
use super::shared::semaphore::Semaphore;
use loom_platform::thread::{self, JoinHandle};
use loom_tests::{check, check_without_spurious};
use std::sync::Arc;

/// Runs a function as another thread with the semaphore.
fn other<R: Send + 'static>(
    semaphore: &Arc<Semaphore>,
    name: &str,
    act: impl FnOnce(&Semaphore) -> R + Send + 'static,
) -> JoinHandle<R> {
    let semaphore = semaphore.clone();
    thread::spawn(name, move || act(&semaphore))
}

fn pass(semaphore: &Semaphore) {
    drop(semaphore.acquire());
}

#[test]
fn two_threads_pass_through_one_permit_over_the_robust_line() {
    check(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let second = other(&semaphore, "second", pass);
        pass(&semaphore);
        second.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn a_thread_that_dies_at_any_step_of_an_acquire_or_a_release_lets_another_go_on() {
    at_each_step(10, |steps| {
        let semaphore = Arc::new(Semaphore::new(0));
        let dies =
            other(&semaphore, "dies", move |semaphore| killed_after(steps, || pass(semaphore)));
        let goes_on = other(&semaphore, "goes on", |semaphore| with_one_nap(|| pass(semaphore)));
        semaphore.release(2).unwrap();
        let died = dies.join().unwrap();
        goes_on.join().unwrap();
        let left = semaphore.available();
        assert!(left == 2 || died && left == 1, "{left}");
        died
    });
}

#[test]
fn a_thread_that_dies_in_the_middle_of_a_release_costs_the_first_in_the_line_one_nap() {
    at_each_step(5, |steps| {
        let semaphore = Arc::new(Semaphore::new(0));
        let dies = other(&semaphore, "dies", move |semaphore| {
            killed_after(steps, || semaphore.release(1).unwrap())
        });
        let first = other(&semaphore, "first", |semaphore| {
            with_one_nap(|| semaphore.acquire().forget());
        });
        let died = dies.join().unwrap();
        if died {
            // It may have died before its permit was there.
            semaphore.release(1).unwrap();
        }
        first.join().unwrap();
        assert!(semaphore.available() <= u32::from(died));
        died
    });
}

#[test]
fn a_first_in_the_line_that_dies_in_its_sleep_lets_the_next_come_forward() {
    check_without_spurious(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let dies = other(&semaphore, "dies", |semaphore| killed_asleep(|| pass(semaphore)));
        let next = other(&semaphore, "next", |semaphore| with_one_nap(|| pass(semaphore)));
        semaphore.release(2).unwrap();
        dies.join().unwrap();
        next.join().unwrap();
        assert_eq!(semaphore.available(), 2);
    });
}
