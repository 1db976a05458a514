//! `Condition` against parking_lot's and std's. See `support` for how to run it.

mod support;

use primitives::platform::futex;
use primitives::{Condition, Lock};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use support::{Contender, Metric, Padded, Suite, nanoseconds_each};

/// Calls in one round of one thread: a millisecond or two.
const CALLS: u32 = 100_000;
/// There and back, this often in one round.
const RALLIES: u32 = 2_000;

fn main() {
    let mut suite = Suite::from_args("condition");
    let ours = Padded(Condition::new());
    let parking_lot = Padded(parking_lot::Condvar::new());
    let std = Padded(std::sync::Condvar::new());
    let contenders = vec![
        Contender::new("ours", || nanoseconds_each(CALLS, || _ = black_box(&ours.0).notify_one())),
        Contender::new("parking_lot", || {
            nanoseconds_each(CALLS, || _ = black_box(&parking_lot.0).notify_one())
        }),
        Contender::new("std", || nanoseconds_each(CALLS, || black_box(&std.0).notify_one())),
    ];
    let rounds = suite.rounds(201);
    suite.row("notify with nobody waiting", Metric::Nanoseconds, rounds, contenders);

    let rounds = suite.rounds(51);
    let contenders = vec![
        Contender::new("ours", || rally(&Ours::default())),
        Contender::new("parking_lot", || rally(&ParkingLot::default())),
        Contender::new("std", || rally(&Std::default())),
        Contender::new("futex", || rally(&Futex::default())),
    ];
    suite.row("ping-pong, there and back", Metric::Nanoseconds, rounds, contenders);
    suite.finish();
}

/// A ball that is on one side or the other.
trait Ball: Sync {
    /// Waits until the ball is on `side`, and plays it to the other.
    fn play(&self, side: u32);
}

/// The nanoseconds that a ball takes there and back between two threads.
fn rally(ball: &impl Ball) -> f64 {
    thread::scope(|scope| {
        scope.spawn(|| (0..=RALLIES).for_each(|_| ball.play(1)));
        ball.play(0);
        nanoseconds_each(RALLIES, || ball.play(0))
    })
}

#[derive(Default)]
struct Ours(Lock<u32>, Condition);

impl Ball for Ours {
    fn play(&self, side: u32) {
        let mut ball = self.0.lock();
        self.1.wait_while(&mut ball, |ball| *ball != side);
        *ball = 1 - side;
        drop(ball);
        self.1.notify_one();
    }
}

#[derive(Default)]
struct ParkingLot(parking_lot::Mutex<u32>, parking_lot::Condvar);

impl Ball for ParkingLot {
    fn play(&self, side: u32) {
        let mut ball = self.0.lock();
        self.1.wait_while(&mut ball, |ball| *ball != side);
        *ball = 1 - side;
        drop(ball);
        self.1.notify_one();
    }
}

#[derive(Default)]
struct Std(std::sync::Mutex<u32>, std::sync::Condvar);

impl Ball for Std {
    fn play(&self, side: u32) {
        let ball = self.0.lock().unwrap();
        let mut ball = self.1.wait_while(ball, |ball| *ball != side).unwrap();
        *ball = 1 - side;
        drop(ball);
        self.1.notify_one();
    }
}

/// The least that two sleeping threads can do: one word, and a system call each way.
#[derive(Default)]
struct Futex(AtomicU32);

impl Ball for Futex {
    fn play(&self, side: u32) {
        while self.0.load(SeqCst) != side {
            futex::wait(&self.0, 1 - side);
        }
        self.0.store(1 - side, SeqCst);
        futex::wake_one(&self.0);
    }
}
