//! Every interleaving of the operations of locks that a detector watches.
//!
//! Searches are exhaustive, which `loom_tests` demands, but for some with three threads, whose
//! names say so.

use loom_platform::thread;
use loom_tests::{
    Operation, answers, answers_locks_in_one_step, check, check_locks_in_one_step,
    check_spurious_locks_in_one_step_and_to, check_without_spurious, every_pair,
};
use primitives::platform::time::{Duration, Instant};
use primitives::{Deadlock, Detector, Parker, WatchedLock, WatchedLockGuard};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SOON: Duration = Duration::from_millis(10);

type Watched = WatchedLock<i32, Arc<Detector>>;

/// Locks A, B and so on, with one detector.
fn locks<const N: usize>() -> [Watched; N] {
    let detector = Arc::new(Detector::new());
    let names = ["lock A", "lock B", "lock C"];
    std::array::from_fn(|number| Watched::new(names[number], detector.clone(), 0))
}

/// Runs the bodies as threads that share locks, and returns what they return. Afterwards nobody
/// holds or waits for any of the locks.
fn together<R: Send + 'static, const L: usize, const N: usize>(
    bodies: [fn(&[Watched; L]) -> R; N],
) -> [R; N] {
    let locks = Arc::new(locks());
    let mut names = ["Ann", "Ben", "Cat"].into_iter();
    let threads = bodies.map(|body| {
        let locks = locks.clone();
        thread::spawn(names.next().expect("at most three"), move || body(&locks))
    });
    let results = threads.map(|thread| thread.join().unwrap());
    assert!(locks.iter().all(|lock| lock.try_lock().is_some()), "left locked: {locks:?}");
    results
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Had,
    NotInTime,
    Refused,
}
use Answer::{Had, NotInTime, Refused};

/// Adds one, in two accesses that loom checks for races, if the lock was had.
fn add(request: Result<Option<WatchedLockGuard<'_, i32>>, Deadlock>) -> Answer {
    match request {
        Ok(Some(mut value)) => {
            let seen = *value;
            *value = seen + 1;
            Had
        }
        Ok(None) => NotInTime,
        Err(_) => Refused,
    }
}

/// The four forms of a request.
const FORMS: [fn(&Watched) -> Answer; 4] = [
    |lock| add(lock.lock().map(Some)),
    |lock| add(Ok(lock.try_lock())),
    |lock| add(lock.try_lock_for(SOON)),
    |lock| add(lock.try_lock_until(Instant::now() + SOON)),
];
const LOCK: usize = 0;
const TRY_LOCK: usize = 1;
const TRY_LOCK_FOR: usize = 2;

/// Takes `first`, and then asks for `second` in the given form.
fn both<const FORM: usize>(first: &Watched, second: &Watched) -> Answer {
    let mut value = first.lock().expect("a thread without locks is not refused");
    *value += 1;
    FORMS[FORM](second)
}

/// A thread that takes lock A and asks for lock B in the one form, against one that takes B and
/// asks for A in the other.
fn crosswise<const THERE: usize, const BACK: usize>() -> [Answer; 2] {
    together([|[a, b]| both::<THERE>(a, b), |[a, b]| both::<BACK>(b, a)])
}

/// Takes both locks, and when it is refused lets go and tries again. Returns how often it was
/// refused.
fn both_in_the_end(first: &Watched, second: &Watched) -> u32 {
    let mut refused = 0;
    while both::<LOCK>(first, second) == Refused {
        refused += 1;
    }
    refused
}

// No cycle is missed.

/// Takes `first` and asks for `second`. Returns the cycle that would have closed.
fn cycle(first: &Watched, second: &Watched) -> Option<String> {
    let _first = first.lock().unwrap();
    second.lock().err().map(|deadlock| deadlock.to_string())
}

