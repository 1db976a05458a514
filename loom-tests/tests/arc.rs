//! Every interleaving of the operations of `Arc` and `Weak`.
//!
//! Every search here is exhaustive: `loom_tests` demands it. The model objects when a value is
//! dropped, changed or moved out while another thread may still look at it, and when the counts are
//! freed while another may still use them.

use loom_platform::thread;
use loom_tests::{answers, check, check_without_spurious};
use primitives::{Arc, Weak};
use std::sync;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

/// A number, and a count of the values that are there, which is not the model's.
struct Value {
    number: u32,
    there: sync::Arc<AtomicI32>,
}

impl Value {
    fn new(number: u32, there: &sync::Arc<AtomicI32>) -> Self {
        there.fetch_add(1, SeqCst);
        Self { number, there: there.clone() }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::new(self.number, &self.there)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        assert!(self.there.fetch_sub(1, SeqCst) > 0, "dropped twice");
    }
}

type Part<A> = fn(Arc<Value>, Weak<Value>) -> A;

/// Gives an `Arc` and a `Weak` of one value to each of two threads. When both are done, no value is
/// there.
fn two<A, B: Send + 'static>(first: Part<A>, second: Part<B>) -> (A, B) {
    let there = sync::Arc::new(AtomicI32::new(0));
    let arc = Arc::new(Value::new(1, &there));
    let weak = Arc::downgrade(&arc);
    let other = {
        let (arc, weak) = (arc.clone(), weak.clone());
        thread::spawn("second", move || second(arc, weak))
    };
    let answers = (first(arc, weak), other.join().unwrap());
    assert_eq!(there.load(SeqCst), 0, "a value was not dropped");
    answers
}

fn read(arc: Arc<Value>, weak: Weak<Value>) -> u32 {
    drop(weak);
    arc.number
}

fn weak_goes_last(arc: Arc<Value>, weak: Weak<Value>) -> u32 {
    let number = arc.number;
    drop(arc);
    drop(weak);
    number
}

fn get_mut(mut arc: Arc<Value>, weak: Weak<Value>) -> bool {
    drop(weak);
    Arc::get_mut(&mut arc).map(|value| value.number += 1).is_some()
}

fn try_unwrap(arc: Arc<Value>, _: Weak<Value>) -> bool {
    Arc::try_unwrap(arc).is_ok_and(|value| value.number == 1)
}

fn into_inner(arc: Arc<Value>, _: Weak<Value>) -> bool {
    Arc::into_inner(arc).is_some_and(|value| value.number == 1)
}

fn upgrade(arc: Arc<Value>, weak: Weak<Value>) -> Option<u32> {
    drop(arc);
    weak.upgrade().map(|arc| arc.number)
}

/// Another thread looks for a value that is about to know itself.
fn find_what_is_being_made() -> Option<u32> {
    let mut other = None;
    let arc = Arc::new_cyclic(|itself| {
        let weak = itself.clone();
        other = Some(thread::spawn("second", move || weak.upgrade().map(|arc| *arc)));
        42
    });
    let found = other.expect("a thread").join().unwrap();
    assert_eq!((*arc, Arc::strong_count(&arc), Arc::weak_count(&arc)), (42, 1, 0));
    found
}

fn read_against_read() {
    assert_eq!(two(read, weak_goes_last), (1, 1));
}

fn get_mut_against_read() {
    two(get_mut, read);
}

fn unwrap_against_read() {
    two(try_unwrap, read);
}

fn cyclic() {
    assert_ne!(find_what_is_being_made(), Some(0));
}

#[test]
fn the_value_is_dropped_once_when_all_have_looked_at_it() {
    check(read_against_read);
    check_without_spurious(|| {
        let there = sync::Arc::new(AtomicI32::new(0));
        let arc = Arc::new(Value::new(1, &there));
        let others = {
            let arc = arc.clone();
            thread::spawn_alike(2, "other", move |_| arc.number)
        };
        assert_eq!(arc.number, 1);
        drop(arc);
        assert_eq!(others.join(), [1, 1]);
        assert_eq!(there.load(SeqCst), 0);
    });
}

