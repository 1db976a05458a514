//! `Promise` and `Future` against channels for one value: oneshot, tokio's, and a channel of std
//! that is used once. See `support` for how to run it.

mod support;

use primitives::{Event, Promise};
use std::hint::black_box;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;
use support::{Contender, Metric, Suite, nanoseconds_each};

/// Results in one round of one thread: a millisecond or two.
const CALLS: u32 = 10_000;
/// Results in one round that another thread waits for.
const HANDOVERS: u32 = 200;

fn main() {
    let mut suite = Suite::from_args("future");
    let rounds = suite.rounds(201);
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, one_thread::<Ours>)),
        Contender::new("oneshot", || nanoseconds_each(CALLS, one_thread::<Oneshot>)),
        Contender::new("tokio", || nanoseconds_each(CALLS, one_thread::<Tokio>)),
        Contender::new("std", || nanoseconds_each(CALLS, one_thread::<Std>)),
    ];
    suite.row("made, kept and taken", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", wakes_a_waiter::<Ours>),
        Contender::new("oneshot", wakes_a_waiter::<Oneshot>),
        Contender::new("tokio", wakes_a_waiter::<Tokio>),
        Contender::new("std", wakes_a_waiter::<Std>),
    ];
    suite.row("wakes a thread that waits", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// A way to hand over one value.
trait Once {
    type Keep: Send;
    type Get;
    fn new() -> (Self::Keep, Self::Get);
    fn keep(keep: Self::Keep, value: u64);
    fn get(get: Self::Get) -> u64;
}

fn one_thread<O: Once>() {
    let (keep, get) = O::new();
    O::keep(black_box(keep), 42);
    black_box(O::get(black_box(get)));
}

/// The nanoseconds from the moment at which a value is handed over until a thread has it that waits
/// for it.
fn wakes_a_waiter<O: Once>() -> f64 {
    let mut total = 0;
    let (sender, receiver) = mpsc::channel::<(O::Keep, Arc<Event>)>();
    thread::scope(|scope| {
        let keeper = scope.spawn(move || {
            let mut kept = Vec::new();
            for (keep, waits) in receiver {
                waits.wait();
                // Give it the time to fall asleep.
                thread::sleep(std::time::Duration::from_micros(50));
                kept.push(Instant::now());
                O::keep(keep, 42);
            }
            kept
        });
        let got: Vec<Instant> = (0..HANDOVERS)
            .map(|_| {
                let ((keep, get), waits) = (O::new(), Arc::new(Event::new()));
                assert!(sender.send((keep, waits.clone())).is_ok());
                waits.set();
                black_box(O::get(get));
                Instant::now()
            })
            .collect();
        drop(sender);
        for (kept, got) in keeper.join().unwrap().into_iter().zip(got) {
            total += got.saturating_duration_since(kept).as_nanos();
        }
    });
    total as f64 / f64::from(HANDOVERS)
}

struct Ours;
struct Oneshot;
struct Tokio;
struct Std;

impl Once for Ours {
    type Keep = Promise<u64>;
    type Get = primitives::Future<u64>;

    fn new() -> (Self::Keep, Self::Get) {
        Promise::new()
    }

    fn keep(keep: Self::Keep, value: u64) {
        keep.set_result(value).unwrap();
    }

    fn get(get: Self::Get) -> u64 {
        get.into_result().unwrap()
    }
}

impl Once for Oneshot {
    type Keep = oneshot::Sender<u64>;
    type Get = oneshot::Receiver<u64>;

    fn new() -> (Self::Keep, Self::Get) {
        oneshot::channel()
    }

    fn keep(keep: Self::Keep, value: u64) {
        keep.send(value).unwrap();
    }

    fn get(get: Self::Get) -> u64 {
        get.recv().unwrap()
    }
}

impl Once for Tokio {
    type Keep = tokio::sync::oneshot::Sender<u64>;
    type Get = tokio::sync::oneshot::Receiver<u64>;

    fn new() -> (Self::Keep, Self::Get) {
        tokio::sync::oneshot::channel()
    }

    fn keep(keep: Self::Keep, value: u64) {
        keep.send(value).unwrap();
    }

    fn get(get: Self::Get) -> u64 {
        get.blocking_recv().unwrap()
    }
}

impl Once for Std {
    type Keep = mpsc::Sender<u64>;
    type Get = mpsc::Receiver<u64>;

    fn new() -> (Self::Keep, Self::Get) {
        mpsc::channel()
    }

    fn keep(keep: Self::Keep, value: u64) {
        keep.send(value).unwrap();
    }

    fn get(get: Self::Get) -> u64 {
        get.recv().unwrap()
    }
}
