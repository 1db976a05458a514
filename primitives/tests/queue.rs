//! The queues on the real machine: agreement with plain models and with a peer, and the limits that
//! the model checker cannot reach.

use primitives::queue::{BlockingQueue, Closed, DoneTooOften, GetError, PutError, Storage};
use primitives::{LifoQueue, PriorityQueue, Queue};
use proptest::prelude::*;
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// What one thread can do with a queue.
#[derive(Clone, Copy, Debug)]
enum Action {
    TryPut(u8),
    PutForZero(u8),
    PutUntilThePast(u8),
    TryGet,
    GetForZero,
    GetUntilThePast,
    TaskDone,
    Close,
    CloseNow,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        // Few different numbers, so that many are equal.
        12 => (0..4_u8).prop_map(Action::TryPut),
        4 => (0..4_u8).prop_map(Action::PutForZero),
        4 => (0..4_u8).prop_map(Action::PutUntilThePast),
        8 => Just(Action::TryGet),
        3 => Just(Action::GetForZero),
        3 => Just(Action::GetUntilThePast),
        8 => Just(Action::TaskDone),
        1 => Just(Action::Close),
        1 => Just(Action::CloseNow),
    ]
}

/// A number, and when it was put, which does not count when two are compared.
#[derive(Clone, Copy, Debug)]
struct Item(u8, usize);

impl Item {
    fn both(self) -> (u8, usize) {
        (self.0, self.1)
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
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
        self.0.cmp(&other.0)
    }
}

/// A plain collection that a queue should behave like.
trait Model: Default {
    fn push(&mut self, item: Item);
    fn pop(&mut self) -> Option<Item>;
    fn len(&self) -> usize;
}

impl Model for VecDeque<Item> {
    fn push(&mut self, item: Item) {
        self.push_back(item);
    }
    fn pop(&mut self) -> Option<Item> {
        self.pop_front()
    }
    fn len(&self) -> usize {
        self.len()
    }
}

impl Model for Vec<Item> {
    fn push(&mut self, item: Item) {
        self.push(item);
    }
    fn pop(&mut self) -> Option<Item> {
        self.pop()
    }
    fn len(&self) -> usize {
        self.len()
    }
}

impl Model for BinaryHeap<Reverse<(u8, usize)>> {
    fn push(&mut self, item: Item) {
        self.push(Reverse(item.both()));
    }
    fn pop(&mut self) -> Option<Item> {
        self.pop().map(|Reverse((number, put))| Item(number, put))
    }
    fn len(&self) -> usize {
        self.len()
    }
}