#[test]
fn the_value_can_be_changed_when_it_has_no_other_owner_and_not_before() {
    check(get_mut_against_read);
    assert_eq!(answers(|| two(get_mut, read).0), [false, true]);
    let through_a_weak_one: Part<Option<u32>> = |arc, weak| {
        drop(arc);
        let number = weak.upgrade().map(|arc| arc.number);
        drop(weak);
        number
    };
    assert_eq!(
        answers(move || two(get_mut, through_a_weak_one)),
        [(false, None), (false, Some(1)), (true, Some(1))]
    );
}

#[test]
fn one_of_two_that_give_up_their_ownership_gets_the_value() {
    assert_eq!(answers(|| two(into_inner, into_inner)), [(false, true), (true, false)]);
}

#[test]
fn of_two_that_try_to_unwrap_one_gets_the_value_or_none() {
    check(unwrap_against_read);
    let expected = [(false, false), (false, true), (true, false)];
    assert_eq!(answers(|| two(try_unwrap, try_unwrap)), expected);
}

#[test]
fn a_weak_one_finds_the_value_as_long_as_it_has_an_owner() {
    check(|| _ = two(upgrade, upgrade));
    assert_eq!(answers(|| two(upgrade, read).0), [None, Some(1)]);
}

#[test]
fn a_weak_one_finds_a_value_that_knows_itself_only_when_it_is_made() {
    check(cyclic);
    assert_eq!(answers(find_what_is_being_made), [None, Some(42)]);
}

#[test]
fn make_mut_changes_what_no_other_owner_sees() {
    let change: Part<u32> = |mut arc, weak| {
        drop(weak);
        Arc::make_mut(&mut arc).number += 1;
        arc.number
    };
    check(move || assert_eq!(two(change, read), (2, 1)));
    check(move || assert_eq!(two(change, change), (2, 2)));
}

/// Every operation against every other.
#[test]
fn every_operation_against_every_other_leaves_no_value_and_none_is_used_after_its_end() {
    const OPERATIONS: &[(&str, Part<()>)] = &[
        ("clone and drop", |arc, weak| _ = read(arc.clone(), weak)),
        ("downgrade", |arc, _| _ = Arc::downgrade(&arc).clone()),
        ("upgrade", |arc, weak| _ = upgrade(arc, weak)),
        ("get_mut", |arc, weak| _ = get_mut(arc, weak)),
        ("try_unwrap", |arc, weak| _ = try_unwrap(arc, weak)),
        ("into_inner", |arc, weak| _ = into_inner(arc, weak)),
        ("counts", |arc, weak| {
            assert!(Arc::ptr_eq(&arc, &arc) && weak.ptr_eq(&weak));
            let counts = [Arc::strong_count(&arc), weak.strong_count()];
            assert!(counts.into_iter().all(|count| (1..=3).contains(&count)));
            let counts = [Arc::weak_count(&arc), weak.weak_count()];
            assert!(counts.into_iter().all(|count| (1..=4).contains(&count)));
        }),
    ];
    for (number, &(name, first)) in OPERATIONS.iter().enumerate() {
        for &(other, second) in &OPERATIONS[number..] {
            println!("{name} against {other}:");
            check_without_spurious(move || _ = two(first, second));
        }
    }
}

#[test]
fn every_ordering_is_needed() {
    let programs: [(&str, fn()); 4] = [
        ("read against read", read_against_read),
        ("get_mut against read", get_mut_against_read),
        ("try_unwrap against read", unwrap_against_read),
        ("new_cyclic against upgrade", cyclic),
    ];
    // What makes the value known, what makes sure that nobody else has it, and on both counts what
    // lets go and what is the last to.
    assert_eq!(loom_tests::every_ordering_is_needed("src/arc.rs", &programs), 8);
}
