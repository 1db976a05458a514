//! What does not show in a loop of one operation: memory, ten thousand threads that wait, how long
//! it takes from a wake until the woken thread runs, and threads with unequal sections. See
//! `support` for how to run it.

#[path = "support/memory.rs"]
mod counted;
mod support;

use counted::bytes_of;
use primitives::{
    Arc, Barrier, Condition, Detector, Event, FairLock, Latch, Local, Lock, Once, OnceCell,
    Promise, Queue, RLock, RankedLock, RwLock, Scheduler, Semaphore, Timers, WatchedLock,
};
use std::cell::{Cell, OnceCell as StdCell};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};
use support::{Contender, Deadlines, Metric, Suite, contend, work};
use thread_local::ThreadLocal;
use tokio_util::time::DelayQueue;

const MILLION: usize = 1_000_000;
/// Threads that wait at the same time.
const WAITERS: usize = 10_000;
/// Wakes of one thread in one round.
const WAKES: usize = 200;

fn main() {
    let mut suite = Suite::from_args("scale");
    sizes(&mut suite);
    in_use(&mut suite);
    many_wait(&mut suite);
    wake_to_run(&mut suite);
    unequal_sections(&mut suite);
    suite.finish();
}

/// The bytes of each primitive, and what it has on the heap when it is new.
fn sizes(suite: &mut Suite) {
    use std::sync;
    let detector = Detector::new();
    // A box of it, so that what it allocates is counted with it.
    macro_rules! size {
        ($row:literal, $ours:expr $(, $peer:literal: $theirs:expr)* $(,)?) => {
            suite.row(concat!("new: ", $row), Metric::Bytes, 1, vec![
                Contender::new("ours", || bytes_of(|| Box::new($ours))),
                $(Contender::new($peer, || bytes_of(|| Box::new($theirs))),)*
            ]);
        };
    }
    size!("Lock<u32>", Lock::new(0_u32),
        "parking_lot": parking_lot::Mutex::new(0_u32), "std": sync::Mutex::new(0_u32));
    size!("RLock<u32>", RLock::new(0_u32), "parking_lot": parking_lot::ReentrantMutex::new(0_u32));
    size!("FairLock", FairLock::new(),
        "parking_lot": parking_lot::FairMutex::new(()));
    size!("WatchedLock<u32>", WatchedLock::new("", &detector, 0_u32),
        "parking_lot": parking_lot::Mutex::new(0_u32), "std": sync::Mutex::new(0_u32));
    size!("RankedLock<u32>", RankedLock::new(1, "", 0_u32),
        "parking_lot": parking_lot::Mutex::new(0_u32), "std": sync::Mutex::new(0_u32));
    size!("RwLock<u32>", RwLock::new(0_u32),
        "parking_lot": parking_lot::RwLock::new(0_u32), "std": sync::RwLock::new(0_u32));
    size!("Condition", Condition::new(),
        "parking_lot": parking_lot::Condvar::new(), "std": sync::Condvar::new());
    size!("Semaphore", Semaphore::new(1), "async-lock": async_lock::Semaphore::new(1),
        "tokio": tokio::sync::Semaphore::new(1));
    size!("Event", Event::new(),
        "parking_lot": (parking_lot::Mutex::new(false), parking_lot::Condvar::new()),
        "std": (sync::Mutex::new(false), sync::Condvar::new()));
    size!("Latch", Latch::new(1),
        "parking_lot": (parking_lot::Mutex::new(1_u32), parking_lot::Condvar::new()),
        "std": (sync::Mutex::new(1_u32), sync::Condvar::new()));
    size!("Once", Once::new(),
        "parking_lot": parking_lot::Once::new(), "std": sync::Once::new());
    size!("OnceCell<u64>", OnceCell::<u64>::new(), "std": sync::OnceLock::<u64>::new());
    size!("Barrier", Barrier::new(2), "std": sync::Barrier::new(2));
    size!("Arc<u64>", Arc::new(0_u64), "std": sync::Arc::new(0_u64));
    size!("Queue<u64>, unbounded", Queue::<u64>::unbounded(),
        "crossbeam": crossbeam_channel::unbounded::<u64>(), "flume": flume::unbounded::<u64>(),
        "kanal": kanal::unbounded::<u64>(), "std": sync::mpsc::channel::<u64>());
    size!("Future<u64> and its promise", Promise::<u64>::new(),
        "oneshot": oneshot::channel::<u64>(), "tokio": tokio::sync::oneshot::channel::<u64>(),
        "std": sync::mpsc::channel::<u64>());
}

