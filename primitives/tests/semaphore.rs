//! The semaphore on the real machine: agreement with a plain model and with its peers, and the
//! limits that the model checker cannot reach.

use primitives::{BoundedSemaphore, Permit, Semaphore, TooManyPermits};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// What one thread can do with the semaphore.
#[derive(Clone, Copy, Debug)]
enum Action {
    TryAcquire(u32),
    AcquireForZero(u32),
    AcquireUntilThePast(u32),
    Drop(usize),
    Forget(usize),
    Release(u32),
}

fn action() -> impl Strategy<Value = Action> {
    let count = || prop_oneof![8 => 0..5_u32, 1 => Just(u32::MAX), 1 => Just(u32::MAX - 3)];
    prop_oneof![
        2 => count().prop_map(Action::TryAcquire),
        1 => count().prop_map(Action::AcquireForZero),
        1 => count().prop_map(Action::AcquireUntilThePast),
        3 => any::<usize>().prop_map(Action::Drop),
        1 => any::<usize>().prop_map(Action::Forget),
        2 => count().prop_map(Action::Release),
    ]
}

/// Does what the actions say and demands that free permits, and every answer, are as in a plain
/// count.
fn agrees_with_a_count(semaphore: &Semaphore, most: u32, actions: &[Action]) {
    let mut free = semaphore.available();
    let mut held: Vec<Permit<'_>> = Vec::new();
    for &action in actions {
        match action {
            Action::TryAcquire(n) | Action::AcquireForZero(n) | Action::AcquireUntilThePast(n) => {
                if n > most && !matches!(action, Action::TryAcquire(_)) {
                    // It would panic, as another test shows.
                    continue;
                }
                let permit = match action {
                    Action::TryAcquire(_) => semaphore.try_acquire_many(n),
                    Action::AcquireForZero(_) => semaphore.try_acquire_many_for(n, Duration::ZERO),
                    _ => semaphore.try_acquire_many_until(n, Instant::now()),
                };
                assert_eq!(permit.is_some(), n <= free);
                if let Some(permit) = permit {
                    assert_eq!(permit.count(), n);
                    free -= n;
                    held.push(permit);
                }
            }
            Action::Drop(which) | Action::Forget(which) if !held.is_empty() => {
                let permit = held.swap_remove(which % held.len());
                if matches!(action, Action::Forget(_)) {
                    permit.forget();
                } else {
                    let Some(more) = free.checked_add(permit.count()).filter(|&n| n <= most) else {
                        // Released by hand before: the drop panics, as another test shows.
                        permit.forget();
                        continue;
                    };
                    free = more;
                    drop(permit);
                }
            }
            Action::Drop(_) | Action::Forget(_) => {}
            Action::Release(n) => {
                let more = free.checked_add(n).filter(|&n| n <= most);
                assert_eq!(semaphore.release(n), more.map(|_| ()).ok_or(TooManyPermits));
                free = more.unwrap_or(free);
            }
        }
        assert_eq!(semaphore.available(), free);
    }
    held.into_iter().for_each(Permit::forget);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_count(
        permits in prop_oneof![0..6_u32, Just(u32::MAX)],
        actions in prop::collection::vec(action(), 0..60)
    ) {
        agrees_with_a_count(&Semaphore::new(permits), u32::MAX, &actions);
        agrees_with_a_count(&BoundedSemaphore::new(permits), permits, &actions);
    }
}

/// Eight threads go in and out; how many were inside at most, and how many went in.
fn crowd<S: Send + Sync + 'static>(room: S, visit: fn(&S, &dyn Fn())) -> (u32, u32) {
    let shared = Arc::new((room, [const { AtomicU32::new(0) }; 3]));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                let (room, [inside, most, visits]) = &*shared;
                for _ in 0..2_000 {
                    visit(room, &|| {
                        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                        visits.fetch_add(1, SeqCst);
                        inside.fetch_sub(1, SeqCst);
                    });
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    (shared.1[1].load(SeqCst), shared.1[2].load(SeqCst))
}

#[test]
fn the_same_program_over_a_parking_lot_mutex_and_condvar_comes_out_the_same() {
    let (most, visits) = crowd(Semaphore::new(3), |room, inside| {
        let _permit = room.acquire();
        inside();
    });
    let (peers_most, peers_visits) = crowd(
        (parking_lot::Mutex::new(3), parking_lot::Condvar::new()),
        |(permits, released), inside| {
            let mut free = permits.lock();
            released.wait_while(&mut free, |free| *free == 0);
            *free -= 1;
            drop(free);
            inside();
            *permits.lock() += 1;
            released.notify_one();
        },
    );
    assert!((1..=3).contains(&most) && (1..=3).contains(&peers_most));
    assert_eq!((visits, peers_visits), (16_000, 16_000));
}

