//! Every interleaving of the queues' operations.
//!
//! Searches with two threads are exhaustive where their names do not say that they are bounded.
//! Of those with three nearly all are bounded.
//!
//! Every item counts its drops, and each program ends with the demand that every item was dropped
//! once.

use loom_platform::{UnsafeCell, thread};
use loom_tests::{answers, check, check_locks_in_one_step, check_without_spurious};
use primitives::platform::time::{Duration, Instant};
use primitives::queue::{BlockingQueue, Closed, GetError, PutError, Storage};
use primitives::{LifoQueue, PriorityQueue, Queue};
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};

const SOON: Duration = Duration::from_millis(10);

/// A number that counts itself, out of the model's sight.
#[derive(Debug)]
struct Item {
    number: u32,
    alive: Arc<AtomicI32>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, SeqCst);
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Item {}
impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

/// A queue and the number of items that live.
struct Shop<S: Storage> {
    queue: BlockingQueue<S>,
    alive: Arc<AtomicI32>,
}

impl<S: Storage<Item = Item>> Shop<S> {
    fn new(queue: BlockingQueue<S>) -> Arc<Self> {
        Arc::new(Self { queue, alive: Arc::default() })
    }

    fn item(&self, number: u32) -> Item {
        self.alive.fetch_add(1, SeqCst);
        Item { number, alive: self.alive.clone() }
    }

    fn put(&self, number: u32) -> Result<(), Closed<u32>> {
        self.queue.put(self.item(number)).map_err(|Closed(item)| Closed(item.number))
    }

    fn try_put(&self, number: u32) -> Result<(), PutError<u32>> {
        self.queue.try_put(self.item(number)).map_err(numbered)
    }

    fn put_in_time(&self, number: u32) -> Result<(), PutError<u32>> {
        self.queue.put_for(self.item(number), SOON).map_err(numbered)
    }

    fn get(&self) -> Result<u32, Closed> {
        self.queue.get().map(|item| item.number)
    }

    fn try_get(&self) -> Result<u32, GetError> {
        self.queue.try_get().map(|item| item.number)
    }

    fn get_in_time(&self) -> Result<u32, GetError> {
        self.queue.get_for(SOON).map(|item| item.number)
    }

    /// All that is left, and the demand that every item has been dropped once.
    fn left(self: Arc<Self>) -> Vec<u32> {
        let shop = Arc::into_inner(self).expect("all threads are done");
        shop.queue.close();
        let left = shop.queue.iter().map(|item| item.number).collect();
        assert_eq!(shop.alive.load(SeqCst), 0, "an item was leaked or dropped twice");
        left
    }
}

fn numbered(error: PutError<Item>) -> PutError<u32> {
    match error {
        PutError::Full(item) => PutError::Full(item.number),
        PutError::Closed(item) => PutError::Closed(item.number),
    }
}

/// Runs `first` and `second` as two threads that share a queue, and returns what is left too.
fn two<S, A, B>(
    queue: BlockingQueue<S>,
    first: impl FnOnce(&Shop<S>) -> A,
    second: impl FnOnce(&Shop<S>) -> B + Send + 'static,
) -> (A, B, Vec<u32>)
where
    S: Storage<Item = Item> + Send + 'static,
    B: Send + 'static,
{
    let shop = Shop::new(queue);
    let other = {
        let shop = shop.clone();
        thread::spawn("second", move || second(&shop))
    };
    let (a, b) = (first(&shop), other.join().unwrap());
    (a, b, shop.left())
}

/// A queue for one item, with the item 1 in it.
fn full<A, B: Send + 'static>(
    first: impl FnOnce(&Shop<std::collections::VecDeque<Item>>) -> A,
    second: impl FnOnce(&Shop<std::collections::VecDeque<Item>>) -> B + Send + 'static,
) -> (A, B, Vec<u32>) {
    let shop = Shop::new(Queue::bounded(1));
    shop.put(1).unwrap();
    let other = {
        let shop = shop.clone();
        thread::spawn("second", move || second(&shop))
    };
    let (a, b) = (first(&shop), other.join().unwrap());
    (a, b, shop.left())
}

fn get_against_put() {
    let outcome = two(Queue::bounded(1), |shop| shop.get(), |shop| shop.put(1));
    assert_eq!(outcome, (Ok(1), Ok(()), vec![]));
}

