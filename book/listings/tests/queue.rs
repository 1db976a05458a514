//! What each step of the bounded queue does, and what the step before lacks.

use listings::ch11_queue::exercises::ClosingQueue;
use listings::ch11_queue::s1_one_line::OneLineQueue;
use listings::ch11_queue::s2_two_lines::TwoLineQueue;
use listings::{every_order, few_preemptions, page, stuck, table};
use loom_platform::picture::{End, svg};
use loom_platform::{Ending, Exploration, explore, name, step, thread};
use primitives::queue::{BlockingQueue, Storage};
use primitives::{LifoQueue, PriorityQueue, Queue};
use std::sync::Arc;

type OneLine = OneLineQueue<&'static str>;
type TwoLines = TwoLineQueue<&'static str>;

/// A way to hand items on.
struct Kind<Q> {
    name: &'static str,
    bounded: fn(usize) -> Q,
    put: fn(&Q, &'static str),
    get: fn(&Q) -> &'static str,
}

static ONE_LINE: Kind<OneLine> = Kind {
    name: "one line",
    bounded: OneLineQueue::bounded,
    put: OneLineQueue::put,
    get: OneLineQueue::get,
};

/// The answer to an exercise.
static ONE_LINE_WAKES_ALL: Kind<OneLine> = Kind {
    name: "one line, all are woken",
    bounded: OneLineQueue::bounded,
    put: OneLineQueue::put_and_wake_all,
    get: OneLineQueue::get_and_wake_all,
};

static TWO_LINES: Kind<TwoLines> = Kind {
    name: "two lines",
    bounded: TwoLineQueue::bounded,
    put: TwoLineQueue::put,
    get: TwoLineQueue::get,
};

static LIBRARY: Kind<Queue<&'static str>> = Kind {
    name: "`Queue`",
    bounded: Queue::bounded,
    put: |queue, item| queue.put(item).unwrap(),
    get: |queue| queue.get().unwrap(),
};

/// There is room for one item, and "Python" is in it. Each producer puts one more, and main gets as
/// many.
fn hand_on<Q: Send + Sync + 'static>(kind: &'static Kind<Q>, items: &'static [&'static str]) {
    let queue = Arc::new((kind.bounded)(1));
    (kind.put)(&queue, "Python");
    let produce = |item: &&'static str| {
        let (queue, item) = (queue.clone(), *item);
        thread::spawn(item, move || {
            (kind.put)(&queue, item);
            step(format!("has put {item}"));
        })
    };
    let producers: Vec<_> = items.iter().map(produce).collect();
    for _ in items {
        step(format!("gets {}", (kind.get)(&queue)));
    }
    producers.into_iter().for_each(|producer| producer.join().unwrap());
}

/// Every order of one producer and main.
fn one_producer<Q: Send + Sync + 'static>(kind: &'static Kind<Q>) -> Exploration<()> {
    every_order(|| hand_on(kind, &["Kotlin"]))
}

/// The orders of two producers and main in which threads are interrupted at most twice. All are too
/// many.
fn two_producers_bounded<Q: Send + Sync + 'static>(kind: &'static Kind<Q>) -> Exploration<()> {
    few_preemptions(2, || hand_on(kind, &["Kotlin", "Swift"]))
}

/// How both searches come out, and how many executions of each get stuck.
fn rows<Q: Send + Sync + 'static>(kind: &'static Kind<Q>) -> [([String; 4], u64); 2] {
    let searches =
        [("one producer", one_producer(kind)), ("two producers", two_producers_bounded(kind))];
    searches.map(|(program, exploration)| {
        let stuck = stuck(&exploration);
        let row = [kind.name, program, &exploration.to_string(), &stuck.to_string()];
        (row.map(str::to_owned), stuck)
    })
}

const HEAD: [&str; 4] = ["queue", "program", "search", "executions that get stuck"];

#[test]
fn in_one_line_a_producer_wakes_a_producer_and_nobody_goes_on() {
    let two = two_producers_bounded(&ONE_LINE);
    let first = two.failures().next().expect("a wake that went astray");
    let Ending::Stuck(waiting) = &first.ending else { panic!("{first}") };
    // One wants to put and one wants to get: each could serve the other.
    let waits = |why| waiting.iter().any(|one| one.waits_for.contains(why));
    assert!(waits("no room") && waits("no item"), "{first}");
    let title = "Room for one item, and one line for all who wait";
    page("one-line-queue.svg", &svg(&first.trace, title, End::Stuck(waiting)));
}

