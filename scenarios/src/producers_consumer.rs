//! Three producers, one consumer, and a queue with room for one item between them.
//!
//! The bound is the point: producers wait for the consumer and do not run away from it. It also
//! means that they wait for ever if the consumer goes home and tells nobody.

use crate::stage::time::Duration;
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::queue::{Closed, PutError};
use primitives::{Lock, Queue};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "producers-consumer",
    about: "producers with an item each, a consumer, and a queue with little room between them",
    seed: "003 §10",
    variants: &[
        Variant {
            name: "looks-then-puts",
            about: "a list: a producer looks under the lock for room, unlocks, and adds under \
                   the lock",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: looks_then_puts,
        },
        Variant {
            name: "looks-then-gets",
            about: "one item, two consumers: each looks whether there is one, and if so waits \
                   to get it",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || two_consumers(look_then_get),
        },
        Variant {
            name: "tries-to-get",
            about: "one item, two consumers: each gets it if it is there",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || two_consumers(|queue| queue.try_get().ok()),
        },
        Variant {
            name: "consumer-leaves",
            about: "a full queue, two more producers; the consumer takes one item and goes home",
            expect: Expect::Stuck,
            search: Search::locks_in_one_step(4),
            run: || leaves(&["Kotlin", "Swift"], false),
        },
        Variant {
            name: "consumer-leaves-one",
            about: "the same with one producer; the consumer takes nothing",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: || leaves(&["Kotlin"], false),
        },
        Variant {
            name: "consumer-closes",
            about: "two producers, but the consumer closes the queue before it goes",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(4),
            run: || leaves(&["Kotlin", "Swift"], true),
        },
        Variant {
            name: "consumer-closes-one",
            about: "the same with one producer; the consumer takes nothing",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || leaves(&["Kotlin"], true),
        },
        Variant {
            name: "waits-for-room",
            about: "a full queue, a producer that waits for room, and a consumer that takes one \
                   item",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || full(|queue, item| Ok(queue.put(item)?)),
        },
        Variant {
            name: "gives-up",
            about: "the same, but the producer waits 10 ms at most",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: || full(|queue, item| queue.put_for(item, Duration::from_millis(10))),
        },
        Variant {
            name: "capacity-1",
            about: "three producers, room for one item",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || all_arrive(1),
        },
        Variant {
            name: "capacity-2",
            about: "three producers, room for two items",
            expect: Expect::Holds,
            search: Search::locks_in_one_step(2),
            run: || all_arrive(2),
        },
    ],
};

const ITEMS: [&str; 3] = ["Python", "Kotlin", "Swift"];

// ANCHOR: looksput
fn looks_then_puts() -> Outcome {
    const CAPACITY: usize = 1;
    let list = Arc::new(Lock::new(Vec::new()));
    name(&*list, "the list's lock");
    let producers = ["Python", "Kotlin"].map(|item| {
        let list = list.clone();
        thread::spawn(item, move || {
            let full = list.lock().len() == CAPACITY;
            step!("looks, {}", if full { "no room, goes home" } else { "there is room" });
            if !full {
                let mut list = list.lock();
                list.push(item);
                show!("the list", list.join(", "));
                step!("adds {item}, {} in the list", list.len());
            }
        })
    });
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    let items = Arc::into_inner(list).unwrap().into_inner().len();
    Outcome::new(items <= CAPACITY, format!("{items} in a list for {CAPACITY}"))
}
// ANCHOR_END: looksput

type Strings = Queue<&'static str>;
const QUEUE: &str = "items in the queue";

fn queue(capacity: usize) -> Arc<Strings> {
    let queue = Arc::new(Queue::bounded(capacity));
    name(&*queue, "the queue");
    show!(QUEUE, 0);
    queue
}

