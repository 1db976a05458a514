//! What an interpreter lock costs threads that compute, and threads that wait.

use super::{
    Contender, PAGES_BY_FOUR, PAGES_IN_TURN, Sizes, Table, Told, instruction, instructions_in,
    rows, seconds,
};
use crate::report::grouped;
use indicatif::ProgressBar;
use primitives::{Event, Gil};
use processes::{Process, ProcessOutcome, Start, StartError, register};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

pub(super) fn tables(sizes: &Sizes, bar: &ProgressBar) -> Vec<Table> {
    vec![countdowns(sizes, bar), devices(sizes, bar), convoy(sizes, bar)]
}

/// How an interpreter lock is made, or none.
type MakeGil = fn() -> Option<Gil>;

/// The kinds of interpreter lock, as Python had them.
const KINDS: [(&str, MakeGil); 3] = [
    ("no lock", || None),
    ("100 ticks", || Some(Gil::ticks(100))),
    ("5 ms", || Some(Gil::interval(Duration::from_millis(5)))),
];

fn switches(gil: Option<&Gil>) -> String {
    gil.map_or(String::new(), |gil| {
        let [switches, back] = [gil.switches(), gil.taken_back()].map(|n| grouped(n as u64));
        format!("switches: {switches}, taken back: {back}")
    })
}

/// What a thread of an interpreter does that may have a lock.
fn interpret(gil: Option<&Gil>, mut goes_on: impl FnMut() -> bool) {
    let mut guard = gil.map(Gil::acquire);
    while goes_on() {
        instruction();
        if let Some(guard) = &mut guard {
            guard.tick();
        }
    }
}

pub(super) fn count_down(gil: Option<&Gil>, from: u64) {
    let mut numbers = (0..from).rev();
    interpret(gil, || numbers.next().is_some());
}

pub(super) fn count_down_here(from: u64) {
    count_down(None, from);
}
register!(count_down_here);

pub(super) fn in_processes(count: u64, start: impl Fn() -> Result<Process, StartError>) {
    let processes: Vec<Process> = (0..count).map(|_| start().expect("it starts")).collect();
    for process in processes {
        assert_eq!(process.join(), ProcessOutcome::Exited(0));
    }
}

/// What a tutorial measured of four countdowns.
pub(super) const fn told(seconds: f64) -> Told {
    Told { program: "4 countdowns", seconds }
}

/// The same of one countdown from 100,000.
const fn told_of_one(seconds: f64) -> Told {
    Told { program: "1 countdown", seconds }
}

/// A countdown that threads share, or processes.
fn countdowns(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const COUNTS: [u64; 3] = [1, 2, 4];
    let from = instructions_in(sizes.countdown);
    let mut contenders: Vec<Contender<'_>> = Vec::new();
    for (kind, new) in KINDS {
        for threads in COUNTS {
            let each = from / threads;
            let run = move || {
                let gil = new();
                let taken = seconds(|| {
                    thread::scope(|scope| {
                        for _ in 0..threads {
                            scope.spawn(|| count_down(gil.as_ref(), each));
                        }
                    });
                });
                (taken, switches(gil.as_ref()))
            };
            let told: &[Told] = match (kind, threads) {
                ("5 ms", 1) => const { &[told_of_one(0.0040), told(7.61)] },
                ("5 ms", 2) => const { &[told_of_one(0.0067)] },
                ("5 ms", 4) => const { &[told(9.47)] },
                _ => &[],
            };
            contenders
                .push(Contender::new(format!("{kind}, threads: {threads}"), run).beside(told));
        }
    }
    for processes in COUNTS {
        let start = move || Process::start(Start::Spawn, count_down_here, (from / processes,));
        let run = move || (seconds(|| in_processes(processes, start)), String::new());
        let told: &[Told] = if processes == 4 { const { &[told(1.96)] } } else { &[] };
        contenders.push(Contender::new(format!("processes: {processes}"), run).beside(told));
    }
    let title = format!("A countdown from {}, shared by threads or processes", grouped(from));
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

/// Four requests to a device, which computes nothing.
fn devices(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const REQUESTS: usize = 4;
    let device = || thread::sleep(sizes.device);
    let request = move |gil: &Gil, released: bool| {
        let mut guard = gil.acquire();
        if released { guard.allow_threads(device) } else { device() }
    };
    let in_threads = move |released: bool| {
        let gil = Gil::interval(Duration::from_millis(5));
        let taken = seconds(|| {
            thread::scope(|scope| {
                for _ in 0..REQUESTS {
                    scope.spawn(|| request(&gil, released));
                }
            });
        });
        (taken, switches(Some(&gil)))
    };
    let in_turn = move || {
        let gil = Gil::interval(Duration::from_millis(5));
        let taken = seconds(|| (0..REQUESTS).for_each(|_| request(&gil, true)));
        (taken, switches(Some(&gil)))
    };
    let kept = format!("{REQUESTS} threads, lock kept");
    let released = format!("{REQUESTS} threads, lock released");
    let contenders = vec![
        Contender::new("one after another", in_turn).beside(PAGES_IN_TURN),
        Contender::new(kept, move || in_threads(false)),
        Contender::new(released, move || in_threads(true)).beside(PAGES_BY_FOUR),
    ];
    let title = format!("{REQUESTS} requests to a device that takes {:?}", sizes.device);
    Table { title, unit: "seconds", rows: rows(sizes, bar, contenders) }
}

/// One thread counts down, another comes back from a device again and again, and then needs the
/// lock.
fn convoy(sizes: &Sizes, bar: &ProgressBar) -> Table {
    const TIMES: u32 = 20;
    let pause = sizes.device / 50;
    let beside = move |new: MakeGil| {
        let gil = new();
        let (begun, stop) = (Event::new(), AtomicBool::new(false));
        let mut waited = Duration::ZERO;
        thread::scope(|scope| {
            scope.spawn(|| {
                begun.set();
                interpret(gil.as_ref(), || !stop.load(Relaxed));
            });
            begun.wait();
            for _ in 0..TIMES {
                thread::sleep(pause);
                let back = Instant::now();
                drop(gil.as_ref().map(Gil::acquire));
                waited += back.elapsed();
            }
            stop.store(true, Relaxed);
        });
        (1000. * (waited / TIMES).as_secs_f64(), switches(gil.as_ref()))
    };
    let contenders = KINDS.map(|(kind, new)| Contender::new(kind, move || beside(new)));
    let title = "How long a thread that comes back from a device waits, beside a countdown";
    let rows = rows(sizes, bar, contenders.into());
    Table { title: title.to_owned(), unit: "milliseconds", rows }
}