/// The bytes of one of very many.
fn in_use(suite: &mut Suite) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _within = runtime.enter();
    let deadlines = Deadlines::new();
    let each = |bytes: f64| bytes / MILLION as f64;
    // A function that holds a number.
    let function = || {
        let held = std::hint::black_box(1_u64);
        move || _ = std::hint::black_box(held)
    };
    let all = || (0..MILLION).map(|_| deadlines.next());
    let in_delay_queue = || {
        each(bytes_of(|| {
            let mut queue = DelayQueue::<Box<dyn FnOnce()>>::new();
            let keys: Vec<_> =
                all().map(|at| queue.insert_at(Box::new(function()), at.into())).collect();
            (queue, keys)
        }))
    };
    suite.row(
        "a timer of a million, and its handle",
        Metric::Bytes,
        1,
        vec![
            Contender::new("ours", || {
                each(bytes_of(|| {
                    let timers = Timers::new();
                    let handles: Vec<_> = all().map(|at| timers.at(at, function())).collect();
                    (timers, handles)
                }))
            }),
            Contender::new("DelayQueue", in_delay_queue),
        ],
    );
    suite.row(
        "an entry of a million of a scheduler",
        Metric::Bytes,
        1,
        vec![
            Contender::new("ours", || {
                each(bytes_of(|| {
                    let scheduler = Scheduler::new();
                    let entries: Vec<_> =
                        all().map(|at| scheduler.enter_at(at, 0, function())).collect();
                    (scheduler, entries)
                }))
            }),
            Contender::new("DelayQueue", in_delay_queue),
        ],
    );
    const OBJECTS: usize = 1000;
    let of_one = |bytes: f64| bytes / OBJECTS as f64;
    suite.row(
        "an object with one thread's value",
        Metric::Bytes,
        1,
        vec![
            Contender::new("ours", || {
                of_one(bytes_of(|| {
                    let all: Vec<Local<Cell<u64>>> =
                        (0..OBJECTS).map(|_| Local::default()).collect();
                    all.iter().for_each(|local| local.set(1));
                    all
                }))
            }),
            Contender::new("thread_local", || {
                of_one(bytes_of(|| {
                    let all: Vec<ThreadLocal<Cell<u64>>> =
                        (0..OBJECTS).map(|_| ThreadLocal::new()).collect();
                    all.iter().for_each(|local| local.get_or_default().set(1));
                    all
                }))
            }),
        ],
    );
}

/// Where many threads wait until all of them are let go on at once.
trait Gate: Default + Sync {
    /// Counts itself in `arrived`, and waits. After the last count all wait, or are about to.
    fn wait(&self, arrived: &AtomicUsize);
    fn open(&self);
}

macro_rules! condition_gate {
    ($name:ident, $mutex:ty, $condvar:ty, $lock:expr, $wait:expr) => {
        #[derive(Default)]
        struct $name($mutex, $condvar);

        impl Gate for $name {
            fn wait(&self, arrived: &AtomicUsize) {
                let mut open = $lock(&self.0);
                arrived.fetch_add(1, SeqCst);
                while !*open {
                    open = $wait(&self.1, open);
                }
            }

            fn open(&self) {
                *$lock(&self.0) = true;
                self.1.notify_all();
            }
        }
    };
}
condition_gate!(OurCondition, Lock<bool>, Condition, Lock::lock, |c: &Condition, mut g| {
    c.wait(&mut g);
    g
});
condition_gate!(
    TheirCondition,
    parking_lot::Mutex<bool>,
    parking_lot::Condvar,
    parking_lot::Mutex::lock,
    |c: &parking_lot::Condvar, mut g| {
        c.wait(&mut g);
        g
    }
);
condition_gate!(
    StdCondition,
    std::sync::Mutex<bool>,
    std::sync::Condvar,
    |m| -> std::sync::MutexGuard<'_, bool> { std::sync::Mutex::lock(m).unwrap() },
    |c: &std::sync::Condvar, g| c.wait(g).unwrap()
);

struct OurSemaphore(Semaphore);

impl Default for OurSemaphore {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gate for OurSemaphore {
    fn wait(&self, arrived: &AtomicUsize) {
        arrived.fetch_add(1, SeqCst);
        self.0.acquire().forget();
    }

    fn open(&self) {
        self.0.release(WAITERS as u32).unwrap();
    }
}

/// A semaphore of a mutex and a condition variable, since parking_lot has none.
#[derive(Default)]
struct TheirSemaphore(parking_lot::Mutex<usize>, parking_lot::Condvar);

impl Gate for TheirSemaphore {
    fn wait(&self, arrived: &AtomicUsize) {
        arrived.fetch_add(1, SeqCst);
        let mut permits = self.0.lock();
        self.1.wait_while(&mut permits, |permits| *permits == 0);
        *permits -= 1;
    }