// ANCHOR: consumers
fn two_consumers(get: fn(&Strings) -> Option<&'static str>) -> Outcome {
    let queue = queue(1);
    queue.put("Python").unwrap();
    show!(QUEUE, 1);
    let consumers = ["Ann", "Ben"].map(|name| {
        let queue = queue.clone();
        thread::spawn(name, move || {
            let item = get(&queue);
            show!(QUEUE, queue.len());
            step!("goes home with {}", item.unwrap_or("nothing"));
            item
        })
    });
    let got = consumers.map(|consumer| consumer.join().unwrap());
    Outcome::new(got.iter().flatten().eq(&["Python"]), "one of them got it")
}

fn look_then_get(queue: &Strings) -> Option<&'static str> {
    if queue.is_empty() {
        return None;
    }
    step!("finds an item there, asks for it");
    queue.get().ok()
}
// ANCHOR_END: consumers

// ANCHOR: produce
/// Puts an item. Returns it if the queue does not take it.
fn produce(queue: &Arc<Strings>, item: &'static str) -> thread::JoinHandle<Option<&'static str>> {
    let queue = queue.clone();
    thread::spawn(item, move || {
        step!("asks to put {item}");
        let kept = queue.put(item).err();
        show!(QUEUE, queue.len());
        step!("{} {item}", if kept.is_some() { "finds it closed, keeps" } else { "has put" });
        kept.map(|Closed(item)| item)
    })
}
// ANCHOR_END: produce

// ANCHOR: leaves
/// The consumer gets one item fewer than there are producers.
fn leaves(producers: &[&'static str], closes: bool) -> Outcome {
    let queue = queue(1);
    queue.put("Python").unwrap();
    show!(QUEUE, 1);
    let all = || ["Python"].iter().chain(producers);
    let producers: Vec<_> = producers.iter().map(|item| produce(&queue, item)).collect();
    let got = producers[1..].iter().map(|_| {
        let item = queue.get().unwrap();
        show!(QUEUE, queue.len());
        step!("gets {item}");
        item
    });
    let got: Vec<_> = got.collect();
    if closes {
        queue.close();
        step!("closes the queue");
    }
    step!("goes home");
    let kept: Vec<_> = producers.into_iter().filter_map(|one| one.join().unwrap()).collect();
    let mut items: Vec<_> = queue.iter().chain(kept).chain(got).collect();
    items.sort_unstable_by_key(|item| all().position(|one| one == item));
    Outcome::new(items.iter().eq(all()), "each item was put or kept")
}
// ANCHOR_END: leaves

// ANCHOR: full
fn full(put: fn(&Strings, &'static str) -> Result<(), PutError<&'static str>>) -> Outcome {
    let queue = queue(1);
    queue.put("Python").unwrap();
    show!(QUEUE, 1);
    let producer = {
        let queue = queue.clone();
        thread::spawn("Kotlin", move || {
            step!("asks to put Kotlin");
            let kept = put(&queue, "Kotlin").err();
            show!(QUEUE, queue.len());
            step!("{} Kotlin", if kept.is_some() { "gives up, keeps" } else { "has put" });
            kept.map(PutError::into_inner)
        })
    };
    let first = queue.get().unwrap();
    show!(QUEUE, queue.len());
    step!("gets {first}");
    let kept = producer.join().unwrap();
    let left = queue.try_get().ok();
    let text = if kept.is_some() { "the producer gave up" } else { "the producer put its item" };
    Outcome::new(first == "Python" && kept.xor(left) == Some("Kotlin"), text)
}
// ANCHOR_END: full

// ANCHOR: arrive
fn all_arrive(capacity: usize) -> Outcome {
    let queue = queue(capacity);
    let producers = ITEMS.map(|item| produce(&queue, item));
    let mut got = ITEMS.map(|_| {
        let item = queue.get().unwrap();
        show!(QUEUE, queue.len());
        step!("gets {item}");
        item
    });
    let kept = producers.map(|producer| producer.join().unwrap());
    got.sort_unstable();
    Outcome::new(got == ["Kotlin", "Python", "Swift"] && kept == [None; 3], "each item arrived")
}
// ANCHOR_END: arrive
