//! `Once`, `OnceCell` and `Lazy` on the real machine: agreement with a plain model and with their
//! peers, and the limits that the model checker cannot reach.

use primitives::{Lazy, Once, OnceCell};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, LazyLock, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// In which form a function is offered, and whether it panics.
#[derive(Clone, Copy, Debug)]
struct Offer {
    form: u8,
    panics: bool,
}

fn offer() -> impl Strategy<Value = Offer> {
    (0_u8..4, any::<bool>()).prop_map(|(form, panics)| Offer { form, panics })
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

fn on_purpose() -> ! {
    resume_unwind(Box::new("on purpose"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_offers_agrees_with_an_option(
        offers in prop::collection::vec(offer(), 0..12)
    ) {
        let (once, cell) = (Once::new(), OnceCell::new());
        let mut made = None;
        for (number, Offer { form, panics: fails }) in offers.into_iter().enumerate() {
            let make = || if fails { on_purpose() } else { number };
            let run = || _ = make();
            let (zero, now) = (Duration::ZERO, Instant::now());
            let failed = panics(|| match form {
                0 => once.call_once(run),
                1 => assert!(once.try_call_once(run)),
                2 => assert!(once.call_once_for(run, zero)),
                _ => assert!(once.call_once_until(run, now)),
            });
            prop_assert_eq!(failed, fails && made.is_none());
            let mut got = None;
            panics(|| {
                got = match form {
                    0 => Some(*cell.get_or_init(make)),
                    1 => cell.try_get_or_init(make).copied(),
                    2 => cell.get_or_init_for(make, zero).copied(),
                    _ => cell.get_or_init_until(make, now).copied(),
                };
            });
            if made.is_none() && !fails {
                made = Some(number);
            }
            prop_assert_eq!(got, made);
            prop_assert_eq!(cell.get().copied(), made);
            prop_assert_eq!(once.is_completed(), made.is_some());
        }
        prop_assert_eq!(cell.into_inner(), made);
    }
}

/// Eight threads want a value at once: what each got, and how many were made.
fn eight<C: Send + Sync>(cell: C, get_or_init: fn(&C, &dyn Fn() -> usize) -> usize) -> usize {
    let (made, start) = (AtomicUsize::new(0), Barrier::new(8));
    let make = || made.fetch_add(1, Relaxed) + 42;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                assert_eq!(get_or_init(&cell, &make), 42);
            });
        }
    });
    made.into_inner()
}

#[test]
fn eight_threads_make_one_value_as_with_std() {
    for _ in 0..200 {
        assert_eq!(eight(OnceCell::new(), |cell, make| *cell.get_or_init(make)), 1);
    }
    assert_eq!(eight(OnceLock::new(), |cell, make| *cell.get_or_init(make)), 1);
}

/// A cell in which another thread makes a value until `end`, and the thread.
fn being_made(end: &Arc<Barrier>) -> (Arc<OnceCell<u32>>, thread::JoinHandle<()>) {
    let cell = Arc::new(OnceCell::new());
    let begun = Arc::new(Barrier::new(2));
    let maker = {
        let (cell, begun, end) = (cell.clone(), begun.clone(), end.clone());
        thread::spawn(move || {
            cell.get_or_init(|| {
                begun.wait();
                end.wait();
                1
            });
        })
    };
    begun.wait();
    (cell, maker)
}

#[test]
fn a_timed_call_takes_at_least_its_time_and_no_deadline_is_early() {
    let end = Arc::new(Barrier::new(2));
    let (cell, maker) = being_made(&end);
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert_eq!(cell.get_or_init_for(|| 2, timeout), None);
    assert!(start.elapsed() >= timeout);
    let deadline = Instant::now() + timeout;
    assert_eq!(cell.get_or_init_until(|| 2, deadline), None);
    assert!(Instant::now() >= deadline);
    assert_eq!((cell.get(), cell.try_get_or_init(|| 2)), (None, None));
    assert_eq!(format!("{cell:?}"), "OnceCell { value: <not made> }");
    end.wait();
    maker.join().unwrap();
    assert_eq!(format!("{cell:?}"), "OnceCell { value: 1 }");
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_the_value_is_made() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let end = Arc::new(Barrier::new(2));
        let (cell, maker) = being_made(&end);
        let waiter = {
            let cell = cell.clone();
            thread::spawn(move || cell.get_or_init_for(|| 2, timeout).copied())
        };
        thread::sleep(Duration::from_millis(5));
        end.wait();
        assert_eq!(waiter.join().unwrap(), Some(1));
        maker.join().unwrap();
    }
}

fn message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).unwrap_err();
    payload.downcast_ref::<&str>().expect("a message").to_string()
}

#[test]
fn a_call_from_within_panics_with_a_clear_message_and_the_value_can_still_be_made() {
    const WITHIN: &str = "a `Once` was called from within the function that it runs";
    let once = Once::new();
    assert_eq!(message(|| once.call_once(|| once.call_once(|| ()))), WITHIN);
    assert_eq!(format!("{once:?}"), "Once { state: \"incomplete\" }");
    // Over another, and with a time limit.
    static A: Lazy<u32> = Lazy::new(|| Lazy::force_for(&B, Duration::MAX).map_or(0, |b| b + 1));
    static B: Lazy<u32> = Lazy::new(|| *A + 1);
    assert_eq!(message(|| _ = *A), WITHIN);
    assert_eq!(message(|| _ = *B), WITHIN);
    once.call_once(|| assert_eq!(format!("{once:?}"), "Once { state: \"running\" }"));
    assert_eq!(format!("{once:?}"), "Once { state: \"complete\" }");
}

#[test]
fn a_lazy_value_that_cannot_be_made_is_tried_again_and_std_gives_up() {
    let tries = AtomicUsize::new(0);
    let make = || if tries.fetch_add(1, Relaxed) == 0 { on_purpose() } else { 42 };
    let ours = Lazy::new(make);
    assert!(panics(|| _ = *ours));
    assert_eq!(format!("{ours:?}"), "Lazy { value: <not made> }");
    assert_eq!((*ours, Lazy::get(&ours), Lazy::try_force(&ours)), (42, Some(&42), Some(&42)));
    assert_eq!(Lazy::force_until(&ours, Instant::now()), Some(&42));
    assert_eq!(Lazy::force(&ours), &42);
    tries.store(0, Relaxed);
    let theirs = LazyLock::new(make);
    assert!(panics(|| _ = *theirs) && panics(|| _ = *theirs));
}

#[test]
fn what_it_holds_is_dropped_once_or_given_back() {
    let value = Arc::new(());
    let mut cell = OnceCell::new();
    assert_eq!(cell.get_mut(), None::<&mut Arc<()>>);
    cell.get_or_init(|| value.clone());
    *cell.get_mut().unwrap() = value.clone();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(cell);
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(OnceCell::<u8>::default().into_inner(), None);
}

#[test]
fn all_of_them_can_be_statics() {
    static ONCE: Once = Once::new();
    static CELL: OnceCell<String> = OnceCell::new();
    static LAZY: Lazy<String> = Lazy::new(|| CELL.get_or_init(|| "made".to_owned()).clone());
    ONCE.call_once(|| assert_eq!(*LAZY, "made"));
    assert!(ONCE.is_completed() && !Once::default().is_completed());
    assert_eq!(format!("{LAZY:?}"), "Lazy { value: \"made\" }");
}
