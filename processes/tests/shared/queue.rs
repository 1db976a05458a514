//! The queue between processes.

use super::children::{Child, Random, wait_until};
use processes::queue::{DoneTooOften, GetError, PutError};
use processes::{ProcessQueue, SharedMemory, shareable};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(120);

fn queue<T: serde::Serialize + serde::de::DeserializeOwned>(capacity: usize) -> ProcessQueue<T> {
    ProcessQueue::bounded(capacity).unwrap()
}

#[test]
fn items_come_out_in_the_order_in_which_they_were_put() {
    let queue = queue(3);
    let child = Child::start(|| {
        for number in 0..10_000_u32 {
            queue.put((number, number.to_string())).unwrap();
        }
        queue.close();
    });
    for number in 0..10_000 {
        assert_eq!(queue.get().unwrap(), (number, number.to_string()));
    }
    assert!(matches!(queue.get(), Err(GetError::Closed)));
    child.join();
}

// ANCHOR: three
#[test]
fn a_queue_of_three_refuses_a_fourth_item_at_once_or_when_the_time_is_up() {
    let queue = queue(3);
    (1..=3).for_each(|item| queue.put(item).unwrap());
    assert!(queue.is_full());
    assert!(matches!(queue.try_put(4), Err(PutError::Full(4))));
    let start = Instant::now();
    assert!(matches!(queue.put_for(4, SOON), Err(PutError::Full(4))));
    assert!(start.elapsed() >= SOON);
    let start = Instant::now();
    assert!(matches!(queue.put_until(4, start + SOON), Err(PutError::Full(4))));
    assert!(start.elapsed() >= SOON);
    assert_eq!(queue.get().unwrap(), 1);
    queue.put_for(4, Duration::ZERO).unwrap();
}
// ANCHOR_END: three

#[test]
fn an_empty_queue_says_so_at_once_or_when_the_time_is_up() {
    let queue = queue(1);
    assert!(matches!(queue.try_get(), Err(GetError::Empty)));
    let start = Instant::now();
    assert!(matches!(queue.get_for(SOON), Err(GetError::Empty)));
    assert!(start.elapsed() >= SOON);
    let start = Instant::now();
    assert!(matches!(queue.get_until(start + SOON), Err(GetError::Empty)));
    assert!(start.elapsed() >= SOON);
    queue.put(7).unwrap();
    assert_eq!(queue.get_for(Duration::MAX).unwrap(), 7);
    assert!(queue.is_empty());
}

#[test]
fn a_close_ends_the_waits_of_all_processes_and_what_was_put_can_still_be_got() {
    let queue = queue(1);
    let started = SharedMemory::new(AtomicU32::new(0)).unwrap();
    queue.put(1).unwrap();
    let putters = [(); 2].map(|()| {
        Child::start(|| {
            started.fetch_add(1, Relaxed);
            assert!(matches!(queue.put(2), Err(PutError::Closed(2))));
        })
    });
    wait_until(&started, 2);
    thread::sleep(Duration::from_millis(5));
    queue.close();
    putters.into_iter().for_each(Child::join);
    assert!(matches!(queue.try_put(2), Err(PutError::Closed(2))));
    assert_eq!(queue.get().unwrap(), 1);
    assert!(matches!(queue.get_for(Duration::MAX), Err(GetError::Closed)));
    assert!(matches!(queue.try_get(), Err(GetError::Closed)));
}