fn put_against_get() {
    let outcome = full(|shop| shop.put(2), |shop| shop.get());
    assert_eq!(outcome, (Ok(()), Ok(1), vec![2]));
}

#[test]
fn a_thread_that_finds_nothing_waits_for_an_item() {
    check(get_against_put);
}

#[test]
fn a_thread_that_finds_no_room_waits_for_room() {
    check(put_against_get);
}

#[test]
fn items_go_through_a_queue_for_one_in_order_and_none_is_lost() {
    check_locks_in_one_step(|| {
        let put = |shop: &Shop<_>| (1..=2).for_each(|number| shop.put(number).unwrap());
        let get = |shop: &Shop<_>| [shop.get(), shop.get()];
        assert_eq!(two(Queue::bounded(1), get, put).0, [Ok(1), Ok(2)]);
    });
}

#[test]
fn items_go_through_a_queue_for_two_in_order_and_none_is_lost() {
    check_locks_in_one_step(|| {
        let put = |shop: &Shop<_>| (1..=4).for_each(|number| shop.put(number).unwrap());
        let get = |shop: &Shop<_>| (1..=4).for_each(|number| assert_eq!(shop.get(), Ok(number)));
        assert!(two(Queue::bounded(2), get, put).2.is_empty());
    });
}

/// Runs the programs as threads beside the main thread's, which share a queue.
fn three<A, B, C>(
    capacity: usize,
    main: impl FnOnce(&Shop<std::collections::VecDeque<Item>>) -> A,
    second: impl FnOnce(&Shop<std::collections::VecDeque<Item>>) -> B + Send + 'static,
    third: impl FnOnce(&Shop<std::collections::VecDeque<Item>>) -> C + Send + 'static,
) -> (A, B, C, Vec<u32>)
where
    B: Send + 'static,
    C: Send + 'static,
{
    let shop = Shop::new(Queue::bounded(capacity));
    let second = {
        let shop = shop.clone();
        thread::spawn("second", move || second(&shop))
    };
    let third = {
        let shop = shop.clone();
        thread::spawn("third", move || third(&shop))
    };
    let a = main(&shop);
    let (b, c) = (second.join().unwrap(), third.join().unwrap());
    (a, b, c, shop.left())
}

#[test]
fn a_drain_takes_what_is_there_and_lets_a_producer_that_waits_go_on() {
    check(|| {
        let drain = |shop: &Shop<_>| {
            let all: Vec<u32> = shop.queue.drain().map(|item: Item| item.number).collect();
            all.len()
        };
        let (drained, put, left) = full(drain, |shop| shop.put(2));
        assert_eq!((drained, put, left), (1, Ok(()), vec![2]));
    });
}

#[test]
fn two_producers_and_a_consumer() {
    for capacity in [1, 2] {
        check_locks_in_one_step(move || {
            let get = |shop: &Shop<_>| {
                let mut got = [shop.get().unwrap(), shop.get().unwrap()];
                got.sort();
                got
            };
            let outcome = three(capacity, get, |shop| shop.put(1), |shop| shop.put(2));
            assert_eq!(outcome, ([1, 2], Ok(()), Ok(()), vec![]));
        });
    }
}

#[test]
fn a_producer_and_two_consumers() {
    for capacity in [1, 2] {
        check_locks_in_one_step(move || {
            let put = |shop: &Shop<_>| (1..=2).for_each(|number| shop.put(number).unwrap());
            let ((), one, other, left) = three(capacity, put, |shop| shop.get(), |shop| shop.get());
            let mut got = [one.unwrap(), other.unwrap()];
            got.sort();
            assert_eq!((got, left), ([1, 2], vec![]));
        });
    }
}

#[test]
fn room_for_two_more_lets_two_go_on_that_wait() {
    check_locks_in_one_step(|| {
        let shop = Shop::new(Queue::bounded(1));
        shop.put(1).unwrap();
        let producers = {
            let shop = shop.clone();
            thread::spawn_alike(2, "producer", move |number| shop.put(2 + number as u32).unwrap())
        };
        // One wake is for both: the thread that used it wakes the other, if there is room.
        assert_eq!(shop.get(), Ok(1));
        assert!(shop.get().is_ok());
        producers.join();
        assert_eq!(shop.left().len(), 1);
    });
}