    fn open(&self) {
        *self.0.lock() += WAITERS;
        self.1.notify_all();
    }
}

struct TheirAsyncSemaphore(async_lock::Semaphore);

impl Default for TheirAsyncSemaphore {
    fn default() -> Self {
        Self(async_lock::Semaphore::new(0))
    }
}

impl Gate for TheirAsyncSemaphore {
    fn wait(&self, arrived: &AtomicUsize) {
        arrived.fetch_add(1, SeqCst);
        self.0.acquire_blocking().forget();
    }

    fn open(&self) {
        self.0.add_permits(WAITERS);
    }
}

/// Ten thousand threads that wait for one thing.
fn many_wait(suite: &mut Suite) {
    let rows = ["condition", "semaphore"].map(|what| {
        let row = |how: &str| format!("10,000 threads at a {what}: {how}");
        [row("memory of one"), row("wake of one, all at once")]
    });
    let rounds = suite.rounds(3);
    suite.pair_of_rows(
        &rows[0],
        [Metric::Bytes, Metric::Nanoseconds],
        rounds,
        vec![
            Contender::new("ours", one_of_many::<OurCondition>),
            Contender::new("parking_lot", one_of_many::<TheirCondition>),
            Contender::new("std", one_of_many::<StdCondition>),
        ],
    );
    suite.pair_of_rows(
        &rows[1],
        [Metric::Bytes, Metric::Nanoseconds],
        rounds,
        vec![
            Contender::new("ours", one_of_many::<OurSemaphore>),
            Contender::new("parking_lot", one_of_many::<TheirSemaphore>),
            Contender::new("async-lock", one_of_many::<TheirAsyncSemaphore>),
        ],
    );
}

/// The bytes of the heap that each waiting thread takes, and the nanoseconds for each from the wake
/// of all until the last has run.
fn one_of_many<G: Gate>() -> [f64; 2] {
    let (gate, started, arrived) = (G::default(), AtomicUsize::new(0), AtomicUsize::new(0));
    let (start, ended) = (Event::new(), Latch::new(WAITERS as u32));
    let until = |count: &AtomicUsize| {
        while count.load(SeqCst) < WAITERS {
            thread::sleep(Duration::from_millis(1));
        }
    };
    let one = || {
        started.fetch_add(1, SeqCst);
        start.wait();
        gate.wait(&arrived);
        ended.count_down();
    };
    thread::scope(|scope| {
        for _ in 0..WAITERS {
            thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, one).unwrap();
        }
        until(&started);
        // A thread's own first use of this and that counts, too: it comes with the wait.
        let bytes = bytes_of(|| {
            start.set();
            until(&arrived);
            // All have come. Those that are not asleep yet soon are.
            thread::sleep(Duration::from_millis(100));
        });
        let woken = Instant::now();
        gate.open();
        ended.wait();
        [bytes, woken.elapsed().as_nanos() as f64].map(|all| all / WAITERS as f64)
    })
}

/// From the call that wakes a thread, which sleeps, to that thread's next step.
fn wake_to_run(suite: &mut Suite) {
    let rounds = suite.rounds(15);
    suite.distribution_rows(
        "wake to run: condition",
        rounds,
        vec![
            Contender::new("ours", wakes::<OurBell>),
            Contender::new("parking_lot", wakes::<TheirBell>),
            Contender::new("std", wakes::<StdBell>),
        ],
    );
    suite.distribution_rows(
        "wake to run: semaphore",
        rounds,
        vec![
            Contender::new("ours", wakes::<SemaphoreBell>),
            Contender::new("parking_lot", wakes::<TheirBell>),
            Contender::new("async-lock", wakes::<AsyncBell>),
        ],
    );
    suite.distribution_rows(
        "wake to run: queue",
        rounds,
        vec![
            Contender::new("ours", wakes::<QueueBell>),
            Contender::new("crossbeam", wakes::<CrossbeamBell>),
            Contender::new("kanal", wakes::<KanalBell>),
        ],
    );
}

/// What one thread rings and another waits for. Rings are counted, and none is lost.
trait Bell: Sync {
    fn new() -> Self;
    fn ring(&self);
    fn wait(&self);
}

