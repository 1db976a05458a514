//! The re-entrant lock on the real machine: agreement with a plain model and with its peer, and the
//! limits that the model checker cannot reach.

use primitives::{RLock, RLockGuard, RawRLock};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What one thread can do with the lock.
#[derive(Clone, Copy, Debug)]
enum Action {
    Lock,
    TryLock,
    TryLockForZero,
    TryLockUntilThePast,
    Unlock,
    LockMany(u32),
    UnlockAll,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => Just(Action::Lock),
        1 => Just(Action::TryLock),
        1 => Just(Action::TryLockForZero),
        1 => Just(Action::TryLockUntilThePast),
        3 => Just(Action::Unlock),
        1 => (0..4_u32).prop_map(Action::LockMany),
        1 => Just(Action::UnlockAll),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_count(
        actions in prop::collection::vec(action(), 0..60)
    ) {
        let lock = RawRLock::new();
        let mut depth = 0;
        for action in actions {
            match action {
                Action::Lock => lock.lock(),
                Action::TryLock => prop_assert!(lock.try_lock()),
                Action::TryLockForZero => prop_assert!(lock.try_lock_for(Duration::ZERO)),
                Action::TryLockUntilThePast => prop_assert!(lock.try_lock_until(Instant::now())),
                Action::LockMany(count) => lock.lock_many(count),
                Action::Unlock | Action::UnlockAll if depth == 0 => {
                    // It would panic, as another test shows.
                    prop_assert!(!lock.is_mine());
                    continue;
                }
                Action::Unlock => lock.unlock(),
                Action::UnlockAll => prop_assert_eq!(lock.unlock_all(), depth),
            }
            depth = match action {
                Action::LockMany(count) => depth + count,
                Action::Unlock => depth - 1,
                Action::UnlockAll => 0,
                _ => depth + 1,
            };
            prop_assert_eq!(lock.depth(), depth);
            prop_assert_eq!(lock.is_locked(), depth > 0);
            prop_assert_eq!(lock.is_mine(), depth > 0);
        }
    }
}

/// Four threads append their number twice, the second time through a nested guard; returns how
/// often each number occurs, and whether the two always stood side by side.
fn tally<L: Send + Sync + 'static>(
    lock: L,
    push_two: fn(&L, usize),
    all: fn(L) -> Vec<usize>,
) -> (Vec<usize>, bool) {
    let lock = Arc::new(lock);
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let lock = lock.clone();
            thread::spawn(move || (0..2_000).for_each(|_| push_two(&lock, number)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let all = all(Arc::into_inner(lock).unwrap());
    let counts = (0..4).map(|number| all.iter().filter(|&&one| one == number).count()).collect();
    (counts, all.chunks(2).all(|pair| pair[0] == pair[1]))
}

#[test]
fn the_same_program_over_parking_lot_comes_out_the_same() {
    let ours = tally(
        RLock::new(RefCell::new(vec![])),
        |lock, number| {
            let outer = lock.lock();
            outer.borrow_mut().push(number);
            lock.lock().borrow_mut().push(number);
        },
        |lock| lock.into_inner().into_inner(),
    );
    let parking_lot = tally(
        parking_lot::ReentrantMutex::new(RefCell::new(vec![])),
        |lock, number| {
            let outer = lock.lock();
            outer.borrow_mut().push(number);
            lock.lock().borrow_mut().push(number);
        },
        |lock| lock.into_inner().into_inner(),
    );
    assert_eq!(ours, (vec![4_000; 4], true));
    assert_eq!(ours, parking_lot);
}

#[test]
fn unlocked_lets_others_in_at_every_depth_and_takes_every_level_back_also_when_it_panics() {
    let lock = Arc::new(RLock::new(()));
    let outer = lock.lock();
    let mut inner = lock.lock();
    let other = lock.clone();
    let let_in = RLockGuard::unlocked(&mut inner, || {
        thread::spawn(move || other.try_lock().is_some()).join().unwrap()
    });
    assert!(let_in && lock.depth() == 2);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        RLockGuard::unlocked(&mut inner, || panic!("while unlocked"));
    }));
    assert!(panicked.is_err() && lock.depth() == 2);
    assert!(std::ptr::eq(RLockGuard::lock(&inner), &*lock));
    drop((inner, outer));
    assert!(!lock.is_locked());
}

#[test]
fn another_thread_waits_until_the_last_release() {
    let lock = Arc::new(RLock::new(Cell::new(0)));
    let outer = lock.lock();
    let inner = lock.lock();
    let timeout = Duration::from_millis(10);
    let other = |lock: Arc<RLock<Cell<i32>>>| {
        thread::spawn(move || {
            let start = Instant::now();
            let taken = lock.try_lock_for(timeout).is_some();
            (taken, lock.try_lock().is_some(), start.elapsed() >= timeout)
        })
    };
    assert_eq!(other(lock.clone()).join().unwrap(), (false, false, true));
    drop(inner);
    assert_eq!(other(lock.clone()).join().unwrap(), (false, false, true));
    drop(outer);
    let (taken, again, _) = other(lock.clone()).join().unwrap();
    assert!(taken && again);
}