#[test]
fn the_items_of_each_producer_stay_in_order() {
    check_locks_in_one_step(|| {
        let get = |shop: &Shop<_>| [(); 3].map(|()| shop.get().unwrap());
        let put = |shop: &Shop<_>| (1..=2).for_each(|number| shop.put(number).unwrap());
        let (got, ..) = three(2, get, put, |shop| shop.put(10));
        assert!(got.into_iter().filter(|&number| number < 10).eq([1, 2]));
    });
}

#[test]
fn a_close_ends_the_wait_for_an_item() {
    check(|| {
        let outcome = two(Queue::bounded(1), |shop| shop.get(), |shop| shop.queue.close());
        assert_eq!(outcome, (Err(Closed(())), (), vec![]));
    });
}

#[test]
fn a_close_ends_the_wait_for_room_and_the_item_comes_back() {
    check_without_spurious(|| {
        let outcome = full(|shop| shop.put(2), |shop| shop.queue.close());
        assert_eq!(outcome, (Err(Closed(2)), (), vec![1]));
    });
}

#[test]
fn a_put_comes_before_the_close_and_its_item_stays_or_after_it_and_gets_it_back() {
    let outcomes = answers(|| {
        let (put, (), left) = two(Queue::bounded(1), |shop| shop.put(1), |shop| shop.queue.close());
        (put.is_ok(), left)
    });
    assert_eq!(outcomes, [(false, vec![]), (true, vec![1])]);
}

#[test]
fn what_was_put_before_the_close_is_still_to_be_had_and_then_the_iteration_ends() {
    check_locks_in_one_step(|| {
        let (got, ..) = two(
            Queue::bounded(1),
            |shop| shop.queue.iter().map(|item| item.number).collect::<Vec<_>>(),
            |shop| {
                (1..=2).for_each(|number| shop.put(number).unwrap());
                shop.queue.close();
            },
        );
        assert_eq!(got, [1, 2]);
    });
}

#[test]
fn a_close_ends_the_waits_of_all() {
    check_locks_in_one_step(|| {
        let outcome = three(1, |shop| shop.queue.close(), |shop| shop.get(), |shop| shop.get());
        assert_eq!(outcome, ((), Err(Closed(())), Err(Closed(())), vec![]));
    });
    check_locks_in_one_step(|| {
        let full = |shop: &Shop<_>| {
            // Before others come, or between them.
            let one_of_three = shop.try_put(1).is_ok();
            shop.queue.close();
            one_of_three
        };
        let (first, second, third, left) = three(1, full, |shop| shop.put(2), |shop| shop.put(3));
        let put = usize::from(first) + usize::from(second.is_ok()) + usize::from(third.is_ok());
        assert_eq!((put, left.len()), (1, 1));
    });
}

#[test]
fn a_close_now_drops_what_is_left_once_and_counts_it() {
    let outcomes = answers(|| {
        let (put, dropped, left) =
            two(Queue::bounded(2), |shop| shop.put(1), |shop| shop.queue.close_now());
        assert!(left.is_empty());
        (put.is_ok(), dropped)
    });
    assert_eq!(outcomes, [(false, 0), (true, 1)]);
    let outcomes = answers(|| {
        let (got, dropped, left) = full(|shop| shop.get(), |shop| shop.queue.close_now());
        assert!(left.is_empty());
        (got.ok(), dropped)
    });
    assert_eq!(outcomes, [(None, 1), (Some(1), 0)]);
}

#[test]
fn a_close_now_ends_the_wait_for_room_and_the_item_comes_back() {
    check(|| {
        let outcome = full(|shop| shop.put(2), |shop| shop.queue.close_now());
        assert_eq!(outcome, (Err(Closed(2)), 1, vec![]));
    });
}

#[test]
fn two_that_close_now_drop_each_item_once() {
    let outcomes = answers(|| full(|shop| shop.queue.close_now(), |shop| shop.queue.close_now()));
    assert_eq!(outcomes, [(0, 1, vec![]), (1, 0, vec![])]);
}

#[test]
fn a_timed_get_has_its_item_in_time_or_leaves_it_there() {
    let outcomes = answers(|| {
        let (got, _, left) = two(Queue::bounded(1), |shop| shop.get_in_time(), |shop| shop.put(1));
        (got.ok(), left)
    });
    assert_eq!(outcomes, [(None, vec![1]), (Some(1), vec![])]);
}

