//! The condition on the real machine: agreement with a plain model and with its peers, and the
//! limits that the model checker cannot reach.

use primitives::{Condition, Lock, RLock, RLockGuard};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What can happen to a line of waiters.
#[derive(Clone, Copy, Debug)]
enum Action {
    OneComes,
    OneComesAndGivesUp,
    NotifyOne,
    Notify(usize),
    NotifyAll,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => Just(Action::OneComes),
        1 => Just(Action::OneComesAndGivesUp),
        2 => Just(Action::NotifyOne),
        2 => (0..4_usize).prop_map(Action::Notify),
        1 => Just(Action::NotifyAll),
    ]
}

/// Starts a thread that waits, and returns when it stands in the line.
fn come(shared: &Arc<(Lock<()>, Condition)>, standing: usize) -> Receiver<()> {
    let (gone, goes) = channel();
    let waiter = shared.clone();
    thread::spawn(move || {
        let (lock, condition) = &*waiter;
        condition.wait(&mut lock.lock());
        gone.send(()).unwrap();
    });
    let shown = format!("Condition {{ waiting: {} }}", standing + 1);
    while format!("{:?}", shared.1) != shown {
        thread::yield_now();
    }
    goes
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 48,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_of_comings_and_notifies_agrees_with_a_queue(
        actions in prop::collection::vec(action(), 0..30)
    ) {
        let shared = Arc::new((Lock::new(()), Condition::new()));
        let mut queue: VecDeque<Receiver<()>> = VecDeque::new();
        for action in actions {
            let notified = match action {
                Action::OneComes => {
                    queue.push_back(come(&shared, queue.len()));
                    continue;
                }
                Action::OneComesAndGivesUp => {
                    let (lock, condition) = &*shared;
                    prop_assert!(!condition.wait_for(&mut lock.lock(), Duration::ZERO));
                    continue;
                }
                Action::NotifyOne => usize::from(shared.1.notify_one()),
                Action::Notify(most) => shared.1.notify(most),
                Action::NotifyAll => shared.1.notify_all(),
            };
            let most = match action {
                Action::NotifyOne => 1,
                Action::Notify(most) => most,
                _ => usize::MAX,
            };
            prop_assert_eq!(notified, most.min(queue.len()));
            // Those go on that came first; it would hang here if another went in their place.
            for goes in queue.drain(..notified) {
                goes.recv().unwrap();
            }
            for stays in &queue {
                prop_assert!(stays.try_recv().is_err());
            }
        }
        prop_assert_eq!(shared.1.notify_all(), queue.len());
    }
}

const ITEMS: u64 = 20_000;

/// Two producers and two consumers over a queue of four: the sum of what the consumers got.
fn produce_and_consume<M: Send + Sync + 'static>(
    monitor: M,
    put: fn(&M, u64),
    get: fn(&M) -> u64,
) -> u64 {
    let monitor = Arc::new(monitor);
    let producers: Vec<_> = (0..2)
        .map(|_| {
            let monitor = monitor.clone();
            thread::spawn(move || (0..ITEMS).for_each(|item| put(&monitor, item)))
        })
        .collect();
    let consumers: Vec<_> = (0..2)
        .map(|_| {
            let monitor = monitor.clone();
            thread::spawn(move || (0..ITEMS).map(|_| get(&monitor)).sum::<u64>())
        })
        .collect();
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum()
}

#[test]
fn the_same_program_over_parking_lot_and_std_comes_out_the_same() {
    let ours = produce_and_consume(
        (Lock::new(VecDeque::new()), Condition::new(), Condition::new()),
        |(queue, not_full, not_empty), item| {
            let mut queue = queue.lock();
            not_full.wait_while(&mut queue, |queue| queue.len() == 4);
            queue.push_back(item);
            not_empty.notify_one();
        },
        |(queue, not_full, not_empty)| {
            let mut queue = queue.lock();
            not_empty.wait_while(&mut queue, VecDeque::is_empty);
            not_full.notify_one();
            queue.pop_front().unwrap()
        },
    );
    let parking_lot = produce_and_consume(
        (
            parking_lot::Mutex::new(VecDeque::new()),
            parking_lot::Condvar::new(),
            parking_lot::Condvar::new(),
        ),
        |(queue, not_full, not_empty), item| {
            let mut queue = queue.lock();
            not_full.wait_while(&mut queue, |queue| queue.len() == 4);
            queue.push_back(item);
            not_empty.notify_one();
        },
        |(queue, not_full, not_empty)| {
            let mut queue = queue.lock();
            not_empty.wait_while(&mut queue, |queue| queue.is_empty());
            not_full.notify_one();
            queue.pop_front().unwrap()
        },
    );
    let std = produce_and_consume(
        (
            std::sync::Mutex::new(VecDeque::new()),
            std::sync::Condvar::new(),
            std::sync::Condvar::new(),
        ),
        |(queue, not_full, not_empty), item| {
            let queue = queue.lock().unwrap();
            let mut queue = not_full.wait_while(queue, |queue| queue.len() == 4).unwrap();
            queue.push_back(item);
            not_empty.notify_one();
        },
        |(queue, not_full, not_empty)| {
            let queue = queue.lock().unwrap();
            let mut queue = not_empty.wait_while(queue, |queue| queue.is_empty()).unwrap();
            not_full.notify_one();
            queue.pop_front().unwrap()
        },
    );
    assert_eq!(ours, ITEMS * (ITEMS - 1));
    assert_eq!((ours, ours), (parking_lot, std));
}