#[test]
fn one_producer_does_not_show_what_is_wrong_with_one_line_and_two_do() {
    let [(one, none), (two, some)] = rows(&ONE_LINE);
    assert!(none == 0 && some > 0);
    page("one-line-queue.md", &table(HEAD, [one, two]));
}

#[test]
fn in_two_lines_and_in_the_library_and_where_all_are_woken_nobody_is_stuck_bounded() {
    let searches = [rows(&TWO_LINES), rows(&LIBRARY), rows(&ONE_LINE_WAKES_ALL)].concat();
    assert!(searches.iter().all(|(_, stuck)| *stuck == 0), "{searches:?}");
    page("queue.md", &table(HEAD, searches.into_iter().map(|(row, _)| row)));
}

/// What comes out of a queue into which these were put.
fn out_of<S: Storage<Item = u32>>(queue: &BlockingQueue<S>) -> Vec<u32> {
    [3, 1, 2].into_iter().for_each(|item| queue.put(item).unwrap());
    queue.close();
    queue.iter().collect()
}

#[test]
fn the_first_the_last_or_the_smallest_comes_out_first() {
    type Items = fn() -> Vec<u32>;
    let kinds: [(&str, Items, [u32; 3]); 3] = [
        ("`Queue`", || out_of(&Queue::unbounded()), [3, 1, 2]),
        ("`LifoQueue`", || out_of(&LifoQueue::unbounded()), [2, 1, 3]),
        ("`PriorityQueue`", || out_of(&PriorityQueue::unbounded()), [1, 2, 3]),
    ];
    let rows = kinds.map(|(name, items, expected)| {
        let exploration = explore(items);
        let outcomes: Vec<_> = exploration.returned().map(|(items, _)| items.clone()).collect();
        assert_eq!(outcomes, [expected]);
        [name.to_owned(), "3, 1, 2".to_owned(), expected.map(|item| item.to_string()).join(", ")]
    });
    page("three-queues.md", &table(["queue", "put", "got"], rows));
}

/// A producer that waits for room, and a close. `true` means that it got its item back.
fn close_against_put(close: fn(&ClosingQueue<u32>)) -> bool {
    let queue = Arc::new(ClosingQueue::bounded(1));
    name(&*queue, "the queue");
    queue.put(1).unwrap();
    let producer = {
        let queue = queue.clone();
        thread::spawn("producer", move || queue.put(2) == Err(2))
    };
    close(&queue);
    let given_back = producer.join().unwrap();
    // What was put before the close is still to be had.
    given_back && queue.get() == Some(1) && queue.get().is_none()
}

/// A consumer that waits for an item, and a close. `true` means that it was told.
fn close_against_get(close: fn(&ClosingQueue<u32>)) -> bool {
    let queue = Arc::new(ClosingQueue::bounded(1));
    let consumer = {
        let queue = queue.clone();
        thread::spawn("consumer", move || queue.get().is_none())
    };
    close(&queue);
    consumer.join().unwrap()
}

#[test]
fn a_close_tells_threads_that_wait_for_room_and_threads_that_wait_for_an_item() {
    for program in [close_against_put as fn(fn(&_)) -> bool, close_against_get] {
        let exploration = explore(move || program(ClosingQueue::close));
        assert!(exploration.exhaustive);
        assert_eq!(exploration.failures().count(), 0);
        assert!(exploration.returned().all(|(right, _)| *right));
    }
}

#[test]
fn a_close_that_tells_consumers_alone_leaves_a_producer_waiting() {
    let told = explore(|| close_against_get(ClosingQueue::close_for_consumers));
    assert_eq!(told.failures().count(), 0);
    let not_told = explore(|| close_against_put(ClosingQueue::close_for_consumers));
    let found = not_told.failures().next().expect("a producer that waits for ever");
    assert!(matches!(&found.ending, Ending::Stuck(waiting) if waiting.len() == 2), "{found}");
}