#[test]
fn a_timed_put_has_room_in_time_or_its_item_back() {
    let outcomes = answers(|| {
        let (put, got, left) = full(|shop| shop.put_in_time(2), |shop| shop.get());
        assert_eq!(got, Ok(1));
        (put.map_err(PutError::into_inner).err(), left)
    });
    assert_eq!(outcomes, [(None, vec![2]), (Some(2), vec![])]);
}

#[test]
fn timed_forms_against_each_other_lose_nothing() {
    check_without_spurious(|| {
        let soon = || Instant::now() + SOON;
        let (put, got, left) = full(
            |shop| shop.queue.put_until(shop.item(2), soon()).is_ok(),
            move |shop| shop.queue.get_until(soon()).map(|item| item.number),
        );
        assert_eq!((got, left.len()), (Ok(1), usize::from(put)));
    });
}

#[test]
fn a_timed_get_against_a_close() {
    let outcomes = answers(|| {
        two(Queue::bounded(1), |shop| shop.get_in_time().err(), |shop| shop.queue.close()).0
            == Some(GetError::Closed)
    });
    assert_eq!(outcomes, [false, true]);
}

#[test]
fn a_timed_put_against_a_close() {
    check_without_spurious(|| {
        let (put, _, left) = full(|shop| shop.put_in_time(2), |shop| shop.queue.close());
        assert!(matches!(put, Err(PutError::Full(2) | PutError::Closed(2))));
        assert_eq!(left, [1]);
    });
}

#[test]
fn a_consumer_that_times_out_takes_no_wake_from_another() {
    check_locks_in_one_step(|| {
        let shop = Shop::new(Queue::bounded(1));
        let timed = {
            let shop = shop.clone();
            thread::spawn("timed", move || shop.get_in_time())
        };
        let plain = {
            let shop = shop.clone();
            thread::spawn("plain", move || shop.get())
        };
        shop.put(1).unwrap();
        if timed.join().unwrap().is_ok() {
            shop.put(2).unwrap();
        }
        assert!(plain.join().unwrap().is_ok());
        assert!(shop.left().is_empty());
    });
}

#[test]
fn a_producer_that_times_out_takes_no_wake_from_another() {
    check_locks_in_one_step(|| {
        let shop = Shop::new(Queue::bounded(1));
        shop.put(1).unwrap();
        let timed = {
            let shop = shop.clone();
            thread::spawn("timed", move || shop.put_in_time(2))
        };
        let plain = {
            let shop = shop.clone();
            thread::spawn("plain", move || shop.put(3))
        };
        assert_eq!(shop.get(), Ok(1));
        if timed.join().unwrap().is_ok() {
            shop.get().unwrap();
        }
        assert!(plain.join().unwrap().is_ok());
        assert_eq!(shop.left().len(), 1);
    });
}

#[test]
fn try_forms_never_wait_and_tell_the_truth() {
    let outcomes = answers(|| {
        let (got, _, left) = two(Queue::bounded(1), |shop| shop.try_get(), |shop| shop.put(1));
        (got.ok(), left)
    });
    assert_eq!(outcomes, [(None, vec![1]), (Some(1), vec![])]);
    let outcomes = answers(|| {
        let (put, _, left) = full(|shop| shop.try_put(2), |shop| shop.get());
        (put == Err(PutError::Full(2)), left)
    });
    assert_eq!(outcomes, [(false, vec![2]), (true, vec![])]);
    // One item is there whatever the two do: neither may find the queue empty.
    check(|| {
        let (put, got, left) = {
            let shop = Shop::new(Queue::bounded(2));
            shop.put(1).unwrap();
            let other = {
                let shop = shop.clone();
                thread::spawn("second", move || shop.try_get())
            };
            let put = shop.try_put(2);
            (put, other.join().unwrap(), shop.left())
        };
        assert_eq!((put, got, left), (Ok(()), Ok(1), vec![2]));
    });
}

#[test]
fn the_length_is_never_less_than_what_stays_nor_more_than_what_was_put() {
    let outcomes = answers(|| {
        let shop = Shop::new(Queue::bounded(3));
        (1..=2).for_each(|number| shop.put(number).unwrap());
        let other = {
            let shop = shop.clone();
            thread::spawn("second", move || {
                shop.get().unwrap();
            })
        };
        let len = shop.queue.len();
        other.join().unwrap();
        assert_eq!(shop.left(), [2]);
        len
    });
    assert_eq!(outcomes, [1, 2]);
}

