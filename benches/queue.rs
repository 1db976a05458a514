//! `Queue` against the channels of crossbeam, flume, kanal and std. See `support` for how to run
//! it.

#[path = "support/memory.rs"]
mod counted;
mod support;

use counted::bytes_of;
use primitives::Queue;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Metric, Suite, nanoseconds_each};

/// Puts and gets in one round of one thread: a few milliseconds.
const CALLS: u32 = 50_000;
/// How long producers put in one round.
const ROUND: Duration = Duration::from_millis(20);
const MILLION: u64 = 1_000_000;

fn main() {
    let mut suite = Suite::from_args("queue");
    for (producers, consumers) in [(1, 1), (4, 1), (1, 4), (4, 4)] {
        for capacity in [Some(1), Some(64), Some(1024), None] {
            stream(&mut suite, producers, consumers, capacity);
        }
    }
    one_thread(&mut suite);
    memory(&mut suite);
    suite.finish();
}

fn queue(capacity: Option<usize>) -> Arc<Queue<u64>> {
    Arc::new(capacity.map_or_else(Queue::unbounded, Queue::bounded))
}

fn crossbeam(
    capacity: Option<usize>,
) -> (crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>) {
    capacity.map_or_else(crossbeam_channel::unbounded, crossbeam_channel::bounded)
}

fn flume(capacity: Option<usize>) -> (flume::Sender<u64>, flume::Receiver<u64>) {
    capacity.map_or_else(flume::unbounded, flume::bounded)
}

fn kanal(capacity: Option<usize>) -> (kanal::Sender<u64>, kanal::Receiver<u64>) {
    capacity.map_or_else(kanal::unbounded, kanal::bounded)
}

/// Closes the queue when the last producer is gone, as the peers do.
struct Producer(Arc<Queue<u64>>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How many million items a second go from the producers to the consumers.
fn throughput<P: Send, C: Send>(
    producers: Vec<P>,
    consumers: Vec<C>,
    put: impl Fn(&P, u64) + Copy + Send,
    get: impl Fn(&C) -> Option<u64> + Copy + Send,
) -> f64 {
    let stop = AtomicBool::new(false);
    let start = Barrier::new(producers.len() + consumers.len() + 1);
    thread::scope(|scope| {
        for producer in producers {
            let (start, stop) = (&start, &stop);
            scope.spawn(move || {
                start.wait();
                (0..).take_while(|_| !stop.load(Relaxed)).for_each(|item| put(&producer, item));
            });
        }
        let taken: Vec<_> = consumers
            .into_iter()
            .map(|consumer| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    let items = std::iter::from_fn(|| get(&consumer));
                    items.fold(0_u64, |count, item| {
                        std::hint::black_box(item);
                        count + 1
                    })
                })
            })
            .collect();
        start.wait();
        let begun = Instant::now();
        thread::sleep(ROUND);
        stop.store(true, Relaxed);
        let count: u64 = taken.into_iter().map(|consumer| consumer.join().unwrap()).sum();
        count as f64 / begun.elapsed().as_secs_f64() / 1e6
    })
}

/// Some threads put as fast as they can, and some take.
fn stream(suite: &mut Suite, producers: usize, consumers: usize, capacity: Option<usize>) {
    let mut contenders = vec![
        Contender::new("ours", || {
            let queue = queue(capacity);
            let producer = Arc::new(Producer(queue.clone()));
            throughput(
                std::iter::repeat_n(producer, producers).collect(),
                vec![queue; consumers],
                |producer, item| producer.0.put(item).unwrap(),
                |queue| queue.get().ok(),
            )
        }),
        Contender::new("crossbeam", || {
            let (sender, receiver) = crossbeam(capacity);
            throughput(
                std::iter::repeat_n(sender, producers).collect(),
                std::iter::repeat_n(receiver, consumers).collect(),
                |sender, item| sender.send(item).unwrap(),
                |receiver| receiver.recv().ok(),
            )
        }),
        Contender::new("flume", || {
            let (sender, receiver) = flume(capacity);
            throughput(
                std::iter::repeat_n(sender, producers).collect(),
                std::iter::repeat_n(receiver, consumers).collect(),
                |sender, item| sender.send(item).unwrap(),
                |receiver| receiver.recv().ok(),
            )
        }),
        Contender::new("kanal", || {
            let (sender, receiver) = kanal(capacity);
            throughput(
                std::iter::repeat_n(sender, producers).collect(),
                std::iter::repeat_n(receiver, consumers).collect(),
                |sender, item| sender.send(item).unwrap(),
                |receiver| receiver.recv().ok(),
            )
        }),
    ];
    // std has one consumer only.
    if consumers == 1 {
        contenders.push(Contender::new("std", || match capacity {
            Some(capacity) => {
                let (sender, receiver) = mpsc::sync_channel(capacity);
                throughput(
                    std::iter::repeat_n(sender, producers).collect(),
                    vec![receiver],
                    |sender, item| sender.send(item).unwrap(),
                    |receiver| receiver.recv().ok(),
                )
            }
            None => {
                let (sender, receiver) = mpsc::channel();
                throughput(
                    std::iter::repeat_n(sender, producers).collect(),
                    vec![receiver],
                    |sender, item| sender.send(item).unwrap(),
                    |receiver| receiver.recv().ok(),
                )
            }
        }));
    }
    let capacity = capacity.map_or_else(|| "unbounded".to_owned(), |n| format!("capacity {n}"));
    let rounds = suite.rounds(31);
    let name = format!("{producers} to {consumers}, {capacity}");
    suite.row(&name, Metric::Throughput, rounds, contenders);
}