macro_rules! bell {
    ($name:ident($($field:ty),*): $new:expr, $ring:expr, $wait:expr) => {
        struct $name($($field),*);

        impl Bell for $name {
            fn new() -> Self {
                $new
            }

            fn ring(&self) {
                $ring(self);
            }

            fn wait(&self) {
                $wait(self);
            }
        }
    };
}
bell!(OurBell(Lock<u32>, Condition): Self(Lock::new(0), Condition::new()),
|bell: &Self| {
    *bell.0.lock() += 1;
    bell.1.notify_one();
},
|bell: &Self| {
    let mut rings = bell.0.lock();
    bell.1.wait_while(&mut rings, |rings| *rings == 0);
    *rings -= 1;
});
bell!(TheirBell(parking_lot::Mutex<u32>, parking_lot::Condvar):
    Self(Default::default(), Default::default()),
|bell: &Self| {
    *bell.0.lock() += 1;
    bell.1.notify_one();
},
|bell: &Self| {
    let mut rings = bell.0.lock();
    bell.1.wait_while(&mut rings, |rings| *rings == 0);
    *rings -= 1;
});
bell!(StdBell(std::sync::Mutex<u32>, std::sync::Condvar):
    Self(Default::default(), Default::default()),
|bell: &Self| {
    *bell.0.lock().unwrap() += 1;
    bell.1.notify_one();
},
|bell: &Self| {
    let rings = bell.0.lock().unwrap();
    *bell.1.wait_while(rings, |rings| *rings == 0).unwrap() -= 1;
});
bell!(SemaphoreBell(Semaphore): Self(Semaphore::new(0)),
    |bell: &Self| bell.0.release(1).unwrap(), |bell: &Self| bell.0.acquire().forget());
bell!(AsyncBell(async_lock::Semaphore): Self(async_lock::Semaphore::new(0)),
    |bell: &Self| bell.0.add_permits(1), |bell: &Self| bell.0.acquire_blocking().forget());
bell!(QueueBell(Queue<()>): Self(Queue::unbounded()),
    |bell: &Self| bell.0.put(()).unwrap(), |bell: &Self| bell.0.get().unwrap());
bell!(CrossbeamBell(crossbeam_channel::Sender<()>, crossbeam_channel::Receiver<()>):
    { let (send, receive) = crossbeam_channel::unbounded(); Self(send, receive) },
    |bell: &Self| bell.0.send(()).unwrap(), |bell: &Self| bell.1.recv().unwrap());
bell!(KanalBell(kanal::Sender<()>, kanal::Receiver<()>):
    { let (send, receive) = kanal::unbounded(); Self(send, receive) },
    |bell: &Self| bell.0.send(()).unwrap(), |bell: &Self| bell.1.recv().unwrap());

fn wakes<B: Bell>() -> Vec<f64> {
    let (bell, heard) = (B::new(), Queue::unbounded());
    let (start, rung) = (Instant::now(), AtomicU64::new(0));
    let now = || start.elapsed().as_nanos() as u64;
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..WAKES {
                bell.wait();
                heard.put((now() - rung.load(SeqCst)) as f64).unwrap();
            }
        });
        let one = |_| {
            // Nobody looks for so long: the thread sleeps.
            thread::sleep(Duration::from_micros(100));
            rung.store(now(), SeqCst);
            bell.ring();
            heard.get().unwrap()
        };
        (0..WAKES).map(one).collect()
    })
}

/// Ten threads, of which one works once as long in its sections, another twice, up to ten times.
fn unequal_sections(suite: &mut Suite) {
    let next = AtomicUsize::new(0);
    thread_local!(static NUMBER: StdCell<u32> = const { StdCell::new() });
    let section = || {
        let mine =
            NUMBER.with(|number| *number.get_or_init(|| next.fetch_add(1, SeqCst) as u32 % 10));
        work(40 * (mine + 1));
    };
    let (ours, fair) = (Lock::new(()), FairLock::new());
    let (parking_lot, std) = (parking_lot::Mutex::new(()), std::sync::Mutex::new(()));
    let run = |op: &(dyn Fn() + Sync)| contend(10, Duration::from_millis(50), op);
    let rounds = suite.rounds(15);
    suite.contended_row(
        "10 threads, unequal sections: Lock",
        rounds,
        vec![
            Contender::new("ours", || {
                run(&|| {
                    let _held = ours.lock();
                    section()
                })
            }),
            Contender::new("parking_lot", || {
                run(&|| {
                    let _held = parking_lot.lock();
                    section()
                })
            }),
            Contender::new("std", || {
                run(&|| {
                    let _held = std.lock().unwrap();
                    section()
                })
            }),
        ],
    );
    let their_fair = parking_lot::FairMutex::new(());
    suite.contended_row(
        "10 threads, unequal sections: FairLock",
        rounds,
        vec![
            Contender::new("ours", || {
                run(&|| {
                    let _held = fair.lock();
                    section()
                })
            }),
            Contender::new("parking_lot", || {
                run(&|| {
                    let _held = their_fair.lock();
                    section()
                })
            }),
        ],
    );
}