/// Does what the actions say and demands that every answer is as in the model.
fn agrees<S: Storage<Item = Item>, M: Model>(queue: BlockingQueue<S>, actions: &[Action]) {
    let (mut model, mut closed, mut unfinished) = (M::default(), false, 0_usize);
    for (number, &action) in actions.iter().enumerate() {
        let full = queue.capacity() == Some(model.len());
        match action {
            Action::TryPut(n) | Action::PutForZero(n) | Action::PutUntilThePast(n) => {
                let item = Item(n, number);
                let put = match action {
                    Action::TryPut(_) => queue.try_put(item),
                    Action::PutForZero(_) => queue.put_for(item, Duration::ZERO),
                    _ => queue.put_until(item, Instant::now()),
                };
                let expected = match (closed, full) {
                    (true, _) => Err(PutError::Closed(item)),
                    (_, true) => Err(PutError::Full(item)),
                    _ => {
                        model.push(item);
                        unfinished += 1;
                        Ok(())
                    }
                };
                assert_eq!(put, expected);
                assert_eq!(put.err().map(|e| e.into_inner().1), expected.err().map(|_| number));
            }
            Action::TryGet | Action::GetForZero | Action::GetUntilThePast => {
                let got = match action {
                    Action::TryGet => queue.try_get(),
                    Action::GetForZero => queue.get_for(Duration::ZERO),
                    _ => queue.get_until(Instant::now()),
                };
                let nothing = if closed { GetError::Closed } else { GetError::Empty };
                let expected = model.pop().map(Item::both).ok_or(nothing);
                assert_eq!(got.map(Item::both), expected);
            }
            Action::TaskDone => {
                let done = catch_unwind(AssertUnwindSafe(|| queue.task_done()));
                assert_eq!(done.is_ok(), unfinished > 0);
                unfinished = unfinished.saturating_sub(1);
            }
            Action::Close => {
                queue.close();
                closed = true;
            }
            Action::CloseNow => {
                assert_eq!(queue.close_now(), model.len());
                unfinished = unfinished.saturating_sub(model.len());
                (model, closed) = (M::default(), true);
            }
        }
        assert_eq!(queue.len(), model.len());
        assert_eq!(queue.is_empty(), model.len() == 0);
        assert_eq!(queue.is_full(), queue.capacity() == Some(model.len()));
        assert_eq!((queue.is_closed(), queue.try_join()), (closed, unfinished == 0));
        assert_eq!(queue.join_for(Duration::ZERO), unfinished == 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_a_plain_collection(
        capacity in prop_oneof![1..5_usize, Just(usize::MAX)],
        actions in prop::collection::vec(action(), 0..80)
    ) {
        agrees::<_, VecDeque<Item>>(Queue::bounded(capacity), &actions);
        agrees::<_, Vec<Item>>(LifoQueue::bounded(capacity), &actions);
        agrees::<_, BinaryHeap<Reverse<(u8, usize)>>>(PriorityQueue::bounded(capacity), &actions);
    }

    #[test]
    fn a_priority_queue_sorts_and_keeps_equals_in_order(
        numbers in prop::collection::vec(0..8_u8, 0..200)
    ) {
        let queue = PriorityQueue::unbounded();
        let mut items: Vec<Item> = numbers.iter().enumerate().map(|(i, &n)| Item(n, i)).collect();
        items.iter().for_each(|&item| queue.put(item).unwrap());
        queue.close();
        items.sort();
        prop_assert!(queue.iter().map(Item::both).eq(items.into_iter().map(Item::both)));
    }
}

const PRODUCERS: u64 = 4;

/// What four consumers take that four producers put: all of it, sorted.
fn crowd<P: Clone + Send + 'static, C: Clone + Send + 'static>(
    items: u64,
    (producer, consumer): (P, C),
    put: fn(&P, u64),
    get: fn(&C) -> Option<u64>,
) -> Vec<u64> {
    let each = items / PRODUCERS;
    let consumers: Vec<_> = (0..4)
        .map(|_| {
            let consumer = consumer.clone();
            thread::spawn(move || {
                let taken: Vec<u64> = std::iter::from_fn(|| get(&consumer)).collect();
                for from in 0..PRODUCERS {
                    let of_one = taken.iter().filter(|&item| item / each == from);
                    assert!(of_one.is_sorted(), "one producer's items came out of order");
                }
                taken
            })
        })
        .collect();
    for number in 0..PRODUCERS {
        let producer = producer.clone();
        thread::spawn(move || {
            (number * each..(number + 1) * each).for_each(|item| put(&producer, item));
        });
    }
    drop((producer, consumer));
    let mut all: Vec<u64> =
        consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
    all.sort_unstable();
    all
}

/// Closes the queue when the last producer is gone, as the peer does.
struct Producer(Arc<Queue<u64>>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[test]
#[ignore = "takes ten seconds"]
fn ten_million_items_through_four_producers_and_four_consumers_come_out_as_with_crossbeam() {
    let items = 10_000_000;
    let queue = Arc::new(Queue::bounded(64));
    let ours = crowd(
        items,
        (Arc::new(Producer(queue.clone())), queue),
        |producer, item| producer.0.put(item).unwrap(),
        |queue| queue.get().ok(),
    );
    let crossbeam = crowd(
        items,
        crossbeam_channel::bounded(64),
        |sender, item| sender.send(item).unwrap(),
        |receiver| receiver.recv().ok(),
    );
    assert!(ours == crossbeam && ours.into_iter().eq(0..items));
}

#[test]
fn many_items_go_through_all_queues_in_all_forms() {
    fn go<S: Storage<Item = u64> + Send + 'static>(queue: BlockingQueue<S>) {
        const ITEMS: u64 = 1_000;
        let queue = Arc::new(queue);
        let producers: Vec<_> = (0..3)
            .map(|_| {
                let queue = queue.clone();
                thread::spawn(move || {
                    for mut item in 0..ITEMS {
                        // Short time-outs, so that some pass just when room is made.
                        while let Err(error) = match item % 3 {
                            0 => queue.put_for(item, Duration::from_micros(item % 50)),
                            1 => queue.try_put(item),
                            _ => queue.put(item).map_err(PutError::from),
                        } {
                            assert!(matches!(error, PutError::Full(_)));
                            item = error.into_inner();
                        }
                    }
                })
            })
            .collect();
        let consumers: Vec<_> = (0..3_u64)
            .map(|number| {
                let queue = queue.clone();
                thread::spawn(move || {
                    let (mut sum, mut count) = (0, 0);
                    loop {
                        let got = match (number + count) % 3 {
                            0 => queue.get_for(Duration::from_micros(count % 50)),
                            1 => queue.try_get(),
                            _ => queue.get().map_err(GetError::from),
                        };
                        match got {
                            Ok(item) => {
                                (sum, count) = (sum + item, count + 1);
                                queue.task_done();
                            }
                            Err(GetError::Empty) => {}
                            Err(GetError::Closed) => return (sum, count),
                        }
                    }
                })
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        queue.join();
        queue.close();
        let (mut sum, mut count) = (0, 0);
        for consumer in consumers {
            let (s, c) = consumer.join().unwrap();
            (sum, count) = (sum + s, count + c);
        }
        assert_eq!((sum, count), (3 * (ITEMS * (ITEMS - 1) / 2), 3 * ITEMS));
    }
    for capacity in [1, 2, 100] {
        go(Queue::bounded(capacity));
        go(LifoQueue::bounded(capacity));
        go(PriorityQueue::bounded(capacity));
    }
    go(Queue::unbounded());
}

#[test]
fn timed_forms_take_at_least_their_time_and_no_deadline_is_early() {
    let (timeout, queue) = (Duration::from_millis(20), Queue::bounded(1));
    let forms: [fn(&Queue<u32>, Duration) -> bool; 6] = [
        |queue, timeout| queue.put_for(2, timeout) == Err(PutError::Full(2)),
        |queue, timeout| queue.put_until(2, Instant::now() + timeout) == Err(PutError::Full(2)),
        |queue, timeout| !queue.join_for(timeout),
        |queue, timeout| !queue.join_until(Instant::now() + timeout),
        |queue, timeout| queue.get_for(timeout) == Ok(1) && queue.get_for(timeout).is_err(),
        |queue, timeout| queue.get_until(Instant::now() + timeout) == Err(GetError::Empty),
    ];
    queue.put(1).unwrap();
    for form in forms {
        let start = Instant::now();
        assert!(form(&queue, timeout));
        assert!(start.elapsed() >= timeout);
    }
    assert!(format!("{queue:?}").contains("getters: 0, putters: 0"), "somebody is left in a line");
}

#[test]
fn a_time_out_too_long_for_the_clock_waits_until_its_turn() {
    for timeout in [Duration::MAX, Duration::from_secs(1 << 40)] {
        let queue = Arc::new(Queue::bounded(1));
        let other = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.put_for(1, timeout).unwrap();
                queue.put_for(2, timeout).unwrap();
                queue.join_for(timeout)
            })
        };
        until_shown(&queue, "putters: 1");
        for number in [1, 2] {
            assert_eq!(queue.get_for(timeout), Ok(number));
            queue.task_done();
        }
        assert!(other.join().unwrap());
    }
}

/// Waits until so many stand in the lines.
fn until_shown<S: Storage>(queue: &BlockingQueue<S>, lines: &str) {
    while !format!("{queue:?}").contains(lines) {
        thread::yield_now();
    }
}

#[test]
fn the_thread_that_waited_longest_is_woken_first() {
    let queue = Arc::new(Queue::bounded(1));
    queue.put(0).unwrap();
    let producers: Vec<_> = (1..=5)
        .map(|number| {
            let producer = queue.clone();
            let thread = thread::spawn(move || producer.put(number).unwrap());
            until_shown(&queue, &format!("putters: {number}"));
            thread
        })
        .collect();
    for number in 0..=5 {
        // One after the other: of two that are being woken the second may be quicker.
        while number < 5 && !queue.is_full() {
            thread::yield_now();
        }
        assert_eq!(queue.get(), Ok(number));
    }
    producers.into_iter().for_each(|producer| producer.join().unwrap());
}

#[test]
fn close_wakes_all_gives_items_back_and_can_be_repeated() {
    let queue = Arc::new(Queue::bounded(1));
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || queue.get())
        })
        .collect();
    until_shown(&queue, "getters: 3");
    queue.close();
    queue.close();
    assert!(getters.into_iter().all(|getter| getter.join().unwrap() == Err(Closed(()))));
    assert_eq!(queue.put("late"), Err(Closed("late")));
    assert_eq!(queue.try_put("late"), Err(PutError::Closed("late")));
    assert_eq!(queue.close_now(), 0);

    let queue = Arc::new(Queue::bounded(1));
    queue.put(0).unwrap();
    let putters: Vec<_> = (1..=3)
        .map(|item| {
            let queue = queue.clone();
            thread::spawn(move || (item, queue.put(item)))
        })
        .collect();
    until_shown(&queue, "putters: 3");
    assert_eq!(queue.close_now(), 1);
    for putter in putters {
        let (item, put) = putter.join().unwrap();
        assert_eq!(put, Err(Closed(item)));
    }
}

