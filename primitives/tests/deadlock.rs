//! Watched locks on the real machine: agreement with a plain search for cycles, thousands of
//! rounds, and the limits that the model checker cannot reach.

use primitives::deadlock::Link;
use primitives::{Deadlock, Detector, WatchedLock, WatchedLockGuard};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::iter::successors;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: [&str; 4] = ["Ann", "Ben", "Cat", "Dan"];
const LOCKS: [&str; 4] = ["lock A", "lock B", "lock C", "lock D"];

type Watched<'d> = WatchedLock<u32, &'d Detector>;

fn locks(detector: &Detector) -> [Watched<'_>; 4] {
    LOCKS.map(|name| WatchedLock::new(name, detector, 0))
}

/// What a thread is told to do with a lock.
#[derive(Clone, Copy, Debug)]
enum Action {
    Lock,
    TryLock,
    /// With no time to wait.
    TryLockFor,
    Unlock,
}
use Action::{Lock, TryLock, TryLockFor, Unlock};

/// Whether it has been given the lock, or the cycle that would have closed.
type Answer = Result<bool, Vec<Link>>;

/// Who holds each lock and who waits for it: what the detector is compared with.
#[derive(Default)]
struct Plain {
    holder: [Option<usize>; 4],
    line: [VecDeque<usize>; 4],
}

impl Plain {
    fn waits_for(&self, thread: usize) -> Option<usize> {
        (0..4).find(|&lock| self.line[lock].contains(&thread))
    }

    /// What a thread is told that asks. `None` means that it has to wait.
    fn ask(&mut self, thread: usize, action: Action, lock: usize) -> Option<Answer> {
        let Some(holder) = self.holder[lock] else {
            self.holder[lock] = Some(thread);
            return Some(Ok(true));
        };
        if let TryLock = action {
            return Some(Ok(false));
        }
        // Who waits for whom, from the holder on.
        let next = |&one: &usize| self.waits_for(one).and_then(|lock| self.holder[lock]);
        let chain: Vec<usize> = successors(Some(holder), next).take(THREADS.len()).collect();
        if let Some(end) = chain.iter().position(|&one| one == thread) {
            let others = chain[..end].iter().map(|&one| (one, self.waits_for(one).unwrap()));
            let asks: Vec<(usize, usize)> = [(thread, lock)].into_iter().chain(others).collect();
            let held = asks.iter().cycle().skip(asks.len() - 1);
            let links = asks.iter().zip(held).map(|(asks, held)| Link {
                thread: THREADS[asks.0].to_owned(),
                holds: LOCKS[held.1],
                waits_for: LOCKS[asks.1],
            });
            return Some(Err(links.collect()));
        }
        if let TryLockFor = action {
            return Some(Ok(false));
        }
        self.line[lock].push_back(thread);
        None
    }

    /// Lets go of a lock. Returns who has it now.
    fn unlock(&mut self, lock: usize) -> Option<usize> {
        self.holder[lock] = self.line[lock].pop_front();
        self.holder[lock]
    }
}