#[test]
fn of_two_threads_that_would_wait_for_each_other_one_is_refused_and_told_the_cycle_and_both_end() {
    let crosswise = || together([|[a, b]| cycle(a, b), |[a, b]| cycle(b, a)]);
    let ann =
        "deadlock: Ann holds lock A and asks for lock B; Ben holds lock B and waits for lock A";
    let ben =
        "deadlock: Ben holds lock B and asks for lock A; Ann holds lock A and waits for lock B";
    let [ann, ben] = [ann, ben].map(|error| Some(error.to_owned()));
    assert_eq!(answers(crosswise), [[None, None], [None, ben], [ann, None]]);
}

#[test]
fn of_three_threads_in_a_ring_one_is_refused_and_told_the_cycle_and_all_end() {
    let ring =
        || together([|[a, b, _]| cycle(a, b), |[_, b, c]| cycle(b, c), |[a, _, c]| cycle(c, a)]);
    let ann = "deadlock: Ann holds lock A and asks for lock B; \
               Ben holds lock B and waits for lock C; \
               Cat holds lock C and waits for lock A";
    let ben = "deadlock: Ben holds lock B and asks for lock C; \
               Cat holds lock C and waits for lock A; \
               Ann holds lock A and waits for lock B";
    let cat = "deadlock: Cat holds lock C and asks for lock A; \
               Ann holds lock A and waits for lock B; \
               Ben holds lock B and waits for lock C";
    let [ann, ben, cat] = [ann, ben, cat].map(|error| Some(error.to_owned()));
    let one_refused = [[None, None, cat], [None, ben, None], [ann, None, None]];
    let nobody = [[None, None, None]].into_iter();
    assert_eq!(answers_locks_in_one_step(ring), nobody.chain(one_refused).collect::<Vec<_>>());
}

#[test]
fn a_thread_that_asks_for_what_it_holds_is_refused_in_each_form_that_waits_and_the_lock_works_on() {
    check(|| {
        let [a] = locks();
        let guard = a.lock().unwrap();
        let answers = FORMS.map(|form| form(&a));
        assert_eq!(answers, [Refused, NotInTime, Refused, Refused]);
        let error = a.lock().unwrap_err();
        assert_eq!(error.to_string(), "deadlock: main holds lock A and asks for lock A");
        drop(guard);
        assert_eq!(FORMS.map(|form| form(&a)), [Had; 4]);
    });
}

#[test]
fn a_thread_that_is_handed_a_lock_is_the_one_that_the_others_wait_for() {
    // Ben and Cat wait for lock A, which Ann lets go of. If it goes to Ben, who then asks for what
    // Cat holds, they would wait for each other.
    let answers = answers_locks_in_one_step(|| {
        together([
            |[a, _]| add(a.lock().map(Some)),
            |[a, b]| both::<LOCK>(a, b),
            |[a, b]| both::<LOCK>(b, a),
        ])
    });
    assert_eq!(answers, [[Had, Had, Had], [Had, Had, Refused], [Had, Refused, Had]]);
}

// None is reported that is not there.

#[test]
fn in_one_order_no_thread_is_refused() {
    check_without_spurious(|| {
        assert_eq!(together([|[a, b]| both::<LOCK>(a, b); 2]), [Had; 2]);
    });
}

fn three_in_one_order() {
    let locks = Arc::new(locks::<2>());
    let shared = locks.clone();
    let body = move |_| both::<LOCK>(&shared[0], &shared[1]);
    assert_eq!(thread::spawn_alike(3, "thread", body).join(), [Had; 3]);
    assert!(locks.iter().all(|lock| lock.try_lock().is_some()), "left locked: {locks:?}");
}

#[test]
fn in_one_order_no_thread_of_three_is_refused() {
    check_without_spurious(three_in_one_order);
}

#[test]
fn in_one_order_no_thread_of_three_is_refused_with_spurious_wake_ups() {
    check_spurious_locks_in_one_step_and_to(3, three_in_one_order);
}