/// Counts its drops, and some of them panic. In a priority queue all are equal.
struct Explosive(Arc<AtomicU32>, bool);

impl PartialEq for Explosive {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Explosive {}

impl PartialOrd for Explosive {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Explosive {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Drop for Explosive {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        assert!(!self.1, "in a drop");
    }
}

#[test]
fn a_panic_in_an_items_drop_comes_out_and_every_item_is_dropped_once_though_a_second_panics() {
    fn try_it<S: Storage<Item = Explosive>>(queue: BlockingQueue<S>, which: usize) {
        let drops = Arc::new(AtomicU32::new(0));
        let item = |number| Explosive(drops.clone(), number == which || number == 3);
        (0..4).for_each(|number| queue.put(item(number)).unwrap());
        // Some are in the outbox now.
        if which > 0 && which < 3 {
            std::mem::forget(queue.get());
            queue.task_done();
            queue.put(item(4)).unwrap();
        }
        let alive = queue.len() as u32;
        assert!(catch_unwind(AssertUnwindSafe(|| queue.close_now())).is_err());
        assert_eq!((drops.load(SeqCst), queue.len()), (alive, 0));
        // The queue is closed, and all is well.
        assert!(queue.is_closed() && queue.try_join() && queue.get().is_err());
        drop(queue);
        assert_eq!(drops.load(SeqCst), alive);
    }
    (0..4).for_each(|which| try_it(Queue::bounded(4), which));
    (1..3).for_each(|which| try_it(LifoQueue::bounded(4), which));
}

#[test]
fn items_whose_drops_panic_are_all_dropped_with_their_queue_or_with_the_iterator_that_has_them() {
    fn try_it<S: Storage<Item = Explosive>>(new: fn() -> BlockingQueue<S>) {
        for (taken, panics) in [(false, false), (false, true), (true, false), (true, true)] {
            let (drops, queue) = (Arc::new(AtomicU32::new(0)), new());
            (0..4).for_each(|number| queue.put(Explosive(drops.clone(), number % 2 == 1)).unwrap());
            let goes = || {
                let _held = if taken { Err(queue.into_iter()) } else { Ok(queue) };
                assert!(!panics, "and meanwhile they go");
            };
            assert!(catch_unwind(AssertUnwindSafe(goes)).is_err());
            assert_eq!(drops.load(SeqCst), 4);
        }
    }
    try_it(Queue::unbounded);
    try_it(LifoQueue::unbounded);
    try_it(PriorityQueue::unbounded);
}

#[test]
fn an_items_drop_may_use_the_queue() {
    struct Calls(Arc<Queue<Calls>>);
    impl Drop for Calls {
        fn drop(&mut self) {
            assert!(self.0.is_closed() && self.0.is_empty());
            assert_eq!(self.0.close_now(), 0);
        }
    }
    let queue = Arc::new(Queue::bounded(3));
    (0..3).for_each(|_| queue.put(Calls(queue.clone())).unwrap());
    std::mem::forget(queue.get());
    assert_eq!(queue.close_now(), 2);
    drop(queue.put(Calls(queue.clone())));
}

#[test]
fn a_queue_that_is_dropped_drops_what_is_in_it() {
    let item = Arc::new(());
    let (fifo, lifo) = (Queue::unbounded(), LifoQueue::unbounded());
    let heap = PriorityQueue::bounded(9);
    for _ in 0..3 {
        fifo.put(item.clone()).unwrap();
        lifo.put(item.clone()).unwrap();
        heap.put(item.clone()).unwrap();
    }
    drop(fifo.get());
    assert_eq!(Arc::strong_count(&item), 9);
    drop((fifo, lifo, heap));
    assert_eq!(Arc::strong_count(&item), 1);
}

thread_local! {
    static COMPARISONS_LEFT: std::cell::Cell<u32> = const { std::cell::Cell::new(u32::MAX) };
}

/// A number that can be compared only so often on this thread.
#[derive(Debug, PartialEq, Eq)]
struct Touchy(u32);

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = COMPARISONS_LEFT.get().checked_sub(1).expect("no more comparisons");
        COMPARISONS_LEFT.set(left);
        self.0.cmp(&other.0)
    }
}