#[test]
fn a_big_request_comes_through_a_crowd_of_small_ones() {
    let semaphore = Arc::new(Semaphore::new(4));
    let stop = Arc::new(AtomicU32::new(0));
    let small: Vec<_> = (0..4)
        .map(|_| {
            let (semaphore, stop) = (semaphore.clone(), stop.clone());
            thread::spawn(move || {
                while stop.load(SeqCst) == 0 {
                    drop(semaphore.acquire());
                }
            })
        })
        .collect();
    // It would hang here if the small ones kept it waiting.
    for _ in 0..100 {
        assert_eq!(semaphore.acquire_many(4).count(), 4);
    }
    stop.store(1, SeqCst);
    small.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(semaphore.available(), 4);
}

#[test]
fn a_timed_acquire_takes_at_least_its_time_and_no_deadline_is_early() {
    let semaphore = Semaphore::new(1);
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(semaphore.try_acquire_many_for(2, timeout).is_none());
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(semaphore.try_acquire_many_until(2, deadline).is_none());
    assert!(Instant::now() >= deadline);
    assert!(semaphore.try_acquire().is_some());
}

fn until_somebody_waits(semaphore: &Semaphore) {
    while format!("{semaphore:?}").contains("wanted: 0") {
        thread::yield_now();
    }
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_there_are_permits() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let semaphore = Arc::new(Semaphore::new(0));
        let waiter = {
            let semaphore = semaphore.clone();
            thread::spawn(move || semaphore.try_acquire_for(timeout).map(Permit::forget).is_some())
        };
        until_somebody_waits(&semaphore);
        semaphore.release(1).unwrap();
        assert!(waiter.join().unwrap());
    }
}

#[test]
fn as_many_permits_as_can_be_counted_are_taken_and_released_and_no_more() {
    let semaphore = Arc::new(Semaphore::new(u32::MAX));
    assert_eq!(semaphore.release(1), Err(TooManyPermits));
    assert_eq!(semaphore.release(0), Ok(()));
    let all = semaphore.acquire_many(u32::MAX);
    assert_eq!(semaphore.available(), 0);
    // Somebody waits for them all, and gets them when the last comes back.
    let waiter = {
        let semaphore = semaphore.clone();
        thread::spawn(move || semaphore.acquire_many(u32::MAX).forget())
    };
    until_somebody_waits(&semaphore);
    all.forget();
    semaphore.release(u32::MAX - 1).unwrap();
    semaphore.release(1).unwrap();
    waiter.join().unwrap();
    assert_eq!(semaphore.available(), 0);
}

#[test]
fn none_are_had_at_once_also_when_there_are_none_and_somebody_waits() {
    let semaphore = Arc::new(Semaphore::new(0));
    assert_eq!(semaphore.acquire_many(0).count(), 0);
    assert_eq!(BoundedSemaphore::new(0).acquire_many(0).count(), 0);
    let waiter = {
        let semaphore = semaphore.clone();
        thread::spawn(move || drop(semaphore.acquire()))
    };
    until_somebody_waits(&semaphore);
    assert_eq!(semaphore.acquire_many(0).count(), 0);
    semaphore.release(1).unwrap();
    waiter.join().unwrap();
}

#[test]
fn a_bounded_semaphore_says_at_once_that_it_never_has_so_many() {
    let semaphore = BoundedSemaphore::new(2);
    assert!(semaphore.try_acquire_many(3).is_none());
    let acquires: [fn(&Semaphore); 3] = [
        |semaphore| drop(semaphore.acquire_many(3)),
        |semaphore| drop(semaphore.try_acquire_many_for(3, Duration::MAX)),
        |semaphore| drop(semaphore.try_acquire_many_until(3, Instant::now())),
    ];
    for acquire in acquires {
        let panic = catch_unwind(AssertUnwindSafe(|| acquire(&semaphore))).unwrap_err();
        let message = *panic.downcast::<&str>().unwrap();
        assert!(message.contains("more permits than the semaphore will ever have"), "{message}");
    }
    assert_eq!(semaphore.available(), 2);
    let none = BoundedSemaphore::new(0);
    assert!(none.try_acquire().is_none());
    assert!(catch_unwind(AssertUnwindSafe(|| none.acquire().forget())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| none.try_acquire_for(Duration::ZERO))).is_err());
}