/// The `try_` forms, a put and a get each time: nobody contends.
fn one_thread(suite: &mut Suite) {
    let ours = queue(Some(64));
    let (crossbeam_in, crossbeam_out) = crossbeam(Some(64));
    let (flume_in, flume_out) = flume(Some(64));
    let (kanal_in, kanal_out) = kanal(Some(64));
    let (std_in, std_out) = mpsc::sync_channel(64);
    let contenders = vec![
        Contender::new("ours", || {
            nanoseconds_each(CALLS, || {
                ours.try_put(1).unwrap();
                assert_eq!(ours.try_get(), Ok(1));
            })
        }),
        Contender::new("crossbeam", || {
            nanoseconds_each(CALLS, || {
                crossbeam_in.try_send(1).unwrap();
                assert_eq!(crossbeam_out.try_recv(), Ok(1));
            })
        }),
        Contender::new("flume", || {
            nanoseconds_each(CALLS, || {
                flume_in.try_send(1).unwrap();
                assert_eq!(flume_out.try_recv(), Ok(1));
            })
        }),
        Contender::new("kanal", || {
            nanoseconds_each(CALLS, || {
                assert!(kanal_in.try_send(1).unwrap());
                assert_eq!(kanal_out.try_recv().unwrap(), Some(1));
            })
        }),
        Contender::new("std", || {
            nanoseconds_each(CALLS, || {
                std_in.try_send(1).unwrap();
                assert_eq!(std_out.try_recv(), Ok(1));
            })
        }),
    ];
    let rounds = suite.rounds(201);
    suite.row("one thread, try_put and try_get", Metric::Nanoseconds, rounds, contenders);
}

/// What a full queue of a million `u64` occupies, for each of them. Each is 8 bytes.
fn memory(suite: &mut Suite) {
    for (name, capacity) in
        [("full, capacity 1 million", Some(MILLION as usize)), ("1 million, unbounded", None)]
    {
        let contenders = vec![
            Contender::new("ours", || bytes_each(|| queue(capacity), |q, n| q.put(n).unwrap())),
            Contender::new("crossbeam", || {
                bytes_each(|| crossbeam(capacity), |q, n| q.0.send(n).unwrap())
            }),
            Contender::new("flume", || bytes_each(|| flume(capacity), |q, n| q.0.send(n).unwrap())),
            Contender::new("kanal", || bytes_each(|| kanal(capacity), |q, n| q.0.send(n).unwrap())),
            Contender::new("std", || match capacity {
                Some(n) => bytes_each(|| mpsc::sync_channel(n), |q, n| q.0.send(n).unwrap()),
                None => bytes_each(mpsc::channel, |q, n| q.0.send(n).unwrap()),
            }),
        ];
        suite.row(name, Metric::Bytes, 1, contenders);
    }
}

fn bytes_each<Q>(make: impl FnOnce() -> Q, put: impl Fn(&Q, u64)) -> f64 {
    let all = bytes_of(|| {
        let queue = make();
        (0..MILLION).for_each(|item| put(&queue, item));
        queue
    });
    all / MILLION as f64
}
