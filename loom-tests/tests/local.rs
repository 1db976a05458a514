//! Every interleaving of the operations on values that each thread has for itself.
//!
//! Every search here is exhaustive: `loom_tests` demands it. The longer ones leave spurious
//! wake-ups to the models of the lock, which is all that a thread waits for here.

use loom_platform::atomic::{AtomicU32, Ordering::AcqRel};
use loom_platform::thread;
use loom_tests::{answers, check, check_without_spurious};
use primitives::local::AccessError;
use primitives::{Local, Lock};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Weak};

/// What became of the values of an execution. Not of the model: what is counted is no operation of
/// the program's.
#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
    /// Dropped by another thread than the one that made it.
    by_another: AtomicUsize,
}

impl Counts {
    fn has_dropped(&self, dropped: usize) {
        assert_eq!(self.dropped.load(SeqCst), dropped);
    }

    fn all_dropped(&self, made: usize) {
        assert_eq!((self.made.load(SeqCst), self.dropped.load(SeqCst)), (made, made));
    }
}

/// A number, and the counter of its drops.
struct Counted {
    number: Cell<i32>,
    made_by: u64,
    counts: Arc<Counts>,
}

impl Counted {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.made.fetch_add(1, SeqCst);
        Self { number: Cell::new(0), made_by: thread::id(), counts: counts.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counts.dropped.fetch_add(1, SeqCst);
        let by_another = thread::id() != self.made_by;
        self.counts.by_another.fetch_add(by_another.into(), SeqCst);
    }
}

type Numbers = Local<Counted, Box<dyn Fn() -> Counted + Send + Sync>>;

fn numbers(counts: &Arc<Counts>) -> Numbers {
    let counts = counts.clone();
    Local::new(Box::new(move || Counted::new(&counts)))
}

/// Sets this thread's number, and returns what it was.
fn set(local: &Numbers, number: i32) -> i32 {
    local.with(|value| value.number.replace(number))
}

/// An object that two threads share, and that the last to let go of it has for itself. An `Arc`
/// that the model sees, in the two operations that matter.
struct Shared(NonNull<(Numbers, AtomicU32)>);

// SAFETY: it is shared as `Numbers` is, and given to one thread by the other's `let_go`.
unsafe impl Send for Shared {}

impl Shared {
    fn new(local: Numbers) -> [Self; 2] {
        let shared = NonNull::from(Box::leak(Box::new((local, AtomicU32::new(2)))));
        [Self(shared), Self(shared)]
    }

    /// The object, if the other thread has let go before.
    fn let_go(self) -> Option<Numbers> {
        // SAFETY: a thread that is not the last uses it no more. The last one frees it.
        unsafe {
            let last = self.0.as_ref().1.fetch_sub(1, AcqRel) == 1;
            last.then(|| Box::from_raw(self.0.as_ptr()).0)
        }
    }
}

impl std::ops::Deref for Shared {
    type Target = Numbers;

    fn deref(&self) -> &Numbers {
        // SAFETY: it is there until both have let go.
        unsafe { &self.0.as_ref().0 }
    }
}

/// A second thread sets its number and lets go of the object, as the main thread does. Who is the
/// last does `alone` with it, while the other may be ending.
fn two<R: Send + 'static>(local: Numbers, alone: fn(Numbers) -> R) -> R {
    let [local, others] = Shared::new(local);
    let other = thread::spawn("second", move || {
        assert_eq!(set(&others, 2), 0, "it is new");
        others.let_go().map(alone)
    });
    let mine = local.let_go().map(alone);
    let theirs = other.join().unwrap();
    mine.or(theirs).expect("one of the two was the last")
}

/// As [`two`], where the main thread has set its number before.
fn one_more<R: Send + 'static>(alone: fn(Numbers) -> R) -> R {
    let counts = Arc::new(Counts::default());
    let local = numbers(&counts);
    set(&local, 1);
    let result = two(local, alone);
    counts.all_dropped(2);
    result
}

fn thread_end_against_object_drop() -> Arc<Counts> {
    let counts = Arc::new(Counts::default());
    two(numbers(&counts), drop);
    counts.all_dropped(1);
    counts
}

/// Two threads make the list at once, and then both of them their values.
fn first_uses_at_once() {
    let counts = Arc::new(Counts::default());
    let local = Arc::new(numbers(&counts));
    let other = {
        let local = local.clone();
        thread::spawn("second", move || assert_eq!(set(&local, 2), 0, "it is new"))
    };
    assert_eq!(set(&local, 1), 0, "it is new");
    other.join().unwrap();
    // The second thread's value went with it, and the other has its place in the list.
    counts.has_dropped(1);
    let mut local = Arc::into_inner(local).unwrap();
    let numbers: Vec<_> = local.values().iter().map(|value| value.number.get()).collect();
    assert_eq!(numbers, [1]);
    drop(local);
    counts.all_dropped(2);
}