#[test]
fn a_thread_that_has_let_go_of_a_lock_is_waited_for_no_more() {
    check_without_spurious(|| {
        let locks = Arc::new(locks::<2>());
        let held = locks[0].lock().unwrap();
        let other = {
            let locks = locks.clone();
            thread::spawn("other", move || {
                let Some(_b) = locks[1].try_lock() else { return };
                assert_eq!(FORMS[LOCK](&locks[0]), Had);
            })
        };
        drop(held);
        assert_eq!(FORMS[LOCK](&locks[1]), Had);
        other.join().unwrap();
    });
}

#[test]
fn a_thread_that_has_given_up_waits_for_nothing_any_more() {
    check_without_spurious(|| {
        let [a, b] = locks();
        let (a, b) = (Arc::new(a), Arc::new(b));
        let gave_up = Arc::new(Parker::new());
        let held = b.lock().unwrap();
        let other = {
            let (a, b, gave_up) = (a.clone(), b.clone(), gave_up.clone());
            thread::spawn("other", move || {
                let _a = a.lock().unwrap();
                assert!(b.try_lock_for(SOON).unwrap().is_none());
                gave_up.unpark();
            })
        };
        gave_up.park();
        // It holds lock A still, or has let go of it. It does not wait for lock B.
        assert_eq!(FORMS[LOCK](&a), Had);
        drop(held);
        other.join().unwrap();
    });
}

#[test]
fn a_thread_that_only_tries_waits_for_nothing_and_is_not_refused() {
    let expected = [[Had, Had], [Had, NotInTime]];
    assert_eq!(answers(crosswise::<LOCK, TRY_LOCK>), expected);
    let expected = [[Had, Had], [Had, NotInTime], [NotInTime, Had], [NotInTime, NotInTime]];
    assert_eq!(answers(crosswise::<TRY_LOCK, TRY_LOCK>), expected);
}

// The thread that waits gets on.

#[test]
fn a_refused_thread_that_lets_go_comes_through_when_it_tries_again() {
    let both_ways = || {
        let refused = together([|[a, b]| both_in_the_end(a, b), |[a, b]| both_in_the_end(b, a)]);
        assert!(refused.iter().sum::<u32>() <= 1, "{refused:?}");
        refused
    };
    assert_eq!(answers(both_ways), [[0, 0], [0, 1], [1, 0]]);
}

#[test]
#[ignore = "takes twenty seconds"]
fn a_thread_that_waits_is_overtaken_only_so_often() {
    let cases = answers(|| {
        let detector = Arc::new(Detector::new());
        let a = Arc::new(Watched::new("lock A", detector.clone(), 0));
        let mut guard = a.try_lock();
        let waiter = {
            let a = a.clone();
            thread::spawn("waiter", move || forget(a.lock().unwrap()))
        };
        // Lets go of the lock, and takes it again if that can be done.
        let mut overtakes = || {
            let waits = format!("{detector:?}").contains("waits for");
            drop(guard.take());
            guard = a.try_lock();
            (waits, guard.is_some())
        };
        let (waits, taken) = overtakes();
        let again = taken.then(&mut overtakes);
        drop(guard);
        waiter.join().unwrap();
        // In the model patience ends with the first time.
        assert_ne!((waits, again), (true, Some((true, true))));
        (waits, again)
    });
    assert!(cases.contains(&(true, Some((true, false)))), "the case was never met");
}

#[test]
fn a_timed_request_that_would_close_a_cycle_is_refused_and_one_in_a_cycle_ends() {
    // Ben leaves it at that if lock B is taken, and keeps it for good if he is refused: what Ann
    // gets then, she gets because her time is up.
    let program = || {
        let locks = Arc::new(locks::<2>());
        let held = locks[0].lock().unwrap();
        let ben = {
            let locks = locks.clone();
            thread::spawn("Ben", move || {
                let held = locks[1].try_lock()?;
                let answer = FORMS[LOCK](&locks[0]);
                if answer == Refused {
                    forget(held);
                }
                Some(answer)
            })
        };
        let ann = FORMS[TRY_LOCK_FOR](&locks[1]);
        drop(held);
        (ann, ben.join().unwrap())
    };
    let expected = [
        // Ann was first, and Ben saw it or came when she was done.
        (Had, None),
        (Had, Some(Had)),
        // Ann's time was up, and Ben asked before that or after it.
        (NotInTime, Some(Had)),
        (NotInTime, Some(Refused)),
        // Ben was waiting already.
        (Refused, Some(Had)),
    ];
    assert_eq!(answers(program), expected);
}

