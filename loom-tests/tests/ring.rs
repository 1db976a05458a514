//! Every interleaving of a queue in shared memory, and a process that dies at every step.
//!
//! The order of its steps is `processes/src/shared/ring.rs`. Nobody naps in the model, so a wake
//! that is lost would leave a thread asleep for ever.

use super::shared::death::{
    at_each_step, at_each_step_or_asleep, killed_after, killed_asleep, nobody_dies_with_a_lock,
    step,
};
use super::shared::ring::{Refused, Ring, Side};
use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check, check_locks_in_one_step_and_to, check_without_spurious};
use primitives::platform::deadline::Deadline;
use primitives::platform::time::Duration;
use std::cell::Cell;
use std::sync::Arc;

const SOON: Deadline = Deadline::After(Duration::from_millis(10));

/// A ring of one place or two.
struct Queue {
    ring: Ring,
    /// An item is written in two accesses.
    places: [UnsafeCell<[u32; 2]>; 2],
}

// SAFETY: the cells are used only in a turn, under the ring's lock. That is the claim under check.
unsafe impl Sync for Queue {}
// SAFETY: as for a plain field.
unsafe impl Send for Queue {}

impl Queue {
    fn new() -> Arc<Self> {
        Self::of_places(1)
    }

    fn of_places(places: u64) -> Arc<Self> {
        let none = || UnsafeCell::new([0, 0]);
        Arc::new(Self { ring: Ring::new(places), places: [none(), none()] })
    }

    fn put(&self, item: u32, deadline: Option<Deadline>) -> Result<(), Refused> {
        self.ring.turn(Side::Put, deadline, |place| {
            assert!(place < self.ring.capacity());
            let place = &self.places[place as usize];
            // SAFETY: the ring is locked.
            place.with_mut(|place| unsafe { (*place)[0] = item });
            step();
            // SAFETY: the ring is locked.
            place.with_mut(|place| unsafe { (*place)[1] = item });
        })
    }

    fn get(&self, deadline: Option<Deadline>) -> Result<u32, Refused> {
        let mut item = 0;
        let got = self.ring.turn(Side::Get, deadline, |place| {
            // SAFETY: the ring is locked.
            let [one, other] = self.places[place as usize].with(|place| unsafe { *place });
            assert_eq!(one, other, "nobody gets half an item");
            item = one;
        });
        got.map(|()| item)
    }
}

const WAITS: Option<Deadline> = Some(Deadline::Never);

/// Runs a function as another thread with the queue.
fn other<R: Send + 'static>(
    queue: &Arc<Queue>,
    name: &str,
    act: impl FnOnce(&Queue) -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    let queue = queue.clone();
    thread::spawn(name, move || act(&queue))
}

#[test]
fn a_put_that_waits_for_room_gets_it_and_the_items_stay_in_order() {
    check_without_spurious(|| {
        let queue = Queue::new();
        queue.put(1, WAITS).unwrap();
        let putter = other(&queue, "putter", |queue| queue.put(2, WAITS).unwrap());
        assert_eq!(queue.get(WAITS), Ok(1));
        putter.join().unwrap();
        assert_eq!(queue.get(None), Ok(2));
    });
}

#[test]
fn a_get_that_waits_gets_the_item_also_after_a_wake_for_no_reason() {
    check(|| {
        let queue = Queue::new();
        let putter = other(&queue, "putter", |queue| queue.put(1, WAITS).unwrap());
        assert_eq!(queue.get(WAITS), Ok(1));
        putter.join().unwrap();
    });
}

#[test]
fn a_timed_get_has_the_item_or_leaves_it() {
    let answers = answers(|| {
        let queue = Queue::new();
        let getter = other(&queue, "getter", |queue| queue.get(Some(SOON)).is_ok());
        queue.put(1, WAITS).unwrap();
        let got = getter.join().unwrap();
        assert_eq!(queue.get(None).is_ok(), !got);
        got
    });
    assert_eq!(answers, [false, true]);
}

#[test]
fn a_full_ring_and_an_empty_one_say_so_at_once_and_when_the_time_is_up() {
    check(|| {
        let queue = Queue::new();
        for deadline in [None, Some(SOON)] {
            assert_eq!(queue.get(deadline), Err(Refused::NotReady));
        }
        queue.put(1, None).unwrap();
        for deadline in [None, Some(SOON)] {
            assert_eq!(queue.put(2, deadline), Err(Refused::NotReady));
        }
        assert_eq!((queue.ring.len(), queue.ring.capacity(), queue.ring.died()), (1, 1, 0));
    });
}

#[test]
fn a_close_ends_a_wait() {
    check(|| {
        let queue = Queue::new();
        let getter = other(&queue, "getter", |queue| queue.get(WAITS));
        queue.ring.close();
        assert!(queue.ring.is_closed());
        assert_eq!(getter.join().unwrap(), Err(Refused::Closed));
        assert_eq!(queue.put(1, WAITS), Err(Refused::Closed));
    });
}