/// `f` with so many comparisons. `None` means that they were not enough.
fn with_comparisons<R>(most: u32, f: impl FnOnce() -> R) -> Option<R> {
    COMPARISONS_LEFT.set(most);
    let result = catch_unwind(AssertUnwindSafe(f)).ok();
    COMPARISONS_LEFT.set(u32::MAX);
    result
}

#[test]
fn a_panic_while_items_are_compared_changes_nothing() {
    let numbers = [5, 3, 8, 1, 9, 2, 7, 4, 6, 0];
    let (mut failed_puts, mut failed_gets) = (0, 0);
    let queue = PriorityQueue::unbounded();
    for number in numbers {
        // One comparison more each time, until they are enough.
        let put = |most: &u32| with_comparisons(*most, || queue.put(Touchy(number))).is_some();
        failed_puts += (0..).find(put).unwrap();
    }
    assert_eq!(queue.len(), numbers.len());
    for number in 0..10 {
        let get = |most| with_comparisons(most, || queue.get().unwrap());
        let (failed, got) = (0..).find_map(|most| Some((most, get(most)?))).unwrap();
        failed_gets += failed;
        assert_eq!(got, Touchy(number));
        queue.task_done();
    }
    assert!(failed_puts > 10 && failed_gets > 10, "hardly any panic was met");
    assert!(queue.is_empty() && queue.try_join());
}