/// A thread that does as it is told and says what came of it.
fn obey(locks: &[Watched<'_>; 4], orders: &Receiver<(Action, usize)>, answers: &Sender<Answer>) {
    let mut held: [Option<WatchedLockGuard<'_, u32>>; 4] = [const { None }; 4];
    for (action, number) in orders {
        let lock = &locks[number];
        let guard = match action {
            Lock => lock.lock().map(Some),
            TryLock => Ok(lock.try_lock()),
            TryLockFor => lock.try_lock_for(Duration::ZERO),
            Unlock => {
                held[number] = None;
                Ok(None)
            }
        };
        let answer = guard.map(|guard| {
            let had = guard.is_some();
            held[number] = held[number].take().or(guard);
            had
        });
        answers.send(answer.map_err(|deadlock| deadlock.cycle().to_vec())).unwrap();
    }
}

/// Four threads, one of which acts at a time, and what they should be told.
fn agree(actions: Vec<(usize, Action, usize)>) {
    let detector = Detector::new();
    let locks = locks(&detector);
    thread::scope(|scope| {
        let threads = THREADS.map(|name| {
            let ((tell, orders), (say, answers)) = (channel(), channel());
            let locks = &locks;
            let body = move || obey(locks, &orders, &say);
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, body).unwrap();
            (tell, answers)
        });
        let mut plain = Plain::default();
        let unlock = |plain: &mut Plain, thread: usize, lock: usize| {
            threads[thread].0.send((Unlock, lock)).unwrap();
            assert_eq!(threads[thread].1.recv().unwrap(), Ok(false));
            if let Some(next) = plain.unlock(lock) {
                assert_eq!(threads[next].1.recv().unwrap(), Ok(true));
            }
        };
        for (thread, action, lock) in actions {
            if plain.waits_for(thread).is_some() {
                continue;
            }
            let holds = plain.holder[lock] == Some(thread);
            match action {
                Unlock if holds => unlock(&mut plain, thread, lock),
                Unlock => {}
                _ => {
                    threads[thread].0.send((action, lock)).unwrap();
                    if let Some(expected) = plain.ask(thread, action, lock) {
                        assert_eq!(threads[thread].1.recv().unwrap(), expected);
                        continue;
                    }
                    let waits = format!("{} waits for {}", THREADS[thread], LOCKS[lock]);
                    while !format!("{detector:?}").contains(&waits) {
                        thread::yield_now();
                    }
                }
            }
        }
        // Somebody always can go on, so all locks come free.
        while let Some((lock, thread)) = (0..4)
            .filter_map(|lock| plain.holder[lock].map(|thread| (lock, thread)))
            .find(|&(_, thread)| plain.waits_for(thread).is_none())
        {
            unlock(&mut plain, thread, lock);
        }
    });
    assert_eq!(format!("{detector:?}"), "Detector { graph: [], .. }");
    assert!(locks.iter().all(|lock| !lock.is_locked()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_requests_by_four_threads_agrees_with_a_plain_search_for_cycles(
        actions in prop::collection::vec(
            (
                0..4_usize,
                prop::sample::select(vec![Lock, Lock, TryLock, TryLockFor, Unlock]),
                0..4_usize,
            ),
            0..40,
        )
    ) {
        agree(actions);
    }
}

/// What the detector says must be a cycle, and the asking thread's own.
fn is_a_cycle(deadlock: &Deadlock, held: &[&'static str], asked: &'static str) {
    let links = deadlock.cycle();
    assert_eq!(Some(links[0].thread.as_str()), thread::current().name());
    assert_eq!(links[0].waits_for, asked);
    assert!(held.contains(&links[0].holds));
    for (place, link) in links.iter().enumerate() {
        assert_eq!(link.waits_for, links[(place + 1) % links.len()].holds);
        assert!(links[..place].iter().all(|other| other.thread != link.thread));
    }
}

#[test]
fn thousands_of_rounds_in_any_order_of_locks_come_to_an_end_and_each_refusal_is_a_cycle() {
    const ROUNDS: u32 = 500;
    let detector = Detector::new();
    let locks = locks(&detector);
    thread::scope(|scope| {
        for (number, name) in THREADS.iter().enumerate() {
            let locks = &locks;
            let body = move || {
                let mut random = number as u64 + 1;
                for _ in 0..ROUNDS {
                    // Knuth's linear congruential generator.
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let first = (random >> 60) as usize % 4;
                    let step = 1 + (random >> 56) as usize % 3;
                    let wanted = [first, (first + step) % 4, (first + 2 * step) % 4];
                    let wanted = if step == 2 { &wanted[..2] } else { &wanted[..] };
                    while !take_all(locks, wanted) {}
                }
            };
            thread::Builder::new().name((*name).to_owned()).spawn_scoped(scope, body).unwrap();
        }
    });
    let sum: u32 = locks.map(WatchedLock::into_inner).iter().sum();
    assert!((2 * 4 * ROUNDS..=3 * 4 * ROUNDS).contains(&sum));
}

/// Takes all wanted locks and adds one to each, or lets go of those it has.
fn take_all(locks: &[Watched<'_>; 4], wanted: &[usize]) -> bool {
    let mut held = Vec::new();
    for &number in wanted {
        match locks[number].lock() {
            Ok(guard) => held.push(guard),
            Err(deadlock) => {
                let names: Vec<_> = wanted[..held.len()].iter().map(|&one| LOCKS[one]).collect();
                is_a_cycle(&deadlock, &names, LOCKS[number]);
                return false;
            }
        }
    }
    held.iter_mut().for_each(|guard| **guard += 1);
    true
}

#[test]
fn of_threads_that_find_a_lock_free_one_has_it() {
    const ROUNDS: u32 = 100_000;
    let detector = Detector::new();
    let lock = WatchedLock::new("lock A", &detector, 0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..ROUNDS).for_each(|_| *lock.lock().unwrap() += 1));
        }
    });
    assert_eq!(lock.into_inner(), 4 * ROUNDS);
}

#[test]
fn timed_forms_take_at_least_their_time_and_one_too_long_for_the_clock_waits_for_the_lock() {
    let detector = Detector::new();
    let lock = WatchedLock::new("lock A", &detector, 0);
    let guard = lock.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let timeout = Duration::from_millis(20);
            let start = Instant::now();
            assert!(lock.try_lock_for(timeout).unwrap().is_none());
            assert!(start.elapsed() >= timeout);
            let deadline = Instant::now() + timeout;
            assert!(lock.try_lock_until(deadline).unwrap().is_none());
            assert!(Instant::now() >= deadline);
        });
    });
    thread::scope(|scope| {
        let waiter = scope.spawn(|| lock.try_lock_for(Duration::MAX).unwrap().is_some());
        while format!("{detector:?}") == "Detector { graph: [], .. }" {
            thread::yield_now();
        }
        drop(guard);
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn a_panic_releases_the_lock_and_a_forgotten_guard_keeps_it_without_being_a_cycle() {
    let detector = Detector::new();
    let lock = WatchedLock::new("lock A", &detector, 0);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.lock().unwrap();
        panic!("with the lock held");
    }));
    assert!(panicked.is_err());
    thread::scope(|scope| scope.spawn(|| forget(lock.lock())).join().unwrap());
    assert!(lock.try_lock_for(Duration::from_millis(1)).unwrap().is_none());
}