#[test]
fn no_more_items_are_finished_than_were_got() {
    check(|| {
        let queue = Queue::new();
        queue.put(1, None).unwrap();
        assert!(!queue.ring.finish());
        queue.get(None).unwrap();
        assert_eq!(queue.ring.unfinished(), 1);
        let second = other(&queue, "second", |queue| queue.ring.finish());
        let finished = queue.ring.finish();
        assert!(finished ^ second.join().unwrap());
        assert_eq!(queue.ring.unfinished(), 0);
    });
}

std::thread_local! {
    /// Whether the queue has no item for those that sleep, in the execution that is under way.
    static EMPTY: Cell<bool> = const { Cell::new(true) };
}

#[test]
fn a_putter_that_dies_at_any_step_leaves_a_whole_item_or_none_and_holds_no_getter_back() {
    at_each_step_or_asleep(
        10,
        || EMPTY.get(),
        |steps| {
            EMPTY.set(false);
            let queue = Queue::new();
            let dies = other(&queue, "dies", move |queue| {
                let died = killed_after(steps, || queue.put(1, WAITS).unwrap());
                // Without an item the getter may sleep on. If there is one, it must get it, though
                // nobody is left to help it.
                EMPTY.set(died && !queue.ring.is_ready(Side::Get));
                died
            });
            assert_eq!(queue.get(WAITS), Ok(1));
            assert_eq!(queue.ring.broken(), 0, "the item was not broken off");
            dies.join().unwrap()
        },
    );
}

#[test]
#[ignore = "takes a minute or two"]
fn a_putter_that_dies_at_any_step_leaves_no_getter_asleep_that_a_close_would_wake() {
    at_each_step(10, |steps| {
        let queue = Queue::new();
        let dies = other(&queue, "dies", move |queue| {
            let died = killed_after(steps, || queue.put(1, WAITS).unwrap());
            if died {
                // Another has seen its end. Whatever became of the item, the getter goes on.
                queue.ring.close();
            }
            died
        });
        let got = queue.get(WAITS);
        let died = dies.join().unwrap();
        assert!(got == Ok(1) || died && got == Err(Refused::Closed), "{got:?}");
        assert!(got.is_err() || queue.ring.broken() == 0, "whole, or broken off");
        died
    });
}

#[test]
fn a_putter_that_dies_as_an_empty_ring_starts_again_costs_no_other_item_its_place() {
    at_each_step(10, |steps| {
        let queue = Queue::of_places(2);
        queue.put(1, None).unwrap();
        assert_eq!(queue.get(None), Ok(1));
        let dies =
            other(&queue, "dies", move |queue| killed_after(steps, || queue.put(2, None).unwrap()));
        queue.put(3, None).unwrap();
        let died = dies.join().unwrap();
        let got = [queue.get(None), queue.get(None)];
        let both = got.contains(&Ok(2)) && got.contains(&Ok(3));
        assert!(both || died && got == [Ok(3), Err(Refused::NotReady)], "{got:?}");
        died
    });
}

#[test]
fn a_getter_that_dies_at_any_step_takes_the_item_along_or_leaves_it() {
    at_each_step(10, |steps| {
        let queue = Queue::new();
        let dies = other(&queue, "dies", move |queue| {
            killed_after(steps, || _ = queue.get(WAITS).unwrap())
        });
        queue.put(1, WAITS).unwrap();
        let died = dies.join().unwrap();
        let left = queue.get(None);
        assert!(left == Err(Refused::NotReady) || died && left == Ok(1), "{left:?}");
        // The queue works on.
        queue.put(2, None).unwrap();
        died
    });
}

#[test]
fn a_getter_that_dies_in_its_sleep_or_when_it_is_woken_leaves_the_item_to_the_next() {
    check_without_spurious(|| {
        let queue = Queue::new();
        let dies = other(&queue, "dies", |queue| killed_asleep(|| _ = queue.get(WAITS).unwrap()));
        queue.put(1, WAITS).unwrap();
        let died = dies.join().unwrap();
        assert_eq!(queue.get(None).is_ok(), died);
    });
}

// Three threads take the lock five times. Here a thread dies without it, so it can be taken in one
// step.
#[test]
fn a_getter_that_dies_in_its_sleep_or_when_it_is_woken_holds_no_other_back() {
    let program = || {
        let queue = Queue::new();
        let dies = other(&queue, "dies", |queue| killed_asleep(|| _ = queue.get(WAITS).unwrap()));
        let getter = other(&queue, "getter", |queue| queue.get(WAITS));
        queue.put(1, WAITS).unwrap();
        if !dies.join().unwrap() {
            // It has the item. So there must be another for the getter.
            queue.put(2, WAITS).unwrap();
        }
        getter.join().unwrap().unwrap();
    };
    check_locks_in_one_step_and_to([5, 4], move || nobody_dies_with_a_lock(program));
}