#[test]
fn a_producer_that_panics_while_comparing_leaves_its_room_to_the_next() {
    let queue = Arc::new(PriorityQueue::bounded(2));
    (1..=2).for_each(|number| queue.put(Touchy(number)).unwrap());
    let producers = [(3, 0), (4, u32::MAX)].map(|(number, comparisons)| {
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            with_comparisons(comparisons, || producer.put(Touchy(number)).unwrap()).is_some()
        });
        until_shown(&queue, &format!("putters: {}", number - 2));
        thread
    });
    assert_eq!(queue.get(), Ok(Touchy(1)));
    // It would hang here if the wake of the first were lost.
    assert_eq!(producers.map(|producer| producer.join().unwrap()), [false, true]);
    queue.close();
    assert!(queue.iter().eq([Touchy(2), Touchy(4)]));
}

/// Puts what is in it into the queue when it is dropped. Compared as a [`Touchy`].
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PutsOnDrop(Touchy, Vec<PutsOnDrop>);

static PRIORITIES: PriorityQueue<PutsOnDrop> = PriorityQueue::bounded(2);

impl Drop for PutsOnDrop {
    fn drop(&mut self) {
        COMPARISONS_LEFT.set(u32::MAX);
        self.1.drain(..).for_each(|item| PRIORITIES.put(item).expect("it is not closed"));
    }
}

#[test]
fn an_item_whose_comparison_panics_is_dropped_when_the_queue_can_be_used_again() {
    fn item(number: u32) -> PutsOnDrop {
        PutsOnDrop(Touchy(number), vec![])
    }
    let get = || PRIORITIES.get().map(|item| item.0.0);
    PRIORITIES.put(item(1)).ok().unwrap();
    assert!(
        with_comparisons(0, || PRIORITIES.try_put(PutsOnDrop(Touchy(0), vec![item(2)]))).is_none()
    );
    assert_eq!(PRIORITIES.len(), 2);
    // One that had to wait for room. Its drop needs more room than there is, and waits again.
    let producer = thread::spawn(move || {
        with_comparisons(0, || PRIORITIES.put(PutsOnDrop(Touchy(0), vec![item(3), item(4)])))
            .is_none()
    });
    until_shown(&PRIORITIES, "putters: 1");
    assert_eq!(get(), Ok(1));
    until_shown(&PRIORITIES, "putters: 1");
    // It would hang here if the first putter, which has gone, still counted as the one that is
    // woken.
    assert_eq!([get(), get(), get()], [2, 3, 4].map(Ok));
    assert!(producer.join().unwrap());
}