/// The second thread's number, if it is there.
fn seconds_number(numbers: impl Iterator<Item = i32>) -> Option<i32> {
    let numbers: Vec<i32> = numbers.filter(|&number| number != 1).collect();
    assert!(numbers.len() <= 1);
    numbers.first().copied()
}

#[test]
fn a_value_is_dropped_by_the_end_of_its_thread_or_with_the_object_and_never_by_both() {
    check(|| _ = thread_end_against_object_drop());
    let by_another = || thread_end_against_object_drop().by_another.load(SeqCst);
    assert_eq!(answers(by_another), [0, 1]);
}

#[test]
fn a_cleared_object_drops_each_value_once_though_its_thread_ends_and_begins_anew() {
    check(|| {
        let counts = Arc::new(Counts::default());
        two(numbers(&counts), |mut local| {
            local.clear();
            assert_eq!(set(&local, 3), 0, "it is new");
        });
        counts.all_dropped(2);
    });
}

#[test]
fn two_threads_that_use_an_object_first_have_a_value_each_until_they_end() {
    check_without_spurious(first_uses_at_once);
}

#[test]
fn the_owner_sees_the_values_of_threads_that_have_not_ended() {
    let see = || {
        one_more(|mut local| {
            let values = local.values();
            assert_eq!(values.len(), values.iter().len());
            // The second look finds what the first has found: a thread that ends waits.
            let look = || seconds_number(values.iter().map(|value| value.number.get()));
            let seen = look();
            assert_eq!(look(), seen);
            seen
        })
    };
    assert_eq!(answers(see), [None, Some(2)]);
    check(move || _ = see());
}

#[test]
fn the_owner_changes_values_while_their_thread_ends() {
    let change = || {
        one_more(|mut local| {
            let mut values = local.values();
            values.iter_mut().for_each(|value| *value.number.get_mut() += 10);
            seconds_number(values.iter().map(|value| value.number.get() - 10))
        })
    };
    assert_eq!(answers(change), [None, Some(2)]);
    check(move || _ = change());
}

#[test]
fn the_owner_takes_a_value_out_or_its_thread_has_dropped_it() {
    let take =
        || one_more(|local| seconds_number(local.into_iter().map(|value| value.number.get())));
    assert_eq!(answers(take), [None, Some(2)]);
    // Those that nobody asks the iterator for are dropped with it.
    check(|| one_more(|local| drop(local.into_iter())));
}

#[test]
fn what_one_thread_sets_and_takes_no_other_sees() {
    let set_and_take = |local: &Local<Cell<i32>>, number| {
        local.set(number);
        let inside = local.with(|value| (local.get(), value.replace(number + 1)));
        assert_eq!(inside, (number, number));
        assert_eq!((local.take(), local.get()), (number + 1, 0));
    };
    check_without_spurious(move || {
        let local: Arc<Local<Cell<i32>>> = Arc::default();
        local.set(1);
        let others = [("second", 10), ("third", 20)].map(|(name, number)| {
            let local = local.clone();
            thread::spawn(name, move || set_and_take(&local, number))
        });
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(local.get(), 1);
    });
}

#[test]
fn threads_end_in_any_order_and_each_drops_its_own_value() {
    check_without_spurious(|| {
        let counts = Arc::new(Counts::default());
        let local = Arc::new(numbers(&counts));
        set(&local, 1);
        let others = {
            let local = local.clone();
            thread::spawn_alike(2, "other", move |_| _ = set(&local, 2))
        };
        others.join();
        counts.has_dropped(2);
        assert_eq!(set(&local, 3), 1);
        drop(local);
        counts.all_dropped(3);
        assert_eq!(counts.by_another.load(SeqCst), 0);
    });
}

/// A thread uses an old object, which then goes, and as many new ones.
fn old_and_new(how_many: usize) {
    let counts = Arc::new(Counts::default());
    let [old, others] = Shared::new(numbers(&counts));
    let other = {
        let counts = counts.clone();
        thread::spawn("second", move || {
            set(&others, 1);
            drop(others.let_go());
            let new: Vec<_> = (0..how_many).map(|_| numbers(&counts)).collect();
            let is_new = |local| assert_eq!(set(local, 2), 0, "a value of the old object");
            new.iter().for_each(is_new);
            let is_kept = |local| assert_eq!(set(local, 3), 2);
            new.iter().for_each(is_kept);
        })
    };
    drop(old.let_go());
    other.join().unwrap();
    counts.all_dropped(1 + how_many);
}

#[test]
fn a_new_object_shows_no_value_of_an_old_one_that_is_still_in_the_table_of_a_thread() {
    check(|| old_and_new(2));
}

#[test]
fn a_table_is_rebuilt_while_an_object_in_it_goes() {
    // The first table has room for sixteen.
    check_without_spurious(|| old_and_new(16));
}

/// A value that asks its own object and another for values when it is dropped.
struct Asks {
    own: Weak<AskingLocal>,
    other: Arc<Numbers>,
    answer: Arc<Lock<Option<Answer>>>,
}