#[test]
fn a_timed_wait_takes_at_least_its_time_and_no_deadline_is_early() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut guard = lock.lock();
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert!(!condition.wait_for(&mut guard, timeout));
    assert!(start.elapsed() >= timeout);
    let start = Instant::now();
    assert!(!condition.wait_while_for(&mut guard, |()| true, timeout));
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert!(!condition.wait_until(&mut guard, deadline));
    assert!(!condition.wait_while_until(&mut guard, |()| true, deadline));
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_time_out_of_zero_or_in_the_past_lets_others_in_and_comes_back() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let mut guard = lock.lock();
    for _ in 0..3 {
        assert!(!condition.wait_for(&mut guard, Duration::ZERO));
        assert!(!condition.wait_until(&mut guard, Instant::now()));
        assert!(lock.is_locked());
    }
    assert_eq!(condition.notify_all(), 0);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_it_is_notified() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let shared = Arc::new((Lock::new(false), Condition::new()));
        let waiter = {
            let shared = shared.clone();
            thread::spawn(move || {
                let (lock, condition) = &*shared;
                let mut go = lock.lock();
                (*go || condition.wait_for(&mut go, timeout))
                    && condition.wait_while_for(&mut go, |go| !*go, timeout)
            })
        };
        while !format!("{:?}", shared.1).contains("waiting: 1") {
            thread::yield_now();
        }
        *shared.0.lock() = true;
        shared.1.notify_all();
        assert!(waiter.join().unwrap());
    }
}

#[test]
fn a_panic_in_the_reason_to_wait_releases_the_lock_and_leaves_nobody_in_the_line() {
    let (lock, condition) = (Lock::new(1), Condition::new());
    type Wait = fn(&Lock<i32>, &Condition);
    let waits: [Wait; 3] = [
        |lock, condition| condition.wait_while(&mut lock.lock(), |_| panic!("while looking")),
        |lock, condition| {
            let reason = |_: &i32| panic!("while looking");
            let _ = condition.wait_while_for(&mut lock.lock(), reason, Duration::MAX);
        },
        |lock, condition| {
            let mut looks = 0;
            let second_look = |_: &i32| {
                looks += 1;
                if looks == 2 { panic!("at the second look") } else { true }
            };
            let _ = condition.wait_while_until(&mut lock.lock(), second_look, Instant::now());
        },
    ];
    for wait in waits {
        assert!(catch_unwind(AssertUnwindSafe(|| wait(&lock, &condition))).is_err());
        assert!(!lock.is_locked());
        assert_eq!(format!("{condition:?}"), "Condition { waiting: 0 }");
    }
}

#[test]
fn a_wait_with_a_guard_that_was_forgotten_elsewhere_is_still_a_wait() {
    let (lock, condition) = (RLock::new(()), Condition::new());
    std::mem::forget(lock.lock());
    let mut guard = lock.lock();
    assert!(!condition.wait_for(&mut guard, Duration::ZERO));
    assert_eq!(lock.depth(), 2);
}

#[test]
fn waiting_with_two_locks_at_once_says_so_and_one_after_the_other_is_fine() {
    let shared = Arc::new((Lock::new(()), Condition::new()));
    let other = (Lock::new(()), RLock::new(()));
    let goes = come(&shared, 0);
    let panic = catch_unwind(AssertUnwindSafe(|| shared.1.wait(&mut other.0.lock())));
    let message = *panic.unwrap_err().downcast::<&str>().unwrap();
    assert!(message.contains("two locks at once"), "{message}");
    assert!(catch_unwind(AssertUnwindSafe(|| shared.1.wait(&mut other.1.lock()))).is_err());
    assert!(!other.0.is_locked() && !other.1.is_locked());
    assert_eq!(shared.1.notify_all(), 1);
    goes.recv().unwrap();
    assert!(!shared.1.wait_for(&mut other.0.lock(), Duration::ZERO));
    assert!(!shared.1.wait_for(&mut other.1.lock(), Duration::ZERO));
}