#[test]
fn a_drain_takes_all_in_the_order_of_gets_and_makes_room_for_all_that_wait() {
    fn try_it<S: Storage<Item = u32> + Send + Sync + 'static>(
        queue: BlockingQueue<S>,
        order: [u32; 3],
    ) {
        let queue = Arc::new(queue);
        (2..=3).chain([1]).for_each(|number| queue.put(number).unwrap());
        let producers = [4, 5].map(|number| {
            let producer = queue.clone();
            let thread = thread::spawn(move || producer.put(number).unwrap());
            until_shown(&queue, &format!("putters: {}", number - 3));
            thread
        });
        let all = queue.drain();
        assert_eq!(all.len(), 3);
        assert!(all.eq(order));
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        assert_eq!((queue.len(), queue.unfinished()), (2, 5));
        let mut rest: Vec<u32> = queue.try_iter().collect();
        rest.sort();
        assert_eq!((rest, queue.len()), (vec![4, 5], 0));
        (0..5).for_each(|_| queue.try_task_done().unwrap());
        assert_eq!(queue.try_task_done(), Err(DoneTooOften));
        assert!(queue.try_join());
        queue.put(6).unwrap();
        assert!(Arc::into_inner(queue).unwrap().into_iter().eq([6]));
    }
    try_it(Queue::bounded(3), [2, 3, 1]);
    try_it(LifoQueue::bounded(3), [1, 3, 2]);
    try_it(PriorityQueue::bounded(3), [1, 2, 3]);
}

#[test]
fn no_room_at_all_is_a_panic_that_says_what_to_do() {
    let panic = catch_unwind(|| Queue::<u32>::bounded(0)).map(drop).unwrap_err();
    let message = *panic.downcast::<&str>().unwrap();
    assert!(message.contains("unbounded"), "{message}");
}

#[test]
fn a_task_called_done_too_often_is_a_panic_and_changes_nothing() {
    let queue = Queue::unbounded();
    queue.put(1).unwrap();
    queue.task_done();
    let panic = catch_unwind(AssertUnwindSafe(|| queue.task_done())).unwrap_err();
    let message = *panic.downcast::<&str>().unwrap();
    assert!(message.contains("more often than items were put"), "{message}");
    assert!(queue.try_join());
    queue.put(2).unwrap();
    assert!(!queue.try_join());
    assert_eq!(queue.get(), Ok(1));
}

#[test]
fn an_iterator_takes_no_more_than_it_is_asked_for_and_stays_at_its_end() {
    let queue = Queue::bounded(2);
    (1..=2).for_each(|number| queue.put(number).unwrap());
    assert_eq!((&queue).into_iter().next(), Some(1));
    queue.put(3).unwrap();
    queue.close();
    let mut iter = queue.iter();
    assert_eq!(
        (iter.next(), iter.next(), iter.next(), iter.next()),
        (Some(2), Some(3), None, None)
    );
}

#[test]
fn items_of_no_size_are_counted() {
    let queue = Queue::unbounded();
    (0..1_000).for_each(|_| queue.put(()).unwrap());
    assert_eq!((queue.len(), queue.capacity()), (1_000, None));
    assert_eq!(queue.close_now(), 1_000);
}

