//! `n += 1` under an interpreter lock.
//!
//! An interpreter does it in four instructions: load `n`, load 1, add, store `n`. The lock lets one
//! thread run at a time, and may switch between any two instructions. So it keeps the interpreter's
//! own data whole, and not what a program does in several instructions.

use crate::stage::atomic::{AtomicI64, Ordering::Relaxed};
use crate::stage::time::Duration;
use crate::stage::{name, show, step, thread};
use crate::{Expect, Outcome, Search, Story, Variant};
use primitives::{Event, Gil, GilGuard, Lock};
use std::sync::Arc;

pub(crate) const STORY: Story = Story {
    name: "interpreter-lock",
    about: "the last of a hundred threads do n += 1 under an interpreter lock",
    seed: "003 §24",
    variants: &[
        Variant {
            name: "switched",
            about: "a switch may come between any two of the four instructions",
            expect: Expect::Breaks,
            search: Search::preemptions(3),
            run: switched,
        },
        Variant {
            name: "three-switched",
            about: "three threads: the first gives the interpreter lock up before it stores, and \
                   the third starts when the second has ended",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: three_switched,
        },
        Variant {
            name: "waits-with-the-gil",
            about: "a lock around n += 1, waited for with the interpreter lock held",
            expect: Expect::Stuck,
            search: Search::WHOLE,
            run: waits_with_the_gil,
        },
        Variant {
            name: "locked",
            about: "a lock around n += 1, waited for with the interpreter lock released",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: locked,
        },
        Variant {
            name: "held",
            about: "no switch comes before n is stored",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: held,
        },
        Variant {
            name: "convoy",
            about: "by ticks: what computes takes the lock back from a thread that waits for it",
            expect: Expect::Breaks,
            search: Search::WHOLE,
            run: convoy,
        },
        Variant {
            name: "forced-switch",
            about: "by interval: what computes sees the lock go to the thread that waits",
            expect: Expect::Holds,
            search: Search::WHOLE,
            run: forced_switch,
        },
    ],
};

/// How many threads do `n += 1`. All but the last two or three have done it.
const THREADS: i64 = 100;
/// Of the three looks in `n += 1` the last is that before the store.
const BEFORE_THE_STORE: u32 = 3;
const INTERVAL: Duration = Duration::from_millis(5);

/// What the threads of the interpreter share.
struct Interpreter {
    gil: Gil,
    n: AtomicI64,
    /// For programs that use one.
    lock: Lock<()>,
}

// ANCHOR: instructions
impl Interpreter {
    /// The four instructions of `n += 1`. Between any two `look` may let the other thread run.
    fn add_one(&self, gil: &mut GilGuard<'_>, look: fn(&mut GilGuard<'_>)) {
        let n = self.n.load(Relaxed);
        step!("loads n, which is {n}");
        look(gil);
        let one = 1;
        step!("loads 1");
        look(gil);
        let sum = n + one;
        step!("adds");
        look(gil);
        self.n.store(sum, Relaxed);
        show!("n", sum);
        step!("stores {sum} in n");
    }
}
// ANCHOR_END: instructions

fn look(gil: &mut GilGuard<'_>) {
    gil.tick();
}

/// An interpreter in which so many threads are left.
fn interpreter(left: i64, gil: Gil) -> Arc<Interpreter> {
    let n = THREADS - left;
    let shared = Interpreter { gil, n: AtomicI64::new(n), lock: Lock::new(()) };
    let shared = Arc::new(shared);
    name(&shared.gil, "the interpreter lock");
    name(&shared.lock, "the lock");
    show!("n", n);
    shared
}

/// What became of `n`.
fn outcome(shared: &Interpreter) -> Outcome {
    let n = shared.n.load(Relaxed);
    Outcome::new(n == THREADS, format!("n = {n}"))
}

/// Lets the last two threads call `body`.
fn last(gil: Gil, body: fn(&Interpreter)) -> Outcome {
    let shared = interpreter(2, gil);
    let threads = ["Ann", "Ben"].map(|name| {
        let shared = shared.clone();
        thread::spawn(name, move || body(&shared))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    outcome(&shared)
}

/// The same, and they give the interpreter lock up before they store.
fn last_two(body: fn(&Interpreter)) -> Outcome {
    last(Gil::ticks(BEFORE_THE_STORE), body)
}

// ANCHOR: switched
fn switched() -> Outcome {
    last(Gil::interval(INTERVAL), |shared| shared.add_one(&mut shared.gil.acquire(), look))
}
// ANCHOR_END: switched

// ANCHOR: three
fn three_switched() -> Outcome {
    let shared = interpreter(3, Gil::ticks(BEFORE_THE_STORE));
    let start = |name: &str, look: fn(&mut GilGuard<'_>)| {
        let shared = shared.clone();
        thread::spawn(name, move || shared.add_one(&mut shared.gil.acquire(), look))
    };
    let ann = start("Ann", look);
    // No switch comes before these two store.
    start("Ben", |_| ()).join().unwrap();
    start("Cat", |_| ()).join().unwrap();
    ann.join().unwrap();
    outcome(&shared)
}
// ANCHOR_END: three

// ANCHOR: held
fn held() -> Outcome {
    last_two(|shared| shared.add_one(&mut shared.gil.acquire(), |_| ()))
}
// ANCHOR_END: held

// ANCHOR: waits
fn waits_with_the_gil() -> Outcome {
    // With an interval, a reader can cause the deadlock: a thread that asks is a step of its own.
    last(Gil::interval(INTERVAL), |shared| {
        let mut gil = shared.gil.acquire();
        let _guard = shared.lock.lock();
        step!("has the lock");
        shared.add_one(&mut gil, look);
    })
}
// ANCHOR_END: waits

// ANCHOR: locked
fn locked() -> Outcome {
    last_two(|shared| {
        let mut gil = shared.gil.acquire();
        let _guard = gil.allow_threads(|| shared.lock.lock());
        step!("has the lock");
        shared.add_one(&mut gil, look);
    })
}
// ANCHOR_END: locked

// ANCHOR: convoy
/// One thread computes, the other comes back from a device. How often was the lock given up, and
/// the other did not get it?
fn compute_beside_a_device(gil: Gil) -> Outcome {
    let shared = Arc::new((gil, Event::new()));
    name(&shared.0, "the interpreter lock");
    let computes = {
        let shared = shared.clone();
        thread::spawn("computes", move || {
            let mut gil = shared.0.acquire();
            shared.1.set();
            for round in 1..=2 {
                step!("computes, part {round}");
                gil.tick();
            }
        })
    };
    let device = {
        let shared = shared.clone();
        thread::spawn("device", move || {
            shared.1.wait();
            step!("asks for the interpreter lock");
            let _gil = shared.0.acquire();
            step!("reads what the device has sent");
        })
    };
    computes.join().unwrap();
    device.join().unwrap();
    let back = shared.0.taken_back();
    Outcome::new(back == 0, format!("taken back {back} times"))
}

fn convoy() -> Outcome {
    compute_beside_a_device(Gil::ticks(1))
}

fn forced_switch() -> Outcome {
    compute_beside_a_device(Gil::interval(INTERVAL))
}
// ANCHOR_END: convoy