#[test]
fn a_wait_with_a_lock_that_is_let_go_of_panics_and_takes_nobodys_notification() {
    let (lock, condition) = (RLock::new(()), Condition::new());
    let (mut outer, mut inner) = (lock.lock(), lock.lock());
    RLockGuard::unlocked(&mut outer, || {
        let wait = AssertUnwindSafe(|| condition.wait(&mut inner));
        assert!(catch_unwind(wait).is_err());
    });
    assert_eq!((lock.depth(), condition.notify_all()), (2, 0));
}

#[test]
fn a_wait_deep_in_a_re_entrant_lock_lets_another_thread_in() {
    let shared = Arc::new((RLock::new(AtomicI32::new(0)), Condition::new()));
    let (balance, deposited) = &*shared;
    let outer = balance.lock();
    let depositor = {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.lock().fetch_add(800, Relaxed);
            shared.1.notify_one();
        })
    };
    {
        let mut inner = balance.lock();
        deposited.wait_while(&mut inner, |balance| balance.load(Relaxed) < 800);
    }
    assert_eq!((balance.depth(), outer.load(Relaxed)), (1, 800));
    depositor.join().unwrap();
}

#[test]
fn a_condition_can_be_a_static() {
    static CONDITION: Condition = Condition::new();
    assert!(!CONDITION.notify_one());
    assert_eq!(format!("{:?}", Condition::default()), "Condition { waiting: 0 }");
}

#[test]
fn a_thread_that_is_notified_goes_on_when_it_has_the_lock_and_waits_anew_behind_the_others() {
    let shared = Arc::new((Lock::new((0, vec![])), Condition::new()));
    let waiters = [(); 5].map(|()| {
        let shared = shared.clone();
        thread::spawn(move || {
            let mut data = shared.0.lock();
            for wait in 1..=2 {
                shared.1.wait(&mut data);
                let phase = data.0;
                data.1.push((wait, phase));
            }
        })
    });
    for (phase, most) in [(1, 3), (2, 2), (3, usize::MAX)] {
        let ended = || waiters.iter().any(|waiter| waiter.is_finished());
        while !format!("{:?}", shared.1).contains("waiting: 5") && !ended() {
            thread::yield_now();
        }
        let mut data = shared.0.lock();
        assert_eq!(shared.1.notify(most), most.min(5));
        thread::yield_now();
        // They see what is changed after the notify, as long as the lock is held.
        data.0 = phase;
    }
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    let (first, others, second) = ([(1, 1); 3], [(1, 2); 2], [(2, 3); 5]);
    assert_eq!(shared.0.lock().1, [&first[..], &others, &second].concat());
}

#[test]
fn a_wait_for_a_reason_goes_on_through_notifies_until_the_reason_is_gone() {
    let shared = Arc::new((Lock::new(0), Condition::new()));
    let waiter = {
        let shared = shared.clone();
        thread::spawn(move || {
            let mut number = shared.0.lock();
            shared.1.wait_while(&mut number, |number| *number != 4);
            *number
        })
    };
    for number in 1..=4 {
        while !format!("{:?}", shared.1).contains("waiting: 1") && !waiter.is_finished() {
            thread::yield_now();
        }
        *shared.0.lock() = number;
        assert!(shared.1.notify_one(), "it waits for no more than {number}");
    }
    assert_eq!(waiter.join().unwrap(), 4);
}

#[test]
fn notifies_that_leave_the_reason_to_wait_do_not_make_the_time_longer() {
    let shared = Arc::new((Lock::new(()), Condition::new()));
    let waiter = {
        let shared = shared.clone();
        thread::spawn(move || {
            let (timeout, start) = (Duration::from_millis(20), Instant::now());
            let gone = shared.1.wait_while_for(&mut shared.0.lock(), |()| true, timeout);
            (gone, start.elapsed() >= timeout)
        })
    };
    let start = Instant::now();
    while !waiter.is_finished() {
        // Long enough for any machine, and not for ever.
        assert!(start.elapsed() < Duration::from_secs(60), "each notify makes it longer");
        shared.1.notify_one();
        thread::yield_now();
    }
    assert_eq!(waiter.join().unwrap(), (false, true));
}