#[test]
fn a_stack_and_a_heap_wait_as_well() {
    check(|| {
        let outcome = two(LifoQueue::bounded(1), |shop| shop.get(), |shop| shop.put(1));
        assert_eq!(outcome.0, Ok(1));
    });
    check(|| {
        let outcome = two(PriorityQueue::bounded(1), |shop| shop.get(), |shop| shop.put(1));
        assert_eq!(outcome.0, Ok(1));
    });
}

#[test]
fn a_stack_hands_out_the_last_and_a_heap_the_smallest_of_what_is_there() {
    // Three are there, and a fourth comes at any time.
    fn first_of<S: Storage<Item = Item> + Send + 'static>(
        queue: fn(usize) -> BlockingQueue<S>,
    ) -> Vec<u32> {
        answers(move || {
            let shop = Shop::new(queue(4));
            [3, 2, 4].iter().for_each(|&number| shop.put(number).unwrap());
            let other = {
                let shop = shop.clone();
                thread::spawn("second", move || shop.put(1).unwrap())
            };
            let first = shop.get().unwrap();
            other.join().unwrap();
            assert_eq!(shop.left().len(), 3);
            first
        })
    }
    assert_eq!(first_of(Queue::bounded), [3]);
    assert_eq!(first_of(LifoQueue::bounded), [1, 4]);
    assert_eq!(first_of(PriorityQueue::bounded), [1, 2]);
}

/// Work that is done by one thread and looked at by another.
struct Work(UnsafeCell<u32>);

// SAFETY: looked at only when the work is done. That is the claim under check.
unsafe impl Sync for Work {}

/// A queue with a task in it, and a thread that does it.
fn with_a_task<R>(look: impl FnOnce(&Queue<u32>, &dyn Fn() -> u32) -> R) -> R {
    let shared = Arc::new((Queue::bounded(1), Work(UnsafeCell::new(0))));
    shared.0.put(1).unwrap();
    let worker = {
        let shared = shared.clone();
        thread::spawn("worker", move || {
            let task = shared.0.get().unwrap();
            // SAFETY: nobody looks before the task is done.
            shared.1.0.with_mut(|work| unsafe { *work = task });
            shared.0.task_done();
        })
    };
    // SAFETY: called only when the task is done.
    let result = look(&shared.0, &|| shared.1.0.with(|work| unsafe { *work }));
    worker.join().unwrap();
    result
}

fn join_against_task_done() {
    with_a_task(|queue, work| {
        queue.join();
        assert_eq!(work(), 1);
    });
}

#[test]
fn a_join_waits_until_all_is_done_and_sees_what_was_done() {
    check(join_against_task_done);
}

#[test]
fn a_timed_join_says_whether_all_is_done() {
    let joins: [fn(&Queue<u32>) -> bool; 3] = [
        |queue| queue.join_for(SOON),
        |queue| queue.join_until(Instant::now() + SOON),
        |queue| queue.try_join(),
    ];
    for join in joins {
        let outcomes = answers(move || {
            with_a_task(|queue, work| {
                let done = join(queue);
                assert!(!done || work() == 1);
                done
            })
        });
        assert_eq!(outcomes, [false, true]);
    }
}

#[test]
fn a_join_waits_for_the_last_task() {
    check_without_spurious(|| {
        let queue = Arc::new(Queue::bounded(2));
        (1..=2).for_each(|task| queue.put(task).unwrap());
        let worker = {
            let queue = queue.clone();
            thread::spawn("worker", move || (0..2).for_each(|_| queue.task_done()))
        };
        queue.join();
        assert!(queue.try_join());
        worker.join().unwrap();
    });
}

#[test]
fn two_joins_both_return() {
    check(|| {
        let queue = Arc::new(Queue::bounded(1));
        queue.put(1).unwrap();
        let joiners = {
            let queue = queue.clone();
            thread::spawn_alike(2, "joiner", move |_| queue.join())
        };
        queue.task_done();
        joiners.join();
    });
}