#[test]
fn any_two_forms_crosswise_come_to_an_end() {
    macro_rules! each_pair {
        ($($there:literal $back:literal)+) => {
            $(assert!(!answers(crosswise::<$there, $back>).is_empty());)+
        };
    }
    each_pair! { 0 0  0 1  0 2  0 3  1 1  1 2  1 3  2 2  2 3  3 3 }
}

fn pairs() -> impl Iterator<Item = impl Fn() + Clone + Send + Sync + 'static> {
    const OPERATIONS: &[Operation<'_, Watched>] = &[
        ("lock", |a| assert_eq!(FORMS[LOCK](a), Had)),
        ("try_lock", |a| assert_ne!(FORMS[TRY_LOCK](a), Refused)),
        ("try_lock_for", |a| assert_ne!(FORMS[TRY_LOCK_FOR](a), Refused)),
    ];
    let new = || {
        let [a] = locks();
        a
    };
    every_pair(new, OPERATIONS, |a| assert!(a.try_lock().is_some()))
}

#[test]
fn every_operation_on_one_lock_against_every_other_comes_through_and_leaves_it_free() {
    for pair in pairs() {
        check_without_spurious(pair);
    }
}

#[test]
fn every_operation_on_one_lock_against_every_other_comes_through_with_spurious_wake_ups() {
    for pair in pairs() {
        check(pair);
    }
}

#[test]
fn a_waiter_that_gives_up_is_not_handed_the_lock_that_another_waits_for() {
    let waits = |[a]: &[Watched; 1]| FORMS[LOCK](a);
    let gives_up = |[a]: &[Watched; 1]| FORMS[TRY_LOCK_FOR](a);
    check_locks_in_one_step(move || {
        let [first, second, _] = together([waits, waits, gives_up]);
        assert_eq!([first, second], [Had, Had]);
    });
}

#[test]
fn a_panic_hands_the_lock_on() {
    check_without_spurious(|| {
        let panics = |[a]: &[Watched; 1]| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _a = a.lock().unwrap();
                panic!("with the lock held");
            }));
            assert!(panicked.is_err());
            Had
        };
        assert_eq!(together([panics, |[a]| FORMS[LOCK](a)]), [Had; 2]);
    });
}

fn one_round_each() {
    assert_eq!(together([|[a]: &[Watched; 1]| FORMS[LOCK](a); 2]), [Had; 2]);
}

/// A thread that gives up leaves the mark of a waiter. The next to let go finds nobody to hand the
/// lock to.
fn again_after_a_time_out() {
    let until_had = |[a]: &[Watched; 1]| match FORMS[TRY_LOCK_FOR](a) {
        NotInTime => FORMS[TRY_LOCK](a),
        answer => answer,
    };
    together([|[a]| FORMS[LOCK](a), until_had]);
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] =
        [("one round each", one_round_each), ("again after a time-out", again_after_a_time_out)];
    // Taking the lock at once and through the detector, and letting go of it to nobody in either
    // way.
    assert_eq!(loom_tests::every_ordering_is_needed("src/deadlock.rs", &programs), 4);
}

#[test]
fn a_lock_says_whether_it_is_held_at_some_moment() {
    let answers = answers(|| {
        let asks = |locks: &[Watched; 1]| locks[0].is_locked();
        let takes = |locks: &[Watched; 1]| locks[0].lock().is_ok_and(|_guard| false);
        together([asks, takes])[0]
    });
    assert_eq!(answers, [false, true]);
}