#[test]
fn bytes_come_out_as_they_were_put_in_four_forms_each() {
    let queue = queue::<u32>(4);
    let item = [7, 0, 255];
    queue.put_bytes(&item).unwrap();
    queue.try_put_bytes(&item).unwrap();
    queue.put_bytes_for(&item, SOON).unwrap();
    queue.put_bytes_until(&[], Instant::now()).unwrap();
    assert!(matches!(queue.try_put_bytes(&item), Err(PutError::Full(back)) if back == item));
    let start = Instant::now();
    assert!(matches!(queue.put_bytes_for(&item, SOON), Err(PutError::Full(_))));
    assert!(matches!(queue.put_bytes_until(&item, start + 2 * SOON), Err(PutError::Full(_))));
    assert!(start.elapsed() >= 2 * SOON);
    assert_eq!(queue.get_bytes().unwrap(), item);
    assert_eq!(queue.try_get_bytes().unwrap(), item);
    assert_eq!(queue.get_bytes_for(SOON).unwrap(), item);
    assert_eq!(queue.get_bytes_until(Instant::now()).unwrap(), []);
    assert!(matches!(queue.try_get_bytes(), Err(GetError::Empty)));
    let start = Instant::now();
    assert!(matches!(queue.get_bytes_for(SOON), Err(GetError::Empty)));
    assert!(matches!(queue.get_bytes_until(start + 2 * SOON), Err(GetError::Empty)));
    assert!(start.elapsed() >= 2 * SOON);
    // Beside values they keep their order. What is no value of the type is an error.
    queue.put(300).unwrap();
    queue.put_bytes(&[]).unwrap();
    assert_eq!(queue.get().unwrap(), 300);
    assert!(matches!(queue.get(), Err(GetError::Malformed(_))));
    queue.close();
    assert!(matches!(queue.put_bytes(&item), Err(PutError::Closed(_))));
    assert!(matches!(queue.get_bytes(), Err(GetError::Closed)));
}

#[test]
fn an_item_of_as_many_bytes_as_there_may_be_is_taken_and_one_more_is_refused() {
    let queue = ProcessQueue::<()>::with_limit(3, 1000).unwrap();
    let bytes = (0..1001).map(|number| number as u8).collect::<Vec<_>>();
    match queue.put_bytes(&bytes).unwrap_err() {
        PutError::TooLong { item, length: 1001, limit: 1000 } => assert_eq!(item, bytes),
        error => panic!("{error}"),
    }
    // The places go round, and start anew when the queue is empty.
    for items in [1, 3, 2, 3] {
        for first in 0..items {
            queue.put_bytes(&bytes[first..first + 1000 - items]).unwrap();
        }
        for first in 0..items {
            assert_eq!(queue.get_bytes().unwrap(), bytes[first..first + 1000 - items]);
        }
    }
    queue.put_bytes(&bytes[..1000]).unwrap();
    assert_eq!(queue.get_bytes().unwrap(), bytes[..1000]);
}

#[test]
fn an_item_that_is_too_long_comes_back_and_one_of_another_type_is_an_error() {
    let queue = ProcessQueue::with_limit(1, 10).unwrap();
    queue.put("ninebytes".to_owned()).unwrap();
    assert_eq!(queue.get().unwrap(), "ninebytes");
    let long = "more than nine bytes".to_owned();
    match queue.put(long.clone()).unwrap_err() {
        PutError::TooLong { item, length: 21, limit: 10 } => assert_eq!(item, long),
        error => panic!("{error}"),
    }
    let numbers = ProcessQueue::with_limit(1, 10).unwrap();
    numbers.put(Wrong(300)).unwrap();
    assert!(matches!(numbers.get(), Err(GetError::Malformed(_))));
    assert!(matches!(numbers.try_get(), Err(GetError::Empty)));
}

/// Goes as a number and is wanted back as a text.
struct Wrong(u32);

impl serde::Serialize for Wrong {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> serde::Deserialize<'de> for Wrong {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(Self(text.len() as u32))
    }
}

#[test]
fn what_was_got_counts_as_unfinished_until_it_is_called_done() {
    let queue = queue(2);
    assert_eq!(queue.task_done(), Err(DoneTooOften));
    queue.put(1).unwrap();
    assert_eq!(queue.unfinished(), 0);
    queue.get().unwrap();
    assert_eq!(queue.unfinished(), 1);
    queue.task_done().unwrap();
    assert_eq!(queue.unfinished(), 0);
    assert_eq!(queue.task_done(), Err(DoneTooOften));
}