#[test]
fn queues_can_be_statics_and_errors_can_be_shown() {
    static FIFO: Queue<u32> = Queue::bounded(1);
    static LIFO: LifoQueue<u32> = LifoQueue::unbounded();
    static HEAP: PriorityQueue<u32> = PriorityQueue::bounded(2);
    FIFO.put(1).unwrap();
    LIFO.put(1).unwrap();
    HEAP.put(1).unwrap();
    assert_eq!(
        format!("{FIFO:?}"),
        "BlockingQueue { capacity: Some(1), len: 1, closed: false, unfinished: 1, getters: 0, \
         putters: 0, .. }"
    );
    // Items need not be printable.
    let full = FIFO.try_put(2).unwrap_err();
    FIFO.close_now();
    LIFO.task_done();
    let errors: [Box<dyn std::error::Error>; 5] = [
        Box::new(full),
        Box::new(FIFO.put(3).unwrap_err()),
        Box::new(FIFO.try_get().unwrap_err()),
        Box::new(LIFO.try_get().and_then(|_| LIFO.try_get()).unwrap_err()),
        Box::new(LIFO.try_task_done().unwrap_err()),
    ];
    let shown: Vec<String> = errors.iter().map(|error| format!("{error} {error:?}")).collect();
    assert_eq!(
        shown,
        [
            "the queue is full Full(..)",
            "the queue is closed Closed(..)",
            "the queue is closed and empty Closed",
            "the queue is empty Empty",
            "task_done was called more often than items were put DoneTooOften"
        ]
    );
}

#[test]
fn a_queue_is_joined_again_after_more_tasks() {
    fn try_it<S: Storage<Item = u32> + Send + 'static>(queue: BlockingQueue<S>) {
        let shared = Arc::new((queue, AtomicU32::new(0)));
        let workers = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                for item in &shared.0 {
                    shared.1.fetch_add(item, SeqCst);
                    shared.0.task_done();
                }
            })
        });
        for round in 1..=2 {
            (0..100).for_each(|item| shared.0.put(item).unwrap());
            shared.0.join();
            assert_eq!(shared.1.load(SeqCst), round * (0..100).sum::<u32>());
        }
        shared.0.close();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        assert_eq!(shared.0.try_task_done(), Err(DoneTooOften));
    }
    try_it(Queue::bounded(5));
    try_it(LifoQueue::bounded(5));
    try_it(PriorityQueue::bounded(5));
}

#[test]
fn a_join_goes_on_waiting_after_a_close_until_what_is_left_is_done() {
    let shared = Arc::new((Queue::unbounded(), AtomicU32::new(0)));
    (1..=2).for_each(|number| shared.0.put(number).unwrap());
    let joiners = [(); 2].map(|()| {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.join();
            shared.1.load(SeqCst)
        })
    });
    // Long enough for them to wait on almost every run; right on every run.
    thread::sleep(Duration::from_millis(5));
    shared.0.close();
    for number in 1..=2 {
        assert_eq!(shared.0.get(), Ok(number));
        // So that a join that does not wait for this task would return before.
        thread::sleep(Duration::from_millis(5));
        shared.1.store(number, SeqCst);
        shared.0.task_done();
    }
    assert_eq!(joiners.map(|joiner| joiner.join().unwrap()), [2, 2]);
}

#[test]
fn a_close_amid_producers_and_consumers_ends_all_of_them_and_loses_no_item() {
    fn try_it<S: Storage<Item = u32> + Send + 'static>(queue: BlockingQueue<S>, now: bool) {
        let shared = Arc::new((queue, AtomicU32::new(0)));
        let producers = [(); 6].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || (0..).take_while(|&item| shared.0.put(item).is_ok()).count())
        });
        let consumers = [(); 4].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                for _ in &shared.0 {
                    shared.1.fetch_add(1, SeqCst);
                    shared.0.task_done();
                }
            })
        });
        let joiners = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || shared.0.join())
        });
        while shared.1.load(SeqCst) < 1_000 || !shared.0.is_full() {
            thread::yield_now();
        }
        let dropped = if now {
            shared.0.close_now()
        } else {
            shared.0.close();
            0
        };
        // It would hang here if the close did not end their waits.
        let put: usize = producers.into_iter().map(|producer| producer.join().unwrap()).sum();
        consumers.into_iter().for_each(|consumer| consumer.join().unwrap());
        assert_eq!(put, shared.1.load(SeqCst) as usize + dropped);
        joiners.into_iter().for_each(|joiner| joiner.join().unwrap());
        assert!(shared.0.is_empty() && shared.0.try_join());
    }
    for now in [false, true] {
        try_it(Queue::bounded(8), now);
        try_it(LifoQueue::bounded(8), now);
        try_it(PriorityQueue::bounded(8), now);
    }
}
