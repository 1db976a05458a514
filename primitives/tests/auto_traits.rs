//! What the compiler may do with the types: send them, share them, move them when they are pinned,
//! carry them through a panic, shorten their lifetimes. Each is as decided, and none comes or goes
//! by accident.

use primitives::future::{AsCompleted, Crew, Payload, ReturnWhen};
use primitives::local::{AccessError, IntoIter, Values};
use primitives::pool::{Map, Scope};
use primitives::queue::{self, Closed, DoneTooOften, GetError, Heap, PutError};
use primitives::timer::TimerHeap;
use primitives::*;
use std::cell::Cell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

/// Whether a type has a trait. A constant of its own goes before one that every type has from a
/// trait.
macro_rules! has {
    ($type:ty, $trait:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const HAS: bool = false;
        }
        struct Asked<T: ?Sized>(PhantomData<T>);
        impl<T: ?Sized> Otherwise for Asked<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

/// Compares the traits that each type has with those that it should have.
macro_rules! have {
    ($($expected:expr => $($type:ty),+;)+) => {
        $($({
            let has: Vec<&str> = [
                (has!($type, Send), "Send"),
                (has!($type, Sync), "Sync"),
                (has!($type, Unpin), "Unpin"),
                (has!($type, UnwindSafe), "UnwindSafe"),
                (has!($type, RefUnwindSafe), "RefUnwindSafe"),
            ]
            .into_iter()
            .filter_map(|(has, name)| has.then_some(name))
            .collect();
            assert_eq!(has.join(" "), $expected, "{}", stringify!($type));
        })+)+
    };
}

/// One thread at a time may have it, but it may go from thread to thread.
type Passed = Cell<u8>;
/// It stays on its thread.
type Stays = Rc<u8>;

const ALL: &str = "Send Sync Unpin UnwindSafe RefUnwindSafe";
/// A guard stays on its thread, which may show it to others.
const GUARD: &str = "Sync Unpin UnwindSafe RefUnwindSafe";
const NEITHER: &str = "Unpin UnwindSafe RefUnwindSafe";

#[test]
fn every_public_type_has_the_auto_traits_that_were_decided() {
    have! {
        // Without a value.
        ALL => RawLock, RawRLock, Parker, WaitQueue, Condition, FairLock, Semaphore,
            BoundedSemaphore, Event, Latch, Once, Barrier, Arrival, BrokenBarrier, TooManyPermits,
            Detector, Deadlock, OutOfOrder, Timer, Timers, TimerOutcome, DueTimer, AccessError,
            GetError, DoneTooOften, Thread, ThreadError, ThreadOutcome, ThreadState, Scheduler<'_>,
            Scheduled, NotScheduled, Gil, Permit<'_>, AbortOnPanic<'_>, FairLockGuard<'_>,
            ThreadPool, SubmitError, BrokenPool, Crew, ReturnWhen;
        // With a value that threads pass on.
        ALL => Lock<Passed>, RankedLock<Passed>, WatchedLock<Passed>, RwLock<u8>, RLock<u8>,
            Queue<Passed>, LifoQueue<Passed>, PriorityQueue<Passed>, Local<Passed>,
            Barrier<Box<dyn FnMut() + Send>>, queue::Iter<'_, VecDeque<Passed>>,
            queue::TryIter<'_, VecDeque<Passed>>, OnceCell<u8>, Lazy<u8>, primitives::Arc<u8>,
            Weak<u8>;
        // It may be sent, but is looked at by several threads, or is there after a panic.
        "Send Unpin UnwindSafe RefUnwindSafe" => RwLock<Passed>;
        "Send Sync Unpin UnwindSafe" => RLock<Passed>;
        "Send Unpin UnwindSafe" => Closed<Passed>, PutError<Passed>, Heap<Passed>, IntoIter<Passed>,
            queue::IntoIter<VecDeque<Passed>>, OnceCell<Passed>, Lazy<Passed>, TimerHeap<Passed>;
        "Unpin" => primitives::Arc<Passed>, Weak<Passed>;
        // A result goes from thread to thread. Those that share a future share its result.
        ALL => Promise<Passed>, Future<u8>, Map<u8>, AsCompleted<u8, Future<u8>>;
        "Send Unpin UnwindSafe" => Future<Passed>, Map<Passed>;
        NEITHER => Promise<Stays>;
        "Send Sync Unpin" => FutureError, Payload;
        // Tasks of a scope share it.
        "Send Sync Unpin RefUnwindSafe" => Scope<'_, '_>;
        // With a value that stays on its thread.
        NEITHER => Lock<Stays>, RankedLock<Stays>, WatchedLock<Stays>, RwLock<Stays>, RLock<Stays>,
            Queue<Stays>, Local<Stays>, OnceCell<Stays>, primitives::Arc<Stays>, Weak<Stays>;
        // Guards.
        GUARD => LockGuard<'_, u8>, RLockGuard<'_, u8>, RwLockReadGuard<'_, u8>,
            RwLockWriteGuard<'_, u8>,
            RankedLockGuard<'_, u8>, WatchedLockGuard<'_, u8>;
        NEITHER => LockGuard<'_, Passed>, RwLockWriteGuard<'_, Passed>, RankedLockGuard<'_, Passed>,
            WatchedLockGuard<'_, Passed>, GilGuard<'_>, Values<'_, u8>, Values<'_, Passed>;
        "Unpin" => RLockGuard<'_, Passed>, RwLockReadGuard<'_, Passed>;
    }
}

/// What only shows a value may show it as one with a shorter life.
#[test]
fn what_only_shows_a_value_is_covariant() {
    fn read<'short>(
        guard: RwLockReadGuard<'short, &'static u8>,
    ) -> RwLockReadGuard<'short, &'short u8> {
        guard
    }
    fn refused<'short>(error: PutError<&'static u8>) -> PutError<&'short u8> {
        error
    }
    fn closed<'short>(error: Closed<&'static u8>) -> Closed<&'short u8> {
        error
    }
    fn guard<'short>(guard: LockGuard<'static, u8>) -> LockGuard<'short, u8> {
        guard
    }
    let lock: RwLock<&'static u8> = RwLock::new(&1);
    assert_eq!(**read(lock.read()), 1);
    assert_eq!(refused(PutError::Full(&1)).into_inner(), &1);
    assert_eq!(closed(Closed(&1)).0, &1);
    static LOCK: Lock<u8> = Lock::new(1);
    assert_eq!(*guard(LOCK.lock()), 1);
}

#[test]
fn a_panic_is_caught_around_any_of_them() {
    let (queue, lock, once) = (Queue::bounded(1), Lock::new(1), Arc::new(Event::new()));
    let caught = std::panic::catch_unwind(|| {
        queue.put(1).unwrap();
        *lock.lock() += 1;
        once.set();
        let _held = lock.lock();
        panic!("with all of them in use");
    });
    assert!(caught.is_err());
    assert_eq!((queue.get(), *lock.lock(), once.is_set()), (Ok(1), 2, true));
}
