//! The semaphore in shared memory.

use super::children::{Child, Random, sleep_for_ever, wait_until};
use processes::{SharedMemory, SharedSemaphore, TooManySharedPermits, shareable};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

shareable! {
    struct Room {
        places: SharedSemaphore,
        inside: AtomicU32,
        steps: AtomicU32,
    }
}

fn room(places: u32) -> SharedMemory<Room> {
    let room = Room {
        places: SharedSemaphore::new(places),
        inside: AtomicU32::new(0),
        steps: AtomicU32::new(0),
    };
    SharedMemory::new(room).unwrap()
}

#[test]
fn no_more_processes_are_inside_than_there_are_permits_and_all_come_through() {
    let room = room(2);
    let guests = [(); 4].map(|()| {
        Child::start(|| {
            for _ in 0..5_000 {
                let _place = room.places.acquire();
                assert!(room.inside.fetch_add(1, Relaxed) < 2);
                room.inside.fetch_sub(1, Relaxed);
            }
        })
    });
    guests.into_iter().for_each(Child::join);
    assert_eq!(room.places.available(), 2);
}

#[test]
fn a_permit_released_by_one_process_lets_another_go_on_that_waits() {
    let room = room(0);
    let guest = Child::start(|| {
        room.steps.store(1, Relaxed);
        room.places.acquire().forget();
    });
    wait_until(&room.steps, 1);
    room.places.release(1).unwrap();
    guest.join();
    assert_eq!(room.places.available(), 0);
}

#[test]
fn when_the_first_in_the_line_is_killed_the_next_gets_the_permit() {
    let room = room(0);
    let guest = || {
        Child::start(|| {
            room.steps.fetch_add(1, Relaxed);
            room.places.acquire().forget();
        })
    };
    let first = guest();
    wait_until(&room.steps, 1);
    std::thread::sleep(Duration::from_millis(5));
    let second = guest();
    wait_until(&room.steps, 2);
    first.kill();
    room.places.release(1).unwrap();
    second.join();
}

#[test]
fn a_first_in_the_line_that_was_killed_keeps_no_permit_from_those_that_only_try() {
    let room = room(0);
    let first = Child::start(|| {
        room.steps.store(1, Relaxed);
        room.places.acquire().forget();
    });
    wait_until(&room.steps, 1);
    std::thread::sleep(Duration::from_millis(5));
    first.kill();
    room.places.release(1).unwrap();
    assert!(room.places.try_acquire().is_some());
}

#[test]
fn what_a_killed_process_had_is_gone_until_somebody_releases_it() {
    let room = room(2);
    let guest = Child::start(|| {
        let _place = room.places.acquire();
        room.steps.store(1, Relaxed);
        sleep_for_ever();
    });
    wait_until(&room.steps, 1);
    guest.kill();
    assert_eq!(room.places.available(), 1);
    room.places.release(1).unwrap();
    assert_eq!(room.places.available(), 2);
}

#[test]
fn all_four_forms_take_a_permit_or_wait_as_long_as_they_are_told() {
    let room = room(1);
    let places = &room.places;
    let soon = Duration::from_millis(120);
    assert!(places.try_acquire().is_some());
    assert!(places.try_acquire_for(Duration::ZERO).is_some());
    assert!(places.try_acquire_until(Instant::now()).is_some());
    let held = places.acquire();
    assert!(places.try_acquire().is_none());
    let start = Instant::now();
    assert!(places.try_acquire_for(soon).is_none());
    assert!(start.elapsed() >= soon);
    let start = Instant::now();
    assert!(places.try_acquire_until(start + soon).is_none());
    assert!(start.elapsed() >= soon);
    drop(held);
    assert!(places.try_acquire_for(Duration::MAX).is_some());
    assert_eq!(places.release(u32::MAX), Err(TooManySharedPermits));
}

/// So many are killed at whatever moment, while others go in and out. One that has a permit in its
/// hands takes it along, and nobody knows. So there are as many as can be lost, and one.
fn kill_guests(times: u32) {
    let room = room(times + 1);
    let mut random = Random::new();
    let guest = |most: u64| {
        Child::start(|| {
            let mut random = Random::new();
            loop {
                let all = room.places.try_acquire_for(Duration::MAX);
                random.moment(most);
                drop(all);
                room.steps.fetch_add(1, Relaxed);
            }
        })
    };
    // All permits but one are here, so that the others wait for each other.
    let kept = (0..times).map(|_| room.places.acquire());
    kept.for_each(|permit| permit.forget());
    let others = [guest(100), guest(100)];
    for _ in 0..times {
        let before = room.steps.load(Relaxed);
        let child = guest(100);
        wait_until(&room.steps, before + 5);
        random.moment(2_000);
        child.kill();
        // What it may have had.
        room.places.release(1).unwrap();
        wait_until(&room.steps, room.steps.load(Relaxed) + 5);
    }
    others.into_iter().for_each(Child::kill);
}

#[test]
fn guests_that_are_killed_at_any_moment_stop_nobody_else() {
    kill_guests(30);
}
