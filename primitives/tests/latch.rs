//! The latch on the real machine: agreement with a plain model and with its peer, and the limits
//! that the model checker cannot reach.

use primitives::Latch;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

fn too_often(latch: &Latch) -> bool {
    catch_unwind(AssertUnwindSafe(|| latch.count_down())).is_err()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_counts_agrees_with_a_number(count in 0_u32..6, counts in 0_u32..12) {
        let latch = Latch::new(count);
        let mut left = count;
        for _ in 0..counts {
            prop_assert_eq!(too_often(&latch), left == 0);
            left = left.saturating_sub(1);
            prop_assert_eq!(latch.count(), left);
            prop_assert_eq!(latch.try_wait(), left == 0);
            prop_assert_eq!(latch.wait_for(Duration::ZERO), left == 0);
            prop_assert_eq!(latch.wait_until(Instant::now()), left == 0);
            prop_assert_eq!(format!("{latch:?}"), format!("Latch {{ count: {left} }}"));
        }
        if left == 0 {
            latch.wait();
        }
    }
}

/// Four threads count down, and four wait: how many counts each of those saw.
fn four_and_four<L: Sync>(latch: L, count: fn(&L), wait: fn(&L)) -> [usize; 4] {
    let (latch, counts) = (&latch, &AtomicUsize::new(0));
    thread::scope(|scope| {
        let waiters = [(); 4].map(|()| {
            scope.spawn(move || {
                wait(latch);
                counts.load(Relaxed)
            })
        });
        for _ in 0..4 {
            scope.spawn(move || {
                counts.fetch_add(1, Relaxed);
                count(latch);
            });
        }
        waiters.map(|waiter| waiter.join().unwrap())
    })
}

#[test]
fn all_that_wait_see_all_counts_as_with_a_counter_and_a_condition_variable() {
    for _ in 0..200 {
        assert_eq!(four_and_four(Latch::new(4), Latch::count_down, Latch::wait), [4; 4]);
    }
    let parking_lot = four_and_four(
        (parking_lot::Mutex::new(4), parking_lot::Condvar::new()),
        |(left, condition)| {
            *left.lock() -= 1;
            condition.notify_all();
        },
        |(left, condition)| condition.wait_while(&mut left.lock(), |left| *left > 0),
    );
    assert_eq!(parking_lot, [4; 4]);
}

#[test]
fn a_count_that_is_one_too_many_panics_with_a_clear_message_and_leaves_the_latch_open() {
    let latch = Latch::new(0);
    latch.wait();
    let payload = catch_unwind(AssertUnwindSafe(|| latch.arrive_and_wait())).unwrap_err();
    let message = payload.downcast_ref::<String>().expect("a message");
    assert_eq!(message, "a latch was counted down more often than it has");
    latch.wait();
}

#[test]
fn a_timed_wait_takes_at_least_its_time_and_no_deadline_is_early() {
    let latch = Latch::new(2);
    latch.count_down();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(!latch.wait_for(timeout));
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(!latch.wait_until(deadline));
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_latch_is_open() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let latch = Arc::new(Latch::new(1));
        let waiter = {
            let latch = latch.clone();
            thread::spawn(move || latch.wait_for(timeout))
        };
        thread::sleep(Duration::from_millis(5));
        latch.count_down();
        assert!(waiter.join().unwrap());
    }
}

#[test]
fn threads_that_arrive_and_wait_leave_together() {
    for _ in 0..100 {
        let (latch, arrived) = (Latch::new(3), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    arrived.fetch_add(1, Relaxed);
                    latch.arrive_and_wait();
                    assert_eq!(arrived.load(Relaxed), 3);
                });
            }
        });
    }
}

#[test]
fn a_latch_is_one_word_counts_as_far_as_it_goes_and_can_be_a_static() {
    static LATCH: Latch = Latch::new(u32::MAX);
    assert_eq!(size_of::<Latch>(), 4);
    LATCH.count_down();
    assert_eq!(LATCH.count(), u32::MAX - 1);
    assert!(!LATCH.try_wait());
}