type AskingLocal = Local<Asks, Box<dyn Fn() -> Asks + Send + Sync>>;

/// What its own object said, if it was still there, and what the other did.
type Answer = (Option<Result<(), AccessError>>, Result<i32, AccessError>);

impl Drop for Asks {
    fn drop(&mut self) {
        let own = self.own.upgrade().map(|own| own.try_with(|_| ()));
        let other = self.other.try_with(|value| value.number.get());
        *self.answer.lock() = Some((own, other));
    }
}

/// An object with such values.
fn asking(other: &Arc<Numbers>, answer: &Arc<Lock<Option<Answer>>>) -> Arc<AskingLocal> {
    Arc::new_cyclic(|own: &Weak<AskingLocal>| {
        let (own, other, answer) = (own.clone(), other.clone(), answer.clone());
        let asks = move || Asks { own: own.clone(), other: other.clone(), answer: answer.clone() };
        Local::new(Box::new(asks) as Box<dyn Fn() -> Asks + Send + Sync>)
    })
}

#[test]
fn a_destructor_at_the_end_of_a_thread_is_told_that_its_values_are_gone() {
    check(|| {
        let (other, answer) = (Arc::new(numbers(&Arc::default())), Arc::default());
        let own = asking(&other, &answer);
        set(&other, 2);
        let ending = {
            let (own, other) = (own.clone(), other.clone());
            thread::spawn("ending", move || {
                own.with(|_| ());
                set(&other, 1);
            })
        };
        ending.join().unwrap();
        assert_eq!(*answer.lock(), Some((Some(Err(AccessError)), Err(AccessError))));
        assert_eq!(set(&other, 3), 2);
    });
}

#[test]
fn a_destructor_that_runs_because_the_object_goes_may_use_other_objects() {
    check(|| {
        let (other, answer) = (Arc::new(numbers(&Arc::default())), Arc::default());
        let own = asking(&other, &answer);
        own.with(|_| ());
        set(&other, 7);
        drop(own);
        assert_eq!(*answer.lock(), Some((None, Ok(7))));
    });
}

#[test]
fn a_panic_in_a_destructor_at_the_end_of_a_thread_keeps_no_other_value_from_being_dropped() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    check_without_spurious(|| {
        let counts = Arc::new(Counts::default());
        let locals = Arc::new((numbers(&counts), Local::new(|| Panics), numbers(&counts)));
        assert_eq!(set(&locals.0, 1), 0);
        let other = {
            let locals = locals.clone();
            thread::spawn("second", move || {
                set(&locals.0, 1);
                locals.1.with(|_| ());
                set(&locals.2, 1);
            })
        };
        other.join().unwrap();
        counts.has_dropped(2);
        drop(locals);
        counts.all_dropped(3);
    });
}

#[test]
fn a_panic_in_the_making_of_a_value_leaves_the_object_usable() {
    check_without_spurious(|| {
        let counts = Arc::new(Counts::default());
        let local = {
            let (counts, fail) = (counts.clone(), AtomicUsize::new(0));
            Local::new(Box::new(move || {
                let fails = thread::id() != 1 && fail.fetch_add(1, SeqCst) == 0;
                assert!(!fails, "the second thread's first time");
                Counted::new(&counts)
            }) as Box<dyn Fn() -> Counted + Send + Sync>)
        };
        let local = Arc::new(local);
        assert_eq!(set(&local, 1), 0);
        let other = {
            let local = local.clone();
            thread::spawn("second", move || {
                assert!(catch_unwind(AssertUnwindSafe(|| set(&local, 2))).is_err());
                assert_eq!(set(&local, 2), 0);
            })
        };
        assert_eq!(set(&local, 1), 1);
        other.join().unwrap();
        drop(local);
        counts.all_dropped(2);
    });
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 2] = [
        ("first uses at once", first_uses_at_once),
        ("thread end against object drop", || _ = thread_end_against_object_drop()),
    ];
    // Finding the list, making it, and finding that another thread was faster.
    assert_eq!(loom_tests::every_ordering_is_needed("src/local.rs", &programs), 3);
}

#[test]
fn a_value_in_a_ref_cell_is_each_threads_own_and_a_look_makes_none() {
    check(|| {
        fn uses<F: Fn() -> RefCell<i32>>(local: &Local<RefCell<i32>, F>, number: i32) {
            assert_eq!(local.peek(|_| ()), None);
            local.with_borrow_mut(|value| *value += number);
            assert_eq!(local.with_borrow(|value| *value), number);
            assert_eq!(local.peek(|value| *value.borrow()), Some(number));
        }
        let local = Arc::new(Local::new(|| RefCell::new(0)));
        let other = {
            let local = local.clone();
            thread::spawn("second", move || uses(&local, 2))
        };
        uses(&local, 1);
        other.join().unwrap();
    });
}