#[test]
fn a_thread_that_leaves_with_the_lock_is_not_taken_for_a_later_one() {
    let lock = Arc::new(RLock::new(()));
    let leaver = lock.clone();
    thread::spawn(move || std::mem::forget(leaver.lock())).join().unwrap();
    // Many threads, so that one gets the stack and the storage of the one that left.
    for _ in 0..50 {
        let lock = lock.clone();
        let mine = thread::spawn(move || lock.try_lock().is_some() || lock.depth() > 0);
        assert!(!mine.join().unwrap());
    }
    assert!(lock.is_locked());
}

#[test]
fn a_release_by_a_thread_that_does_not_hold_the_lock_says_so() {
    let lock = Arc::new(RawRLock::new());
    lock.lock();
    let other = lock.clone();
    let panic =
        thread::spawn(move || catch_unwind(AssertUnwindSafe(|| other.unlock())).unwrap_err());
    let message = panic.join().unwrap();
    let message = message.downcast_ref::<&str>().unwrap();
    assert!(message.contains("only be unlocked by the thread that holds it"), "{message}");
    assert_eq!(lock.depth(), 1);
}

#[test]
fn debug_never_waits_and_shows_a_value_that_the_thread_itself_has_locked() {
    let lock = Arc::new(RLock::new(Cell::new(7)));
    let _guard = lock.lock();
    assert_eq!(format!("{lock:?}"), "RLock { value: Cell { value: 7 } }");
    assert_eq!(RLock::new(7).lock().to_string(), "7");
    let other = lock.clone();
    let shown = thread::spawn(move || format!("{other:?}")).join().unwrap();
    assert_eq!(shown, "RLock { value: <locked> }");
}

#[test]
fn a_re_entrant_lock_can_be_a_static_and_hold_a_value_without_a_size() {
    static RAW: RawRLock = RawRLock::new();
    RAW.lock();
    assert_eq!(format!("{RAW:?}"), "RawRLock { locked: true, depth: 1 }");
    let mut lock = RLock::from(1);
    *lock.get_mut() += 1;
    assert_eq!(*lock.lock(), 2);
    assert_eq!(lock.into_inner(), 2);
    let slice: Box<RLock<[i32]>> = Box::new(RLock::new([1, 2, 3]));
    assert_eq!(slice.lock().len() + RLock::<[i32; 2]>::default().lock().len(), 5);
}

#[test]
fn all_that_wait_come_through_after_the_last_release_and_none_before() {
    let shared = Arc::new((RLock::new(Cell::new(0)), AtomicUsize::new(0)));
    let outer = shared.0.lock();
    let inner = shared.0.lock();
    let waiters = [(); 5].map(|()| {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.1.fetch_add(1, Relaxed);
            let number = shared.0.lock();
            number.set(number.get() + 1);
        })
    });
    while shared.1.load(Relaxed) < 5 {
        thread::yield_now();
    }
    drop(inner);
    // Long enough for them to be asleep on almost every run; right on every run.
    thread::sleep(Duration::from_millis(20));
    assert_eq!(outer.get(), 0);
    drop(outer);
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    assert_eq!(shared.0.lock().get(), 5);
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_last_release() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let lock = Arc::new(RLock::new(()));
        let (outer, inner) = (lock.lock(), lock.lock());
        let waiter = {
            let lock = lock.clone();
            thread::spawn(move || lock.try_lock_for(timeout).is_some())
        };
        drop(inner);
        // Long enough for it to be asleep on almost every run; right on every run.
        thread::sleep(Duration::from_millis(5));
        drop(outer);
        assert!(waiter.join().unwrap());
    }
}

#[test]
fn a_thread_that_holds_no_level_cannot_let_go_of_all() {
    let lock = RawRLock::new();
    let refused = || catch_unwind(AssertUnwindSafe(|| lock.unlock_all())).is_err();
    assert!(refused());
    lock.lock_many(2);
    lock.unlock();
    lock.unlock();
    assert!(refused());
    lock.lock();
    assert!(thread::scope(|scope| scope.spawn(refused).join().unwrap()));
    assert_eq!(lock.depth(), 1);
}

#[test]
fn levels_too_many_at_once_are_a_panic_and_leave_the_lock_as_it_was() {
    let lock = RawRLock::new();
    lock.lock();
    let too_many = catch_unwind(AssertUnwindSafe(|| lock.lock_many(u32::MAX)));
    assert!(too_many.is_err());
    assert_eq!(lock.depth(), 1);
    lock.lock_many(u32::MAX - 1);
    assert!(catch_unwind(AssertUnwindSafe(|| lock.lock())).is_err());
    assert_eq!(lock.unlock_all(), u32::MAX);
}

#[test]
fn with_a_deadline_a_re_entrant_lock_is_had_while_it_is_free_and_not_before() {
    let lock = RLock::new(());
    let try_lock = || lock.try_lock_until(Instant::now()).is_some();
    let elsewhere = || thread::scope(|scope| scope.spawn(try_lock).join().unwrap());
    let guard = lock.lock();
    assert!(try_lock() && !elsewhere());
    drop(guard);
    assert!(elsewhere());
}