#[test]
fn a_permit_released_by_hand_and_by_its_drop_is_a_panic_and_is_counted_once() {
    let semaphore = BoundedSemaphore::new(1);
    let permit = semaphore.acquire();
    semaphore.release(1).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| drop(permit))).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "permits were released twice");
    assert_eq!(semaphore.available(), 1);
    // A second panic would end the process.
    let both = catch_unwind(AssertUnwindSafe(|| {
        let _permit = semaphore.acquire();
        semaphore.release(1).unwrap();
        panic!("for another reason");
    }));
    assert_eq!(*both.unwrap_err().downcast::<&str>().unwrap(), "for another reason");
}

#[test]
fn a_forgotten_permit_stays_taken_and_a_panic_gives_one_back() {
    let semaphore = Semaphore::new(2);
    std::mem::forget(semaphore.acquire());
    semaphore.acquire().forget();
    assert!(semaphore.try_acquire().is_none());
    semaphore.release(2).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _permits = semaphore.acquire_many(2);
        panic!("with both");
    }));
    assert!(panicked.is_err());
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn a_semaphore_can_be_a_static_and_says_what_it_is() {
    static ROOM: BoundedSemaphore = BoundedSemaphore::new(4);
    let permit = ROOM.acquire();
    assert_eq!(format!("{:?}", *ROOM), "Semaphore { permits: 3, wanted: 0 }");
    assert!(format!("{permit:?}").contains("count: 1"));
    assert!(TooManyPermits.to_string().contains("more permits"));
}

#[test]
fn permits_are_split_and_merged_and_none_is_lost() {
    let (semaphore, other) = (Semaphore::new(5), Semaphore::new(1));
    let mut four = semaphore.acquire_many(4);
    assert!(four.split(5).is_none());
    let two = four.split(2).unwrap();
    assert_eq!((four.count(), two.count(), semaphore.available()), (2, 2, 1));
    four.merge(two);
    assert_eq!((four.count(), semaphore.available()), (4, 1));
    let stranger = other.acquire();
    let refused = catch_unwind(AssertUnwindSafe(|| four.merge(stranger)));
    assert!(refused.is_err());
    assert_eq!((four.count(), other.available()), (4, 1));
    drop(four);
    assert_eq!(semaphore.available(), 5);
}

#[test]
fn an_acquire_until_a_moment_takes_what_is_free_and_waits_for_no_more() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire_until(Instant::now());
    assert!(permit.is_some());
    assert!(semaphore.try_acquire_until(Instant::now()).is_none());
}

#[test]
fn as_many_go_on_as_permits_are_released_one_by_one_or_together() {
    let releases: [fn(&Semaphore, u32); 2] = [
        |semaphore, count| (0..count).for_each(|_| semaphore.release(1).unwrap()),
        |semaphore, count| semaphore.release(count).unwrap(),
    ];
    for release in releases {
        let shared = Arc::new((Semaphore::new(6), AtomicU32::new(0)));
        let threads = [(); 10].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    shared.0.acquire().forget();
                    shared.1.fetch_add(1, SeqCst);
                }
            })
        });
        let mut permits = 6;
        for more in [7, 6, 1] {
            // As many have come in as there are permits, and the others wait.
            let (taken, shown) = (|| shared.1.load(SeqCst), || format!("{:?}", shared.0));
            while taken() < permits || taken() < 20 && shown().contains("wanted: 0") {
                thread::yield_now();
            }
            assert_eq!((taken(), shared.0.available()), (permits, 0));
            assert!(shared.0.try_acquire().is_none());
            release(&shared.0, more);
            permits += more;
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!((shared.1.load(SeqCst), shared.0.available()), (20, 0));
    }
}

#[test]
fn of_many_that_try_as_many_have_a_permit_as_there_are() {
    let semaphore = Semaphore::new(4);
    let permit = semaphore.acquire();
    let try_twice = || [(); 2].map(|()| semaphore.try_acquire().map(Permit::forget).is_some());
    let tries = thread::scope(|scope| {
        let threads = [(); 5].map(|()| scope.spawn(try_twice));
        threads.map(|thread| thread.join().unwrap())
    });
    let had = tries.as_flattened().iter().filter(|&&had| had).count();
    assert_eq!((had, semaphore.available()), (3, 0));
    drop(permit);
    assert!(semaphore.try_acquire().is_some());
}