#[test]
fn several_producers_and_consumers_lose_nothing_and_get_nothing_twice() {
    const EACH: u64 = 3_000;
    let queue = queue(4);
    let sum = SharedMemory::new(AtomicU64::new(0)).unwrap();
    let consumers = [(); 2].map(|()| {
        Child::start(|| {
            while let Ok(number) = queue.get() {
                sum.fetch_add(number, Relaxed);
            }
        })
    });
    let producers =
        [(); 2].map(|()| Child::start(|| (1..=EACH).for_each(|number| queue.put(number).unwrap())));
    producers.into_iter().for_each(Child::join);
    queue.close();
    consumers.into_iter().for_each(Child::join);
    assert_eq!(sum.load(Relaxed), EACH * (EACH + 1));
}

/// So many producers are killed at whatever moment.
fn kill_producers(times: u64) {
    let queue = queue(8);
    let acknowledged = SharedMemory::new(AtomicU64::new(0)).unwrap();
    let mut random = Random::new();
    for producer in 0..times {
        acknowledged.store(0, Relaxed);
        let mut number = 0;
        let child = Child::start_for(20 + random.below(200), || {
            queue.put((producer, number, [number; 20])).unwrap();
            number += 1;
            acknowledged.store(number, Relaxed);
        });
        let mut expected = 0;
        let mut take = |item| {
            assert_eq!(item, (producer, expected, [expected; 20]));
            expected += 1;
        };
        // Until it is dead and the queue empty.
        thread::scope(|scope| {
            let ended = scope.spawn(|| child.ended());
            while !ended.is_finished() {
                queue.get_for(Duration::from_micros(100)).into_iter().for_each(&mut take);
            }
        });
        while let Ok(item) = queue.try_get() {
            take(item);
        }
        let sure = acknowledged.load(Relaxed);
        assert!(
            expected == sure || expected == sure + 1,
            "{sure} are acknowledged, not {expected}"
        );
    }
}

#[test]
fn no_item_that_was_acknowledged_is_lost_with_its_producer() {
    kill_producers(50);
}

#[test]
#[ignore = "takes seconds"]
fn no_item_that_was_acknowledged_is_lost_with_one_of_two_thousand_producers() {
    kill_producers(2_000);
}

shareable! {
    struct Counts {
        got: AtomicU64,
        put: AtomicU64,
    }
}

/// So many consumers are killed at whatever moment.
fn kill_consumers(times: u64) {
    let queue = queue(8);
    let counts = Counts { got: AtomicU64::new(0), put: AtomicU64::new(0) };
    let counts = SharedMemory::new(counts).unwrap();
    let producer = Child::start(|| {
        while let Ok(()) = queue.put(counts.put.load(Relaxed)) {
            counts.put.fetch_add(1, Relaxed);
        }
    });
    let mut random = Random::new();
    for _ in 0..times {
        let consumer = Child::start_for(20 + random.below(200), || {
            queue.get().unwrap();
            counts.got.fetch_add(1, Relaxed);
            queue.task_done().unwrap();
        });
        consumer.ended();
    }
    queue.close();
    producer.join();
    while let Ok(_item) = queue.get() {
        counts.got.fetch_add(1, Relaxed);
        queue.task_done().unwrap();
    }
    let [got, put] = [&counts.got, &counts.put].map(|count| count.load(Relaxed));
    let gone = queue.unfinished() as u64;
    assert!(gone <= times, "each had one at most: {gone} of {times}");
    assert!(got <= put && put - got <= gone, "{put} were put, {got} got, {gone} gone");
    assert_eq!(queue.broken_puts(), 0);
}

#[test]
fn consumers_that_are_killed_take_one_item_each_along_at_most_and_the_queue_counts_them() {
    kill_consumers(50);
}

#[test]
#[ignore = "takes seconds"]
fn two_thousand_consumers_that_are_killed_take_one_item_each_along_at_most() {
    kill_consumers(2_000);
}