#[test]
fn a_thread_without_a_name_is_called_by_its_number() {
    let error = thread::scope(|scope| {
        let twice = || {
            let detector = Detector::new();
            let lock = WatchedLock::new("lock A", &detector, ());
            let _once = lock.lock().unwrap();
            lock.lock().unwrap_err()
        };
        scope.spawn(twice).join().unwrap()
    });
    let number = error.cycle()[0].thread.strip_prefix("thread ").unwrap();
    assert!(number.parse::<u64>().is_ok());
}

#[test]
fn detectors_and_locks_can_be_statics_and_show_themselves() {
    static DETECTOR: Detector = Detector::new();
    static LOCK: WatchedLock<i32> = WatchedLock::new("lock A", &DETECTOR, 1);
    assert_eq!(format!("{LOCK:?}"), r#"WatchedLock { name: "lock A", value: 1 }"#);
    let guard = LOCK.lock().unwrap();
    assert_eq!(format!("{guard} {guard:?}"), "1 1");
    assert_eq!(format!("{LOCK:?}"), r#"WatchedLock { name: "lock A", value: <locked> }"#);
    assert!(LOCK.is_locked());
    drop(guard);
    let detector = Detector::default();
    let mut own = WatchedLock::new("own", &detector, 1);
    *own.get_mut() += 1;
    assert_eq!(own.into_inner(), 2);
}

#[test]
fn what_is_not_sized_can_be_watched() {
    let detector = Detector::new();
    let lock: &WatchedLock<[i32], &Detector> = &WatchedLock::new("lock A", &detector, [1, 2, 3]);
    lock.lock().unwrap()[0] = 7;
    assert_eq!(*lock.lock().unwrap(), [7, 2, 3]);
}