#[test]
fn what_a_close_now_drops_counts_as_done() {
    check(|| {
        full(|shop| shop.queue.join(), |shop| shop.queue.close_now());
    });
    // Called done before it is dropped, or too late: it is never counted twice.
    let outcomes = answers(|| {
        let (done, before, _) = full(
            |shop| catch_unwind(AssertUnwindSafe(|| shop.queue.task_done())).is_ok(),
            |shop| {
                let before = shop.queue.try_join();
                shop.queue.close_now();
                shop.queue.join();
                before
            },
        );
        (done, before)
    });
    assert_eq!(outcomes, [(false, false), (true, false), (true, true)]);
}

/// A number that can not be compared while a flag is up.
#[derive(PartialEq, Eq)]
struct Touchy(u32);

static TOUCHY: AtomicU32 = AtomicU32::new(0);

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(TOUCHY.swap(0, SeqCst) == 0, "not now");
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_wake_that_a_panic_makes_no_use_of_goes_to_the_next() {
    // A producer that cannot compare its item.
    check_locks_in_one_step(|| {
        TOUCHY.store(0, SeqCst);
        let queue = Arc::new(PriorityQueue::bounded(2));
        (1..=2).for_each(|number| queue.put(Touchy(number)).unwrap());
        TOUCHY.store(1, SeqCst);
        let producers = {
            let queue = queue.clone();
            thread::spawn_alike(2, "producer", move |number| {
                catch_unwind(AssertUnwindSafe(|| queue.put(Touchy(3 + number as u32)))).is_ok()
            })
        };
        // One panics, and the other finds the room.
        assert_eq!(queue.get().unwrap().0, 1);
        let put = producers.join();
        assert_eq!((put[0] != put[1], queue.len()), (true, 2));
    });
    // A consumer that cannot find the smallest item.
    check_locks_in_one_step(|| {
        TOUCHY.store(0, SeqCst);
        let queue = Arc::new(PriorityQueue::unbounded());
        let consumers = {
            let queue = queue.clone();
            let get = move || catch_unwind(AssertUnwindSafe(|| queue.get())).is_ok();
            thread::spawn_alike(2, "consumer", move |_| get())
        };
        (1..=3).for_each(|number| queue.put(Touchy(number)).unwrap());
        TOUCHY.store(1, SeqCst);
        let got = consumers.join().into_iter().filter(|&got| got).count();
        assert!(got >= 1);
        assert_eq!(got + queue.len(), 3);
    });
}

#[test]
fn it_orders_nothing_by_itself_and_needs_the_orderings_of_the_lock_and_the_parker_under_it() {
    let programs: [(&str, fn()); 3] = [
        ("get against put", get_against_put),
        ("put against get", put_against_get),
        ("join against task_done", join_against_task_done),
    ];
    assert_eq!(loom_tests::every_ordering_is_needed("src/queue.rs", &programs), 0);
    assert_eq!(loom_tests::every_ordering_is_needed("src/lock.rs", &programs), 3);
    assert_eq!(loom_tests::every_ordering_is_needed("src/parker.rs", &programs), 3);
}

#[test]
fn what_is_asked_of_a_queue_beside_a_put_and_a_close_is_so_at_some_moment() {
    let answers = answers(|| {
        let asks = |shop: &Shop<_>| (shop.queue.is_full(), shop.queue.is_closed());
        let puts = |shop: &Shop<_>| {
            shop.put(1).unwrap();
            shop.queue.close();
        };
        two(Queue::bounded(1), asks, puts).0
    });
    // The put comes before the close, and the first question before the second.
    assert_eq!(answers, [(false, false), (false, true), (true, false), (true, true)]);
}

#[test]
fn a_loop_over_what_is_there_takes_an_item_once_and_does_not_wait() {
    let answers = answers(|| {
        let takes = |shop: &Shop<_>| {
            let taken = shop.queue.try_iter().count();
            (0..taken).for_each(|_| shop.queue.task_done());
            let unfinished = shop.queue.unfinished();
            let done_too_often = unfinished == 0 && shop.queue.try_task_done().is_err();
            (taken, unfinished, done_too_often)
        };
        two(Queue::bounded(1), takes, |shop| shop.put(1).unwrap()).0
    });
    assert!(answers.contains(&(0, 0, true)) && answers.contains(&(1, 0, true)), "{answers:?}");
    assert!(answers.contains(&(0, 1, false)), "{answers:?}");
}
